package stacks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

const benchmarkSE = "Pulumi.benchmark-se.yaml"

// Every resource of an estate with two databases has an id of its own, is spelled
// as Azure spells it, and has tags.
func TestDataResources(t *testing.T) {
	d := load(t, benchmarkSE)
	d.Promises["data.erasure"] = promises.Declared{Params: promises.Params{"within": {Text: "30d", Duration: 30 * 24 * time.Hour}}}
	d.Promises["data.sealed"] = promises.Declared{}
	ids := map[string]string{}
	for _, r := range mustCompose(t, d).Resources {
		if !r.Custom || !strings.HasPrefix(r.Type, azure.Prefix) {
			continue
		}
		if other, ok := ids[strings.ToLower(r.ID)]; ok {
			t.Errorf("%s and %s are the same resource, %s", r.URN, other, r.ID)
		}
		ids[strings.ToLower(r.ID)] = r.URN
		name := r.ID[strings.LastIndexByte(r.ID, '/')+1:]
		if form, ok := names[strings.TrimPrefix(r.Type, azure.Prefix)]; ok && !form.MatchString(name) {
			t.Errorf("%s: Azure does not take the name %q", r.URN, name)
		}
		for _, err := range azure.Check(r.Type, r.Props) {
			t.Errorf("%s: %v", r.URN, err)
		}
		schema, _ := azure.Properties(r.Type)
		if _, taggable := schema.Fields["tags"]; taggable && !tagless[strings.TrimPrefix(r.Type, azure.Prefix)] {
			checkTags(t, r, d.Estate)
		}
	}
}

// Data that is kept apart has two of everything that reaches it.
func TestSeparate(t *testing.T) {
	d := load(t, benchmarkSE)
	inv := mustCompose(t, d)
	if n := len(of(inv, "sql:Server")); n != 2 {
		t.Errorf("%d servers", n)
	}
	var vaults []string
	for _, r := range of(inv, "keyvault:Vault") {
		vaults = append(vaults, r.Name)
	}
	if slices.Sort(vaults); !slices.Equal(vaults, []string{"vault-financial-swedencentral", "vault-identity-swedencentral"}) {
		t.Errorf("vaults %v", vaults)
	}
	var identities []string
	for _, r := range of(inv, "managedidentity:UserAssignedIdentity") {
		identities = append(identities, strings.TrimPrefix(r.Name, "identity-"))
	}
	for _, want := range []string{"application-financial", "application-identity", "database-financial", "database-identity"} {
		if !slices.Contains(identities, want) {
			t.Errorf("no identity %s among %v", want, identities)
		}
	}
	for _, shared := range []string{"application", "database"} {
		if slices.Contains(identities, shared) {
			t.Errorf("%s is one identity for both", shared)
		}
	}
	if n := len(of(inv, "network:PrivateEndpoint")); n == 0 {
		t.Error("no database can be reached")
	}

	delete(d.Promises, "data.separate")
	whole := mustCompose(t, d)
	if n := len(of(whole, "sql:Server")) + len(of(whole, "keyvault:Vault")); n != 1 {
		t.Errorf("%d servers and vaults where nothing is kept apart", n)
	}
	for _, r := range of(whole, "sql:Database") {
		if tags := r.Props["tags"].(map[string]any); tags["class"] != "pseudonymised" {
			t.Errorf("%s is of the class %v", r.Name, tags["class"])
		}
	}
}

// Tenants' keys have a vault of their own, and whoever destroys them is nobody
// else.
func TestErasure(t *testing.T) {
	d := load(t, benchmarkSE)
	within := func(days int) {
		d.Promises["data.erasure"] = promises.Declared{Params: promises.Params{
			"within": {Text: fmt.Sprintf("%dd", days), Duration: time.Duration(days) * 24 * time.Hour},
		}}
	}
	within(30)
	inv := mustCompose(t, d)
	for _, name := range []string{"role-tenant-keys-use-application-financial", "role-tenant-keys-use-application-identity", "role-tenant-keys-erase-erasure"} {
		if !slices.ContainsFunc(of(inv, "authorization:RoleAssignment"), named(name)) {
			t.Errorf("there is no %s", name)
		}
	}
	if !slices.ContainsFunc(of(inv, "network:PrivateEndpoint"), named("pe-vault-tenants-swedencentral")) {
		t.Error("the tenants' vault cannot be reached")
	}
	within(1)
	if _, err := compose(t, d); err == nil || !strings.Contains(err.Error(), "data.erasure within 1d cannot be kept") {
		t.Errorf("got %v", err)
	}
}

// Traffic that is promised to be inspected passes a firewall, however many layers
// are promised.
func TestInspectionNeedsAFirewall(t *testing.T) {
	d := load(t, benchmarkSE)
	if n := len(of(mustCompose(t, d), "network:AzureFirewall")); n != 1 {
		t.Errorf("%d firewalls", n)
	}
	delete(d.Promises, "perimeter.inspection")
	if n := len(of(mustCompose(t, d), "network:AzureFirewall")); n != 0 {
		t.Errorf("%d firewalls that nothing promises", n)
	}
}

func named(name string) func(inventory.Resource) bool {
	return func(r inventory.Resource) bool { return r.Name == name }
}
