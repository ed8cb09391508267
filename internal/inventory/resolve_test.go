package inventory

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const (
	testSubscription = "00000000-0000-4000-8000-000000000001"
	testGroup        = "/subscriptions/" + testSubscription + "/resourceGroups/rg"
)

func custom(urn, token string, props map[string]any, deps map[string][]string) Resource {
	return Resource{URN: urn, Type: token, Custom: true, Props: props, PropertyDependsOn: deps}
}

// chain is a group, a network in it and a subnet of that, as a preview tells
// them: names that are outputs are unknown.
func chain() []Resource {
	return []Resource{
		custom("group", "azure-native:resources:ResourceGroup", map[string]any{"resourceGroupName": "rg"}, nil),
		custom("net", "azure-native:network:VirtualNetwork",
			map[string]any{"resourceGroupName": Unknown(), "virtualNetworkName": "vnet"},
			map[string][]string{"resourceGroupName": {"group"}}),
		custom("sub", "azure-native:network:Subnet",
			map[string]any{"resourceGroupName": Unknown(), "virtualNetworkName": Unknown(), "subnetName": "data", "routeTable": map[string]any{"id": Unknown()}},
			map[string][]string{"resourceGroupName": {"group"}, "virtualNetworkName": {"net"}, "routeTable": {"net"}}),
	}
}

func TestResolve(t *testing.T) {
	const subnet = testGroup + "/providers/Microsoft.Network/virtualNetworks/vnet/subnets/data"
	for name, c := range map[string]struct {
		change func(list []Resource) []Resource
		want   string // the subnet's id
	}{
		"a chain":                {func(l []Resource) []Resource { return l }, subnet},
		"in reverse":             {func(l []Resource) []Resource { slices.Reverse(l); return l }, subnet},
		"an id that is there":    {func(l []Resource) []Resource { l[2].ID = "/kept"; return l }, "/kept"},
		"no dependency is told":  {func(l []Resource) []Resource { l[2].PropertyDependsOn = nil; return l }, ""},
		"a name nobody gave":     {func(l []Resource) []Resource { delete(l[2].Props, "subnetName"); return l }, ""},
		"a secret name":          {func(l []Resource) []Resource { l[2].Props["subnetName"] = Secret(); return l }, ""},
		"the source is not here": {func(l []Resource) []Resource { return slices.Delete(l, 1, 2) }, ""},
		"the source is of another type": {func(l []Resource) []Resource {
			l[2].PropertyDependsOn["virtualNetworkName"] = []string{"group"}
			return l
		}, ""},
		"two that could give it and differ": {func(l []Resource) []Resource {
			other := custom("other", "azure-native:network:VirtualNetwork", map[string]any{"resourceGroupName": "rg", "virtualNetworkName": "other"}, nil)
			l[2].PropertyDependsOn["virtualNetworkName"] = []string{"net", "other"}
			return append(l, other)
		}, ""},
		"two that could give it and agree": {func(l []Resource) []Resource {
			l[2].PropertyDependsOn["resourceGroupName"] = []string{"group", "net"}
			return l
		}, subnet},
		"it depends on itself": {func(l []Resource) []Resource {
			l[2].PropertyDependsOn["virtualNetworkName"] = []string{"sub"}
			return l
		}, ""},
		"a circle": {func(l []Resource) []Resource {
			l[1].Props["virtualNetworkName"] = Unknown()
			l[1].PropertyDependsOn["virtualNetworkName"] = []string{"sub"}
			return l
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inv := &Inventory{Resources: c.change(chain())}
			Resolve(inv, testSubscription)
			for _, r := range inv.Resources {
				if r.URN == "sub" && r.ID != c.want {
					t.Errorf("id = %q, want %q", r.ID, c.want)
				}
			}
		})
	}
}

// What is unknown inside a property stays so, however likely its value.
func TestResolveGuessesNoProperty(t *testing.T) {
	inv := &Inventory{Resources: chain()}
	Resolve(inv, testSubscription)
	sub := inv.Resources[2]
	if !IsUnknown(sub.Props["virtualNetworkName"]) || !IsUnknown(sub.Props["routeTable"].(map[string]any)["id"]) {
		t.Errorf("props = %v, want them as they were", sub.Props)
	}
}

func TestResolveFollowsWhatIsRead(t *testing.T) {
	read := chain()
	inv := &Inventory{Resources: read[1:], External: read[:1]}
	inv.External[0].ID = testGroup
	inv.External[0].Props = map[string]any{}
	Resolve(inv, testSubscription)
	if want := testGroup + "/providers/Microsoft.Network/virtualNetworks/vnet"; inv.Resources[0].ID != want {
		t.Errorf("id = %q, want %q", inv.Resources[0].ID, want)
	}
}

// The order in which resources are told does not matter.
func TestResolveOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Resource
		groups := rapid.IntRange(1, 4).Draw(t, "groups")
		for g := range groups {
			for _, r := range chain() {
				r.URN = fmt.Sprint(r.URN, g)
				deps := map[string][]string{}
				for p, urns := range r.PropertyDependsOn {
					for _, u := range urns {
						deps[p] = append(deps[p], fmt.Sprint(u, g))
					}
				}
				if rapid.IntRange(0, 3).Draw(t, "cross") == 0 {
					for p := range deps {
						deps[p] = append(deps[p], fmt.Sprint("net", rapid.IntRange(0, groups-1).Draw(t, "other")))
					}
				}
				r.PropertyDependsOn = deps
				list = append(list, r)
			}
		}
		resolve := func(list []Resource) map[string]string {
			inv := &Inventory{Resources: slices.Clone(list)}
			Resolve(inv, testSubscription)
			ids := map[string]string{}
			for _, r := range inv.Resources {
				ids[r.URN] = r.ID
			}
			return ids
		}
		one, other := resolve(list), resolve(rapid.Permutation(list).Draw(t, "order"))
		for urn, id := range one {
			if other[urn] != id {
				t.Fatalf("%s is %q or %q, by order", urn, id, other[urn])
			}
		}
	})
}
