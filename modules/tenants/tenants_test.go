package tenants_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/moduletest"
	"github.com/tillit-dev/tillit/modules/tenants"
)

const day = 24 * time.Hour

func build(t *testing.T, within, undelete time.Duration) (*inventory.Inventory, error) {
	t.Helper()
	return moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		home, err := g.Site(ctx, "keys", moduletest.Primary)
		if err != nil {
			return err
		}
		_, err = tenants.New(ctx, "tenants", tenants.Args{
			Site: home, Within: within, Undelete: undelete, Identity: g.Identity,
			Users:  []identity.Workload{g.Identity.Workloads["documents"]},
			Eraser: g.Identity.Workloads["drill"],
		})
		return err
	})
}

// A deleted key is gone as soon as the other promises let it go.
func TestUndelete(t *testing.T) {
	for _, c := range []struct {
		within, undelete time.Duration
		days             int
		want             string
	}{
		{30 * day, 0, 7, ""},
		{7 * day, 0, 7, ""},
		{30 * day, 30 * day, 30, ""},
		{30 * day, 90 * day, 0, "a deleted key can be brought back for 90d"},
		{6 * day, 0, 0, "keeps a deleted one for 7d at least"},
	} {
		inv, err := build(t, c.within, c.undelete)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("within %s, undelete %s: got %v, want an error with %q", c.within, c.undelete, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		moduletest.Sound(t, inv)
		moduletest.Want(t, moduletest.One(t, inv, "keyvault:Vault", "vault-tenants-westeurope"), map[string]any{
			"properties.enablePurgeProtection":     true,
			"properties.softDeleteRetentionInDays": c.days,
			"tags.purpose":                         "tenants",
		})
	}
}

// Whoever uses the keys cannot destroy them, whoever destroys them cannot use
// them, and nobody takes them out of the vault or brings them back.
func TestRoles(t *testing.T) {
	inv, err := build(t, 30*day, 0)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]string{}
	for _, r := range moduletest.Of(inv, "", "authorization:RoleDefinition") {
		var all []string
		actions, _ := moduletest.At(r, "permissions.0.dataActions").([]any)
		for _, action := range actions {
			all = append(all, action.(string)[strings.LastIndex(action.(string), "/keys/")+6:])
		}
		roles[r.Name] = strings.Join(all, " ")
	}
	if got := roles["role-definition-tenant-keys-use"]; got != "read create/action wrap/action unwrap/action" {
		t.Errorf("users may %s", got)
	}
	if got := roles["role-definition-tenant-keys-erase"]; got != "read update/action delete" {
		t.Errorf("the eraser may %s", got)
	}
	for _, name := range []string{"role-tenant-keys-use-documents", "role-tenant-keys-erase-drill"} {
		vault := moduletest.One(t, inv, "keyvault:Vault", "vault-tenants-westeurope")
		moduletest.Want(t, moduletest.One(t, inv, "authorization:RoleAssignment", name), map[string]any{"scope": vault.ID})
	}
}
