package drills_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/drills"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

const day = 24 * time.Hour

const reached = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Sql/servers/db"

func build(t *testing.T, change func(*drills.Args)) (*inventory.Inventory, error) {
	t.Helper()
	return moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		at, err := g.Site(ctx, "drills", moduletest.Primary)
		if err != nil {
			return err
		}
		args := drills.Args{
			Site: at, Image: "registry.example/runbook:1.2.3", Every: 90 * day, Drills: []string{"pitr", "year"},
			Network: g.Network, Identity: g.Identity, Watch: g.Watch,
			Reach: []pulumi.StringInput{pulumi.String(reached)},
			Look:  []pulumi.StringInput{pulumi.String(reached + "/look")},
			Blobs: []pulumi.StringInput{pulumi.String(reached + "/docs"), pulumi.String(reached + "/archive")},
			Beat:  []pulumi.StringInput{pulumi.String(reached + "/docs")},
			Join:  []pulumi.StringInput{pulumi.String(reached + "/a"), pulumi.String(reached + "/b")},

			Redundant: true,
		}
		if change != nil {
			change(&args)
		}
		_, err = drills.New(ctx, "drills", args)
		return err
	})
}

func must(t *testing.T, change func(*drills.Args)) *inventory.Inventory {
	t.Helper()
	inv, err := build(t, change)
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

func TestEnvironment(t *testing.T) {
	inv := must(t, nil)
	moduletest.Want(t, moduletest.One(t, inv, "app:ManagedEnvironment", "environment-westeurope"), map[string]any{
		"zoneRedundant":                                  true,
		"vnetConfiguration.internal":                     true,
		"appLogsConfiguration.destination":               "azure-monitor",
		"appLogsConfiguration.logAnalyticsConfiguration": nil, // would need the workspace's shared key
		"peerTrafficConfiguration.encryption.enabled":    true,
		"workloadProfiles.0.name":                        "Consumption",
	})
	moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-environment-westeurope")
	single := must(t, func(a *drills.Args) { a.Redundant = false })
	moduletest.Want(t, moduletest.One(t, single, "app:ManagedEnvironment", "environment-westeurope"), map[string]any{"zoneRedundant": false})
}

func TestJobs(t *testing.T) {
	inv := must(t, nil)
	if n := len(moduletest.Of(inv, "Drills", "app:Job")); n != 3 {
		t.Errorf("%d jobs, want one a drill and the heartbeat", n)
	}
	for name, want := range map[string]map[string]any{
		"drill-pitr": {"configuration.scheduleTriggerConfig.cronExpression": "0 7 1 1,3,5,7,9,11 *", "template.containers.0.args": []any{"run", "pitr", "--confirm", "test", "--estate", "test"}},
		"drill-year": {"configuration.scheduleTriggerConfig.cronExpression": "0 7 2 1,3,5,7,9,11 *", "template.containers.0.args": []any{"run", "year", "--confirm", "test", "--estate", "test"}},
		"heartbeat":  {"configuration.scheduleTriggerConfig.cronExpression": "*/5 * * * *", "template.containers.0.args": []any{"heartbeat", "--estate", "test"}},
	} {
		r := moduletest.One(t, inv, "app:Job", name)
		moduletest.Want(t, r, want)
		moduletest.Want(t, r, map[string]any{
			"configuration.triggerType":       "Schedule",
			"configuration.replicaRetryLimit": 0, // a failed drill must be seen
			"configuration.secrets":           nil,
			"identity.type":                   "UserAssigned",
			"template.containers.0.image":     "registry.example/runbook:1.2.3",
		})
		if id, _ := moduletest.At(r, "identity.userAssignedIdentities.0").(string); !strings.HasSuffix(id, "id-test-drill-westeurope") {
			t.Errorf("%s runs as %s", name, id)
		}
	}
}

// sql has the drills restore on an Azure SQL server too.
func sql(a *drills.Args) {
	a.ReadSQL = []pulumi.StringInput{pulumi.String(reached + "/group")}
	a.SQL = []pulumi.StringInput{pulumi.String(reached)}
}

// The drills' roles name each action. Beyond the drills' own group they change
// nothing, but that heartbeats are added and that Azure SQL restores beside the
// original.
func TestPermissions(t *testing.T) {
	inv := must(t, sql)
	changes := map[string][]string{
		"role-definition-drill-heartbeat":   {"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action"},
		"role-definition-drill-sql-restore": {"Microsoft.Sql/servers/databases/write", "Microsoft.Sql/servers/databases/delete"},
	}
	roles := moduletest.Of(inv, "Identity", "authorization:RoleDefinition")
	if len(roles) != 9 {
		t.Fatalf("%d roles", len(roles))
	}
	for _, r := range roles {
		var changing []string
		for _, kind := range []string{"actions", "dataActions"} {
			actions, _ := moduletest.At(r, "permissions.0."+kind).([]any)
			for _, a := range actions {
				action := a.(string)
				if strings.Contains(action, "*") {
					t.Errorf("%s has the wildcard %s", r.Name, action)
				}
				if strings.HasSuffix(action, "/write") || strings.HasSuffix(action, "/delete") || strings.HasSuffix(action, "/add/action") {
					changing = append(changing, action)
				}
			}
		}
		if !strings.HasSuffix(r.Name, "workbench") && !slices.Equal(changing, changes[r.Name]) {
			t.Errorf("%s may %v", r.Name, changing)
		}
	}
	const workbench = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-test-drills-westeurope"
	for name, scope := range map[string]string{
		"role-drill-restore-1":       reached,
		"role-drill-look-1":          reached + "/look",
		"role-drill-read-blobs-1":    reached + "/docs",
		"role-drill-read-blobs-2":    reached + "/archive",
		"role-drill-heartbeat-1":     reached + "/docs",
		"role-drill-workbench-1":     workbench,
		"role-drill-sql-read-1":      reached + "/group",
		"role-drill-sql-restore-1":   reached,
		"role-drill-sql-workbench-1": workbench,
		"role-drill-join-1":          reached + "/a",
		"role-drill-join-2":          reached + "/b",
	} {
		moduletest.Want(t, moduletest.One(t, inv, "authorization:RoleAssignment", name), map[string]any{
			"scope": scope, "principalType": "ServicePrincipal",
		})
	}
}

func TestWithout(t *testing.T) {
	t.Run("drills", func(t *testing.T) {
		inv := must(t, func(a *drills.Args) { a.Drills, a.Every, a.Image = nil, 0, "" })
		if n := len(moduletest.Of(inv, "Drills", "app:Job")) + len(moduletest.Of(inv, "Identity", "authorization:RoleDefinition")); n != 0 {
			t.Errorf("%d jobs and roles", n)
		}
		moduletest.One(t, inv, "app:ManagedEnvironment", "environment-westeurope") // the application runs there too
	})
	for name, c := range map[string]struct {
		change func(*drills.Args)
		roles  int
	}{
		"sql":  {func(*drills.Args) {}, 6},
		"join": {func(a *drills.Args) { a.Join = nil }, 5},
	} {
		t.Run(name, func(t *testing.T) {
			if n := len(moduletest.Of(must(t, c.change), "Identity", "authorization:RoleDefinition")); n != c.roles {
				t.Errorf("%d roles, want %d", n, c.roles)
			}
		})
	}
}

func TestBadArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*drills.Args)
		want   string
	}{
		{"too often", func(a *drills.Args) { a.Every = time.Hour }, "drills run once a day at most"},
		{"no identity", func(a *drills.Args) { delete(a.Identity.Workloads, "drill") }, `no identity for the workload "drill"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := build(t, c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
