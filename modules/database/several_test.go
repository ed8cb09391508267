package database_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// two plans an estate whose identity data and financial data are kept apart.
func two(t *testing.T, means string) *inventory.Inventory {
	t.Helper()
	inv, err := moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		home, err := g.Site(ctx, "parts", moduletest.Primary)
		if err != nil {
			return err
		}
		who, err := identity.New(ctx, "parts", identity.Args{Site: home, Workloads: []string{"database-identity", "database-financial"}})
		if err != nil {
			return err
		}
		for _, purpose := range []string{"identity", "financial"} {
			vaults := map[string]*keys.Keys{}
			for _, region := range []string{moduletest.Primary, moduletest.Standby, moduletest.Pair} {
				s, err := g.Site(ctx, "keys", region)
				if err != nil {
					return err
				}
				if vaults[region], err = keys.New(ctx, "keys-"+purpose+"-"+region, keys.Args{Site: s, Purpose: purpose, Identity: who}); err != nil {
					return err
				}
			}
			primary, err := g.Site(ctx, "database-"+purpose, moduletest.Primary)
			if err != nil {
				return err
			}
			standby, err := g.Site(ctx, "database-"+purpose, moduletest.Standby)
			if err != nil {
				return err
			}
			if _, err := database.New(ctx, "database-"+purpose, database.Args{
				Means: means, Purpose: purpose, Class: "class-of-" + purpose, Primary: primary, Standby: &standby, Keys: vaults,
				Network: g.Network, Identity: who, Governance: g.Governance, Watch: g.Watch,
				PointInTime: 7 * day, Retention: moduletest.Year, Elsewhere: true, Immutable: true, Redundant: true, Blind: true,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

// Two databases of one estate share neither server, key, vault nor identity, and
// are told apart by their tags.
func TestTwoDatabases(t *testing.T) {
	for means, kinds := range map[string]struct {
		server, tagged, retention string
		count                     int
	}{
		"postgres": {"dbforpostgresql:Server", "dbforpostgresql:Server", "1y", 4},
		"sql":      {"sql:Server", "sql:Database", "378d", 4},
	} {
		inv := two(t, means)
		servers := moduletest.Of(inv, "Database", kinds.server)
		if len(servers) != kinds.count {
			t.Errorf("%s: %d servers", means, len(servers))
		}
		for _, r := range servers {
			for _, purpose := range []string{"identity", "financial"} {
				if !strings.Contains(r.Name, purpose) {
					continue
				}
				for property, urns := range r.PropertyDependsOn {
					for _, urn := range urns {
						name := urn[strings.LastIndex(urn, ":")+1:]
						other := map[string]string{"identity": "financial", "financial": "identity"}[purpose]
						if strings.Contains(strings.ReplaceAll(name, "identity-database", "database"), other) {
							t.Errorf("%s: %s of %s depends on %s", means, property, r.Name, name)
						}
					}
				}
			}
		}
		for _, r := range moduletest.Of(inv, "Database", kinds.tagged) {
			purpose := "identity"
			if strings.Contains(r.Name, "financial") {
				purpose = "financial"
			}
			moduletest.Want(t, r, map[string]any{"tags.purpose": purpose, "tags.class": "class-of-" + purpose, "tags.retention": kinds.retention})
		}
	}
}
