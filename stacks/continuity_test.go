package stacks_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/monitor/inline"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/stacks"
)

const ledgerFi = "Pulumi.ledger-fi.yaml"

// shipped plans an estate with its whole stack file, the default region included.
func shipped(t *testing.T, file string, edit func(*promises.Declaration)) (*inventory.Inventory, error) {
	t.Helper()
	d := load(t, file)
	config, _, err := monitor.ReadConfig(file, "tillit")
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(d)
	}
	return inline.Plan(t.Context(), monitor.Options{Project: "tillit", Stack: d.Estate, Root: "..", Config: config},
		func(ctx *pulumi.Context) error { return stacks.Estate(ctx, d) })
}

// An estate that promises no primary region stands in the stack's own, and its
// standby where the means say.
func TestLedgerFi(t *testing.T) {
	inv, err := shipped(t, ledgerFi, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range inv.Resources {
		if !r.Custom || !strings.HasPrefix(r.Type, azure.Prefix) {
			continue
		}
		for _, err := range azure.Check(r.Type, r.Props) {
			t.Errorf("%s: %v", r.URN, err)
		}
		if region, ok := r.Props["location"].(string); ok && region != "swedencentral" && region != "norwayeast" && !strings.EqualFold(region, "global") {
			t.Errorf("%s stands in %s", r.URN, region)
		}
	}
	for _, server := range of(inv, "dbforpostgresql:Server") {
		mode := ""
		if available, ok := server.Props["highAvailability"].(map[string]any); ok {
			mode, _ = available["mode"].(string)
		}
		if want := map[any]string{"swedencentral": "ZoneRedundant", "norwayeast": ""}[server.Props["location"]]; mode != want {
			t.Errorf("the server in %v is %q, want %q", server.Props["location"], mode, want)
		}
	}
	operators := map[any]bool{}
	for _, circuit := range of(inv, "network:ExpressRouteCircuit") {
		provider := circuit.Props["serviceProviderProperties"].(map[string]any)
		operators[provider["serviceProviderName"]] = true
	}
	if len(operators) != 2 {
		t.Errorf("operators %v", operators)
	}
}

// What a promise alone calls for goes with it.
func TestWithoutTheirPromises(t *testing.T) {
	without := func(id promises.ID) *inventory.Inventory {
		inv, err := shipped(t, ledgerFi, func(d *promises.Declaration) { delete(d.Promises, id) })
		if err != nil {
			t.Fatal(err)
		}
		return inv
	}
	plain := without("continuity.redundant")
	for _, server := range of(plain, "dbforpostgresql:Server") {
		if available, ok := server.Props["highAvailability"].(map[string]any); ok && available["mode"] == "ZoneRedundant" {
			t.Errorf("%s is zone-redundant all the same", server.Name)
		}
	}
	for _, environment := range of(plain, "app:ManagedEnvironment") {
		if environment.Props["zoneRedundant"] != false {
			t.Errorf("%s is zone-redundant all the same", environment.Name)
		}
	}
	for _, kind := range []string{"network:ExpressRouteCircuit", "network:VirtualNetworkGateway", "network:PublicIPPrefix"} {
		if n := len(of(without("perimeter.uplinks"), kind)); n > 0 {
			t.Errorf("there are still %d of %s", n, kind)
		}
	}
}

func TestPatching(t *testing.T) {
	for promised, want := range map[bool]int{true: 1, false: 0} {
		inv, err := shipped(t, ledgerFi, func(d *promises.Declaration) {
			if promised {
				d.Promises["assurance.patching"] = promises.Declared{ID: "assurance.patching"}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(of(inv, "authorization:PolicyDefinition")); n != want {
			t.Errorf("promised %t: %d policies of the estate's own, want %d", promised, n, want)
		}
		if n := len(of(inv, "authorization:PolicyAssignment")); n != 2*want {
			t.Errorf("promised %t: %d assignments, want %d", promised, n, 2*want)
		}
	}
}

func TestStandbyFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*promises.Declaration)
		want string
	}{
		{"none chosen where the pair is closed", func(d *promises.Declaration) { delete(d.Means, "standby") }, "swedensouth, the pair of swedencentral, is opened on request only"},
		{"the stack's own region", func(d *promises.Declaration) { d.Means["standby"] = "swedencentral" }, "swedencentral is the primary region"},
		{"no pair", func(d *promises.Declaration) {
			delete(d.Means, "standby")
			d.Promises["residency.primary"] = promises.Declared{ID: "residency.primary", Params: promises.Params{"region": {Text: "polandcentral"}}}
		}, "polandcentral has no paired region"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := shipped(t, ledgerFi, c.edit); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %q", err, c.want)
			}
		})
	}
}
