package database_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

const day = 24 * time.Hour

const group = "22222222-2222-4222-8222-222222222222"

// build plans a database that keeps every promise, but for what change takes away.
func build(t *testing.T, means string, change func(*database.Args)) (*inventory.Inventory, *database.Database, error) {
	t.Helper()
	var made *database.Database
	inv, err := moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		primary, err := g.Site(ctx, "database", moduletest.Primary)
		if err != nil {
			return err
		}
		standby, err := g.Site(ctx, "database", moduletest.Standby)
		if err != nil {
			return err
		}
		args := database.Args{
			Means: means, Primary: primary, Standby: &standby, Keys: g.Keys,
			Network: g.Network, Identity: g.Identity, Governance: g.Governance, Watch: g.Watch,
			PointInTime: 7 * day, Retention: moduletest.Year, Elsewhere: true, Immutable: true, Redundant: true, AdminGroup: group,
		}
		if change != nil {
			change(&args)
		}
		made, err = database.New(ctx, "database", args)
		return err
	})
	return inv, made, err
}

func must(t *testing.T, means string, change func(*database.Args)) *inventory.Inventory {
	t.Helper()
	inv, _, err := build(t, means, change)
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

func TestBadArguments(t *testing.T) {
	for _, c := range []struct {
		name, means string
		change      func(*database.Args)
		want        string
	}{
		{"unknown means", "oracle", nil, `"oracle" is not a means: use postgres or sql`},
		{"nobody administers", "postgres", func(a *database.Args) { a.AdminGroup = "" }, "set groups.databases"},
		{"no identity", "postgres", func(a *database.Args) { delete(a.Identity.Workloads, "database") }, `no identity for the workload "database"`},
		{"window beyond PostgreSQL", "postgres", func(a *database.Args) { a.PointInTime = 36 * day }, "35 days at most, 36 are promised"},
		{"window beyond Azure SQL", "sql", func(a *database.Args) { a.PointInTime = 36 * day }, "35 days at most, 36 are promised"},
		{"no key at home", "sql", func(a *database.Args) { delete(a.Keys, moduletest.Primary) }, "no key vault stands in westeurope"},
		{"no key for geo-redundant backups", "postgres", func(a *database.Args) { delete(a.Keys, moduletest.Pair) }, "no key vault stands in northeurope"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := build(t, c.means, c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestKeyRegions(t *testing.T) {
	for _, c := range []struct {
		means, primary, standby string
		elsewhere               bool
		want                    []string
	}{
		{"postgres", "westeurope", "norwayeast", true, []string{"westeurope", "norwayeast", "northeurope"}},
		{"postgres", "westeurope", "northeurope", true, []string{"westeurope", "northeurope"}},
		{"postgres", "westeurope", "", false, []string{"westeurope"}},
		{"postgres", "polandcentral", "", true, []string{"polandcentral"}},
		{"sql", "westeurope", "norwayeast", true, []string{"westeurope", "norwayeast"}},
	} {
		if got := database.KeyRegions(c.means, c.primary, c.standby, c.elsewhere); !slices.Equal(got, c.want) {
			t.Errorf("KeyRegions(%s, %s, %s, %t) = %v, want %v", c.means, c.primary, c.standby, c.elsewhere, got, c.want)
		}
	}
}

// Support that must not see data leaves no group among the administrators.
func TestBlind(t *testing.T) {
	blind := func(a *database.Args) { a.Blind, a.AdminGroup = true, "" }
	who := moduletest.Of(must(t, "postgres", blind), "Database", "dbforpostgresql:Administrator")
	if len(who) != 1 {
		t.Fatalf("%d administrators", len(who))
	}
	moduletest.Want(t, who[0], map[string]any{"principalType": "ServicePrincipal", "principalName": "id-test-database-westeurope"})
	server := moduletest.One(t, must(t, "sql", blind), "sql:Server", "sql-westeurope")
	moduletest.Want(t, server, map[string]any{
		"administrators.principalType": "Application", "administrators.login": "id-test-database-westeurope", "administrators.azureADOnlyAuthentication": true,
	})
}

// Platform keys are used where the estate has none, and no identity reads keys.
func TestWithoutKeys(t *testing.T) {
	none := func(a *database.Args) { a.Keys = map[string]*keys.Keys(nil) }
	for _, r := range moduletest.Of(must(t, "postgres", none), "Database", "dbforpostgresql:Server") {
		moduletest.Want(t, r, map[string]any{"dataEncryption": nil, "identity": nil})
	}
	inv := must(t, "sql", none)
	for _, r := range moduletest.Of(inv, "Database", "sql:Server") {
		moduletest.Want(t, r, map[string]any{"keyId": nil, "identity": nil})
	}
	if n := len(moduletest.Of(inv, "Database", "sql:EncryptionProtector")) + len(moduletest.Of(inv, "Database", "sql:ServerKey")); n > 0 {
		t.Errorf("%d resources about keys that do not exist", n)
	}
}
