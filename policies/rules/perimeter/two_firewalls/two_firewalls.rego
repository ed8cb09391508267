# METADATA
# title: The promised number of independent firewalls stands before every network
# description: >-
#   Each region with networks has as many firewalls as there are promised layers, each
#   in a network of its own, with a policy of its own from which no other layer
#   inherits, and spread over availability zones.
# scope: package
# custom:
#   promise: perimeter.firewalls
#   controls: [A.8.20, A.8.22]
#   severity: critical
#   remediation: >-
#     Build an edge hub and an inner hub in the region, each with its own
#     zone-redundant firewall and its own firewall policy.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:FirewallPolicy
#     - azure-native:network:VirtualNetwork
#   facts: [regions]
package tillit.rules.perimeter.two_firewalls

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.firewalls"

witness contains {"urn": r.urn, "designed": {"layers": _independent(_place(r))}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in lib.by_type["azure-native:network:VirtualNetwork"]
	r.urn in kept
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_layers := lib.promised(promise).layers

# A network stands behind as many layers as its region has firewalls in different
# networks and with different policies.
_checks contains {
	"urn": r.urn,
	"property": "firewalls",
	"seen": _seen(r),
	"good": _independent(_place(r)) >= _layers,
	"wanted": _layers,
	"msg": sprintf("%s stands behind fewer than %d independent firewalls", [r.name, _layers]),
} if {
	some r in lib.by_type["azure-native:network:VirtualNetwork"]
}

_seen(r) := lib.unless_veiled({"azure-native:network:AzureFirewall", r.type}, _independent(_place(r)))

# _place is a resource's region; empty when it is not known.
default _place(_) := ""

_place(r) := lib.location(r)

default _independent(_) := 0

_independent(region) := min([count(_networks[region]), count(_policies[region])])

_networks := lib.group([[lib.location(r), vnet] |
	some r in network.firewalls
	some vnet in object.get(network.networks_behind, r.urn, set())
])

_policies := lib.group([[lib.location(r), policy] | some r in network.firewalls; some policy in _policy(r)])

_policy(r) := lib.targets(r, "firewallPolicy", lib.prop(r, "firewallPolicy.id"), "azure-native:network:FirewallPolicy")

_checks contains {
	"urn": r.urn,
	"property": "zones",
	"seen": lib.veil(seen),
	"good": count({zone | some zone in lib.items(r, "zones"); lib.known(zone)}) >= _zones(_place(r)),
	"wanted": "two availability zones or more",
	"msg": sprintf("%s stands in a single zone", [r.name]),
} if {
	some r in network.firewalls
	seen := lib.prop(r, "zones")
}

# _zones is how many zones make a firewall redundant: two, where a region has them.
default _zones(_) := 2

_zones(region) := min([2, data.facts.regions.value[region].zones])

_checks contains {
	"urn": r.urn,
	"property": "firewallPolicy.id",
	"seen": lib.prop(r, "firewallPolicy.id"),
	"good": count(_policy(r)) > 0,
	"wanted": "a firewall policy of the estate",
	"msg": sprintf("%s has no firewall policy of the estate", [r.name]),
} if {
	some r in network.firewalls
}

_checks contains {
	"urn": r.urn,
	"property": "firewallPolicy.id",
	"seen": sort({lib.by_urn[other].name | some other in sharing}),
	"good": count(sharing) == 0,
	"wanted": "a policy no other firewall of the region has or inherits from",
	"msg": sprintf("%s shares its policy with another layer", [r.name]),
} if {
	some r in network.firewalls
	sharing := {other |
		some policy in _policy(r)
		some rules in _lineage(policy)
		some other in _users[[lib.location(r), rules]]
		other != r.urn
	}
}

# _lineage is a policy and the one it inherits from.
_lineage(policy) := {policy} | lib.targets(r, "basePolicy", lib.prop(r, "basePolicy.id"), "azure-native:network:FirewallPolicy") if {
	r := lib.by_urn[policy]
}

_users := lib.group([[[lib.location(r), rules], r.urn] |
	some r in network.firewalls
	some policy in _policy(r)
	some rules in _lineage(policy)
])

_checks contains {
	"urn": r.urn,
	"property": "ipConfigurations",
	"seen": sort({lib.by_urn[other].name | some other in sharing}),
	"good": count(sharing) == 0,
	"wanted": "a network of its own",
	"msg": sprintf("%s stands in the same network as another firewall", [r.name]),
} if {
	some r in network.firewalls
	sharing := {other |
		some vnet in object.get(network.networks_behind, r.urn, set())
		some other in network.firewalls_in[vnet]
		other != r.urn
	}
}
