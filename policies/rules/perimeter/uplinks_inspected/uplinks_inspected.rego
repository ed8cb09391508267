# METADATA
# title: What comes in over an uplink passes the firewall
# description: >-
#   A gateway hands what it receives to the networks that its own is peered with. Its
#   subnet therefore routes their addresses to the firewall beside it, and no
#   connection bypasses the gateway, which would bypass these routes.
# scope: package
# custom:
#   promise: perimeter.firewalls
#   controls: [A.8.20, A.8.22]
#   severity: critical
#   remediation: Give GatewaySubnet a route table with a route to the firewall for every network that the hub is peered with, and leave FastPath off.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:Route
#     - azure-native:network:RouteTable
#     - azure-native:network:Subnet
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkGateway
#     - azure-native:network:VirtualNetworkGatewayConnection
#     - azure-native:network:VirtualNetworkPeering
#   facts: []
package tillit.rules.perimeter.uplinks_inspected

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.firewalls"

_check contains check if {
	lib.promised(promise)
	some check in checks.table({"azure-native:network:VirtualNetworkGatewayConnection": [{
		"property": "expressRouteGatewayBypass",
		"good": {null, false},
		"wanted": false,
		"fault": "leads past the gateway and the firewall",
	}]})
}

_check contains {
	"urn": s.r.urn,
	"property": network.path(s, "routeTable"),
	"seen": lib.unless_veiled(network.kinds, [_label(route) | some route in _routes(s)]),
	"good": count([route | some route in _routes(s); _covers(route, range); count(network.hops(s, route)) > 0]) > 0,
	"wanted": sprintf("a route for %s to a firewall", [range]),
	"msg": sprintf("an uplink reaches %s past the firewall", [lib.by_urn[peer].name]),
} if {
	lib.promised(promise)
	some s in network.subnets
	s.name == "GatewaySubnet"
	s.vnet in _occupied
	some peer in object.get(network.peers, s.vnet, set())
	some range in lib.items(lib.by_urn[peer], "addressSpace.addressPrefixes")
	is_string(range)
	net.cidr_is_valid(range)
}

_check contains check if {
	lib.promised(promise)
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

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
