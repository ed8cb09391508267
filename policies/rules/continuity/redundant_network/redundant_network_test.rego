package tillit.rules.continuity.redundant_network_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.continuity.redundant_network

_n(type, name, props) := fx.resource(sprintf("network:%s", [type]), name, sprintf("Microsoft.Network/%s/%s", [type, name]), props)

_zones := ["1", "2", "3"]

_all := [
	_n("AzureFirewall", "firewall", {"zones": _zones}),
	_n("PublicIPAddress", "address", {"zones": _zones, "sku": {"name": "Standard"}}),
	_n("PublicIPPrefix", "prefix", {"zones": _zones}),
	_n("VirtualNetworkGateway", "gateway", {"sku": {"name": "ErGw1AZ"}}),
	_n("LoadBalancer", "balancer", {"sku": {"name": "Standard"}, "frontendIPConfigurations": [
		{"name": "inner", "subnet": {"id": "/s"}, "zones": _zones},
		{"name": "outer", "publicIPAddress": {"id": "/p"}},
	]}),
	_n("NatGateway", "nat", {"sku": {"name": "StandardV2"}}),
	_n("ApplicationGateway", "scaling", {"zones": _zones, "autoscaleConfiguration": {"minCapacity": 2}}),
	_n("ApplicationGateway", "fixed", {"zones": _zones, "sku": {"capacity": 3}}),
]

_on(resources) := fx.inventory({"continuity.redundant": {}}, resources)

test_everything_stands_in_several_zones if {
	{w.urn | some w in redundant_network.witness} == {r.urn | some r in _all} with input as _on(_all)
	count(redundant_network.violation) == 0 with input as _on(_all)
	count(redundant_network.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(redundant_network.witness) == 0 with input as fx.inventory({}, _all)
	count(redundant_network.violation) == 0 with input as fx.inventory({}, fx.changed(_all, "firewall", "/zones", ["1"]))
}

_cases := [
	["firewall", "/zones", ["1"], "zones"],
	["firewall", "/zones", null, "zones"],
	["address", "/zones", [], "zones"],
	["address", "/sku/name", "Basic", "sku.name"],
	["address", "/sku", null, "sku.name"],
	["prefix", "/zones", ["2", "2"], "zones"],
	["gateway", "/sku/name", "Standard", "sku.name"],
	["balancer", "/sku/name", "Basic", "sku.name"],
	["balancer", "/frontendIPConfigurations/0/zones", ["1"], "frontendIPConfigurations.zones"],
	["nat", "/sku/name", "Standard", "sku.name"],
	["scaling", "/zones", ["1"], "zones"],
	["scaling", "/autoscaleConfiguration/minCapacity", 1, "autoscaleConfiguration.minCapacity"],
	["fixed", "/sku/capacity", 1, "sku.capacity"],
]

test_one_zone_or_one_instance_is_a_violation if {
	every case in _cases {
		found := redundant_network.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_unknown_is_undetermined if {
	every case in array.concat(_cases, [["balancer", "/frontendIPConfigurations", null, "frontendIPConfigurations"]]) {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := redundant_network.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(redundant_network.violation) == 0 with input as _on(resources)
	}
}
