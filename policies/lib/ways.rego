# METADATA
# title: Ways past the firewalls
# description: >-
#   The checks that no traffic finds a way past the firewalls of an estate: out of
#   every subnet through as many of them as are wanted, and in from a gateway through
#   the one beside it.
# scope: package
package tillit.lib.ways

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

# The way is told by the network that a firewall stands in, so it has to stand in the
# subnet that Azure has reserved for it.
_outward contains {
	"urn": r.urn,
	"property": "ipConfigurations",
	"seen": lib.veil(id),
	"good": endswith(lib.fold(id), "/subnets/azurefirewallsubnet"),
	"wanted": "the subnet AzureFirewallSubnet of its network",
	"msg": sprintf("%s does not stand in AzureFirewallSubnet", [r.name]),
} if {
	some r in network.firewalls
	some config in lib.items(r, "ipConfigurations")
	id := lib.at(config, "subnet.id")
	is_string(id)
}

# out is the checks that all traffic to the internet passes a number of firewalls.
out(layers) := _outward | _enough(layers)

_enough(layers) := {check |
	some s in network.workloads
	count(network.tables(s)) > 0
	check := {
		"urn": s.r.urn,
		"property": "routes",
		"seen": lib.unless_veiled(network.kinds, count(network.passed(s))),
		"good": count(network.passed(s)) >= layers,
		"wanted": layers,
		"msg": sprintf("traffic of %s to the internet passes fewer than %d firewalls", [network.label(s), layers]),
	}
}

_outward contains {
	"urn": s.r.urn,
	"property": network.path(s, "routeTable.id"),
	"seen": network.at(s, "routeTable.id"),
	"good": count(network.tables(s)) > 0,
	"wanted": "a route table of the estate",
	"msg": sprintf("%s has no route table, so its traffic goes straight to the internet", [network.label(s)]),
} if {
	some s in network.workloads
}

# Azure leads what goes to a service endpoint straight there, whatever the routes say.
_outward contains {
	"urn": s.r.urn,
	"property": network.path(s, "serviceEndpoints"),
	"seen": lib.veil(seen),
	"good": seen in {null, []},
	"wanted": "no service endpoint",
	"msg": sprintf("%s reaches a service of Azure past the firewalls", [network.label(s)]),
} if {
	some s in network.workloads
	seen := network.at(s, "serviceEndpoints")
}

_outward contains check if {
	some check in checks.visible({
		"azure-native:network:RouteTable": ["routes"],
		"azure-native:network:VirtualNetwork": ["subnets"],
	})
}

_outward contains {
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

_outward contains {
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

# A firewall that is not the outermost must not have a way out of its own either.
_guarded := array.concat(network.workloads, [s |
	some s in network.of_firewalls
	some firewall in network.firewalls_in[s.vnet]
	network.depth[firewall] > 1
])

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

# uplinks is the checks that what comes in over a gateway passes the firewall.
uplinks contains check if {
	some check in checks.table({"azure-native:network:VirtualNetworkGatewayConnection": [{
		"property": "expressRouteGatewayBypass",
		"good": {null, false},
		"wanted": false,
		"fault": "leads past the gateway and the firewall",
	}]})
}

uplinks contains {
	"urn": s.r.urn,
	"property": network.path(s, "routeTable"),
	"seen": lib.unless_veiled(network.kinds, [_label(route) | some route in _routes(s)]),
	"good": count([route | some route in _routes(s); _covers(route, range); count(network.hops(s, route)) > 0]) > 0,
	"wanted": sprintf("a route for %s to a firewall", [range]),
	"msg": sprintf("an uplink reaches %s past the firewall", [lib.by_urn[peer].name]),
} if {
	some s in network.subnets
	s.name == "GatewaySubnet"
	s.vnet in _occupied
	some peer in object.get(network.peers, s.vnet, set())
	some range in lib.items(lib.by_urn[peer], "addressSpace.addressPrefixes")
	is_string(range)
	net.cidr_is_valid(range)
}

uplinks contains check if {
	some check in checks.visible({"azure-native:network:VirtualNetwork": ["addressSpace.addressPrefixes"]})
	count(_occupied) > 0
	not check.good
}

# _occupied is the networks that a gateway stands in.
_occupied := {vnet |
	some r in lib.by_type["azure-native:network:VirtualNetworkGateway"]
	some config in lib.items(r, "ipConfigurations")
	some vnet in network.networks_of(r, "ipConfigurations", lib.at(config, "subnet.id"))
}

_routes(s) := [route | some table in network.tables(s); some route in object.get(network.routes, table, set())]

_covers(route, range) if {
	is_string(route.props.addressPrefix)
	net.cidr_is_valid(route.props.addressPrefix)
	net.cidr_contains(route.props.addressPrefix, range)
}

_label(route) := sprintf("%s to %s", [lib.label(route.props, "addressPrefix"), lib.label(route.props, "nextHopIpAddress")])
