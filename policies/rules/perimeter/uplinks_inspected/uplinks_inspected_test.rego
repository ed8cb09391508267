package tillit.rules.perimeter.uplinks_inspected_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.perimeter.uplinks_inspected

_path(type, name) := sprintf("Microsoft.Network/%s/%s", [type, name])

_n(type, name, path, props) := fx.resource(sprintf("network:%s", [type]), name, _path("virtualNetworks", path), props)

_subnet(name) := {"id": fx.id(_path("virtualNetworks", sprintf("hub/subnets/%s", [name])))}

_route(prefix, hop) := {"name": prefix, "addressPrefix": prefix, "nextHopType": "VirtualAppliance", "nextHopIpAddress": hop}

_all := [
	_n("VirtualNetwork", "hub", "hub", {"addressSpace": {"addressPrefixes": ["10.0.0.0/22"]}}),
	_n("VirtualNetwork", "inner", "inner", {"addressSpace": {"addressPrefixes": ["10.0.4.0/22"]}}),
	_n("VirtualNetworkPeering", "hub-inner", "hub/virtualNetworkPeerings/inner", {"remoteVirtualNetwork": {"id": fx.id(_path("virtualNetworks", "inner"))}}),
	_n("Subnet", "gateway-subnet", "hub/subnets/GatewaySubnet", {"routeTable": {"id": fx.id(_path("routeTables", "routes"))}}),
	_n("Subnet", "firewall-subnet", "hub/subnets/AzureFirewallSubnet", {"addressPrefix": "10.0.0.0/26"}),
	fx.resource("network:RouteTable", "routes", _path("routeTables", "routes"), {"routes": [_route("10.0.0.0/16", "10.0.0.4"), _route("VirtualNetwork", "10.0.0.4")]}),
	fx.resource("network:AzureFirewall", "firewall", _path("azureFirewalls", "firewall"), {"ipConfigurations": [{"subnet": _subnet("AzureFirewallSubnet")}]}),
	fx.resource("network:VirtualNetworkGateway", "gateway", _path("virtualNetworkGateways", "gateway"), {"ipConfigurations": [{"subnet": _subnet("GatewaySubnet")}]}),
	fx.resource("network:VirtualNetworkGatewayConnection", "connection", _path("connections", "connection"), {"connectionType": "ExpressRoute"}),
]

_on(resources) := fx.inventory({"perimeter.firewalls": {"layers": 2}}, resources)

test_uplinks_pass_the_firewall if {
	uplinks_inspected.witness == {{"urn": "gateway-subnet", "designed": {}}, {"urn": "connection", "designed": {}}} with input as _on(_all)
	count(uplinks_inspected.violation) == 0 with input as _on(_all)
	count(uplinks_inspected.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(uplinks_inspected.witness) == 0 with input as fx.inventory({}, _all)
	count(uplinks_inspected.violation) == 0 with input as fx.inventory({}, fx.changed(_all, "routes", "/routes", []))
}

test_nothing_without_a_gateway if {
	resources := fx.without(_all, {"gateway", "connection"})
	count(uplinks_inspected.witness) == 0 with input as _on(resources)
	count(uplinks_inspected.violation) == 0 with input as _on(fx.changed(resources, "routes", "/routes", []))
}

test_a_way_past_the_firewall if {
	every change in [
		["routes", "/routes", []],
		["routes", "/routes/0/addressPrefix", "10.1.0.0/16"],
		["routes", "/routes/0/addressPrefix", "10.0.4.0/23"],
		["routes", "/routes/0/nextHopType", "VnetLocal"],
		["routes", "/routes/0/nextHopIpAddress", "10.0.9.9"],
		["gateway-subnet", "/routeTable", null],
		["inner", "/addressSpace/addressPrefixes", ["10.0.4.0/22", "10.9.0.0/22"]],
	] {
		found := uplinks_inspected.violation with input as _on(fx.changed(_all, change[0], change[1], change[2]))
		fx.at(found) == {["gateway-subnet", "routeTable"]}
	}
	bypass := uplinks_inspected.violation with input as _on(fx.changed(_all, "connection", "/expressRouteGatewayBypass", true))
	fx.at(bypass) == {["connection", "expressRouteGatewayBypass"]}
}

test_unknown_is_undetermined if {
	every change in [
		["routes", "/routes/0/nextHopIpAddress", ["gateway-subnet", "routeTable"]],
		["gateway-subnet", "/routeTable", ["gateway-subnet", "routeTable"]],
		["inner", "/addressSpace", ["inner", "addressSpace.addressPrefixes"]],
		["connection", "/expressRouteGatewayBypass", ["connection", "expressRouteGatewayBypass"]],
	] {
		resources := fx.changed(_all, change[0], change[1], fx.unknown)
		found := uplinks_inspected.undetermined with input as _on(resources)
		fx.at(found) == {change[2]}
		count(uplinks_inspected.violation) == 0 with input as _on(resources)
	}
}
