# METADATA
# title: All traffic to the internet passes every firewall layer
# description: >-
#   Every workload subnet has a route table without propagated routes whose default
#   route leads to a firewall, from which the firewalls' own default routes lead
#   through as many layers as promised. No other route leads to the internet, to a
#   gateway or to an appliance that is no firewall of the estate.
# scope: package
# custom:
#   promise: perimeter.firewalls
#   controls: [A.8.20, A.8.22]
#   severity: critical
#   remediation: >-
#     Give the subnet a route table whose 0.0.0.0/0 goes to the inner firewall, route
#     the inner firewall's own subnet to the edge firewall, turn route propagation off
#     and remove routes that lead around.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:Route
#     - azure-native:network:RouteTable
#     - azure-native:network:Subnet
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkPeering
#   facts: []
package tillit.rules.perimeter.route_through_inner

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.firewalls"

witness contains {"urn": s.r.urn, "designed": {"layers": count(network.passed(s))}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some s in network.workloads
	s.r.urn in kept
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

_checks contains {
	"urn": s.r.urn,
	"property": network.path(s, "routeTable.id"),
	"seen": network.at(s, "routeTable.id"),
	"good": count(network.tables(s)) > 0,
	"wanted": "a route table of the estate",
	"msg": sprintf("%s has no route table, so its traffic goes straight to the internet", [network.label(s)]),
} if {
	some s in network.workloads
}

_checks contains {
	"urn": s.r.urn,
	"property": "routes",
	"seen": lib.unless_veiled(network.kinds, count(network.passed(s))),
	"good": count(network.passed(s)) >= _layers,
	"wanted": _layers,
	"msg": sprintf("traffic of %s to the internet passes fewer than %d firewalls", [network.label(s), _layers]),
} if {
	some s in network.workloads
	count(network.tables(s)) > 0
}

_checks contains check if {
	some check in checks.visible({
		"azure-native:network:RouteTable": ["routes"],
		"azure-native:network:VirtualNetwork": ["subnets"],
	})
}

# A firewall that is not the outermost must not have a way out of its own either.
_guarded := array.concat(network.workloads, [s |
	some s in network.of_firewalls
	some firewall in network.firewalls_in[s.vnet]
	network.depth[firewall] > 1
])

_checks contains {
	"urn": route.r,
	"property": sprintf("routes[%s]", [route.name]),
	"seen": _hop(route),
	"good": _through(s, route),
	"wanted": "a firewall of the estate",
	"msg": sprintf("route %s leads %s around the firewalls", [route.name, network.label(s)]),
} if {
	some s in _guarded
	some table in network.tables(s)
	some route in network.routes[table]
}

# Where a route goes is not known while a part of it is not, and a known address is
# not known to be a firewall's while the way to the firewalls is not.
_hop(route) := {"$unknown": true} if lib.unknown(lib.veil(route.props))

_hop(route) := lib.unless_veiled(network.kinds, sprintf("%v to %v", [
	lib.at(route.props, "addressPrefix"),
	lib.at(route.props, "nextHopType"),
])) if {
	not lib.unknown(lib.veil(route.props))
}

default _through(_, _) := false

_through(_, route) if lib.fold(lib.at(route.props, "nextHopType")) in {"none", "vnetlocal"}

_through(s, route) if count(network.hops(s, route)) > 0

_checks contains {
	"urn": table,
	"property": "disableBgpRoutePropagation",
	"seen": seen,
	"good": seen == true,
	"wanted": true,
	"msg": sprintf("%s takes routes that gateways propagate, which can lead around the firewalls", [lib.by_urn[table].name]),
} if {
	some s in _guarded
	some table in network.tables(s)
	seen := lib.prop(lib.by_urn[table], "disableBgpRoutePropagation")
}
