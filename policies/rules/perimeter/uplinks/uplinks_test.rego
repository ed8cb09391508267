package tillit.rules.perimeter.uplinks_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.perimeter.uplinks

_path(type, name) := sprintf("Microsoft.Network/%s/%s", [type, name])

_n(type, name, props) := fx.resource(sprintf("network:%s", [type]), name, _path(type, name), props)

_ref(type, name) := {"id": fx.id(_path(type, name))}

_circuit(name, operator) := _n("ExpressRouteCircuit", name, {"serviceProviderProperties": {"serviceProviderName": operator, "peeringLocation": "Stockholm"}})

_connection(name, circuit) := _n("VirtualNetworkGatewayConnection", name, {
	"connectionType": "ExpressRoute",
	"virtualNetworkGateway1": _ref("VirtualNetworkGateway", "gateway"),
	"peer": _ref("ExpressRouteCircuit", circuit),
})

_address(name, prefix) := _n("PublicIPAddress", name, {"publicIPPrefix": _ref("PublicIPPrefix", prefix)})

_subnet(name) := {"id": fx.id(_path("virtualNetworks", sprintf("hub/subnets/%s", [name])))}

_all := [
	_circuit("circuit-a", "Elisa"),
	_circuit("circuit-b", "GlobalConnect"),
	_connection("connection-a", "circuit-a"),
	_connection("connection-b", "circuit-b"),
	_n("VirtualNetworkGateway", "gateway", {
		"gatewayType": "ExpressRoute",
		"sku": {"name": "ErGw1AZ"},
		"ipConfigurations": [{"subnet": _subnet("GatewaySubnet")}],
	}),
	fx.resource("network:VirtualNetwork", "hub", _path("virtualNetworks", "hub"), {}),
	fx.resource("network:Subnet", "gateway-subnet", _path("virtualNetworks", "hub/subnets/GatewaySubnet"), {"routeTable": _ref("routeTables", "routes")}),
	fx.resource("network:RouteTable", "routes", _path("routeTables", "routes"), {}),
	_n("AzureFirewall", "firewall", {"ipConfigurations": [
		{"subnet": _subnet("AzureFirewallSubnet"), "publicIPAddress": _ref("PublicIPAddress", "address-a")},
		{"publicIPAddress": _ref("PublicIPAddress", "address-b")},
	]}),
	_address("address-a", "prefix-a"),
	_address("address-b", "prefix-b"),
	_n("PublicIPPrefix", "prefix-a", {}),
	_n("PublicIPPrefix", "prefix-b", {}),
]

_on(resources) := fx.inventory({"perimeter.uplinks": {"operators": 2}}, resources)

test_two_operators if {
	uplinks.witness == {
		{"urn": "circuit-a", "designed": {"operators": 2}},
		{"urn": "circuit-b", "designed": {"operators": 2}},
		{"urn": "gateway", "designed": {"operators": 2}},
	} with input as _on(_all)
	count(uplinks.violation) == 0 with input as _on(_all)
	count(uplinks.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(uplinks.witness) == 0 with input as fx.inventory({}, _all)
	count(uplinks.violation) == 0 with input as fx.inventory({}, [])
}

test_nothing_is_no_uplink if {
	found := uplinks.violation with input as _on([])
	{v.msg | some v in found} == {"0 of 2 operators connect the estate"}
}

_tunnel := _n("VirtualNetworkGatewayConnection", "tunnel", {
	"connectionType": "IPsec",
	"virtualNetworkGateway1": _ref("VirtualNetworkGateway", "gateway"),
	"localNetworkGateway2": {"id": "/office"},
})

test_a_vpn_is_an_operator if {
	resources := array.concat(fx.without(_all, {"circuit-b", "connection-b"}), [_tunnel])
	count(uplinks.violation) == 0 with input as _on(resources)
	{w.urn | some w in uplinks.witness} == {"circuit-a", "gateway", "tunnel"} with input as _on(resources)
	found := uplinks.violation with input as _on(array.concat(resources, [object.union(_tunnel, {"urn": "other", "name": "other"})]))
	count(found) == 0
	three := uplinks.violation with input as fx.inventory({"perimeter.uplinks": {"operators": 3}}, resources)
	fx.at(three) == {["", ""], ["firewall", "ipConfigurations"]}
}

test_fewer_operators if {
	every change in [
		["circuit-b", "/serviceProviderProperties/serviceProviderName", "elisa", {["", ""]}],
		["circuit-b", "/serviceProviderProperties", null, {["", ""], ["circuit-b", "serviceProviderProperties.serviceProviderName"]}],
		["connection-b", "/peer/id", fx.id(_path("ExpressRouteCircuit", "circuit-a")), {["", ""], ["circuit-b", ""]}],
		["connection-b", "/virtualNetworkGateway1/id", "/elsewhere", {["", ""], ["circuit-b", ""]}],
		["connection-b", "/connectionType", "Vnet2Vnet", {["", ""], ["circuit-b", ""]}],
	] {
		found := uplinks.violation with input as _on(fx.changed(_all, change[0], change[1], change[2]))
		fx.at(found) == change[3]
	}
	alone := uplinks.violation with input as _on(fx.without(_all, {"connection-b"}))
	fx.at(alone) == {["", ""], ["circuit-b", ""]}
}

test_what_all_uplinks_depend_on if {
	every change in [
		["gateway", "/sku/name", "Standard", ["gateway", "sku.name"]],
		["routes", "/disableBgpRoutePropagation", true, ["routes", "disableBgpRoutePropagation"]],
		["address-b", "/publicIPPrefix", null, ["firewall", "ipConfigurations"]],
		["address-b", "/publicIPPrefix/id", fx.id(_path("PublicIPPrefix", "prefix-a")), ["firewall", "ipConfigurations"]],
	] {
		found := uplinks.violation with input as _on(fx.changed(_all, change[0], change[1], change[2]))
		fx.at(found) == {change[3]}
	}
}

test_a_prefix_of_the_organisation if {
	foreign := fx.changed(_all, "address-b", "/publicIPPrefix/id", "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/publicIPPrefixes/own")
	count(uplinks.violation) == 0 with input as _on(foreign)
}

test_by_dependency_while_unknown if {
	connected := [_seen(r, "connection-b", {"virtualNetworkGateway1": ["gateway"], "peer": ["circuit-b"]}) |
		some r in fx.changed(fx.changed(_all, "connection-b", "/peer/id", fx.unknown), "connection-b", "/virtualNetworkGateway1/id", fx.unknown)
	]
	count(uplinks.violation) == 0 with input as _on(connected)
	count(uplinks.undetermined) == 0 with input as _on(connected)
}

_seen(r, name, _) := r if r.name != name

_seen(r, name, depends) := object.union(r, {"propertyDependsOn": depends}) if r.name == name

test_unknown_is_undetermined if {
	every change in [
		["circuit-b", "/serviceProviderProperties/serviceProviderName", {["", ""], ["circuit-b", "serviceProviderProperties.serviceProviderName"]}],
		["connection-b", "/connectionType", {["", ""], ["circuit-b", ""]}],
		["connection-b", "/peer", {["", ""], ["circuit-b", ""]}],
		["gateway", "/sku/name", {["gateway", "sku.name"]}],
		["routes", "/disableBgpRoutePropagation", {["routes", "disableBgpRoutePropagation"]}],
		["address-b", "/publicIPPrefix", {["firewall", "ipConfigurations"]}],
	] {
		resources := fx.changed(_all, change[0], change[1], fx.unknown)
		found := uplinks.undetermined with input as _on(resources)
		fx.at(found) == change[2]
		count(uplinks.violation) == 0 with input as _on(resources)
	}
}
