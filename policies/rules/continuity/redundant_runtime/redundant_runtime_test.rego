package tillit.rules.continuity.redundant_runtime_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.continuity.redundant_runtime

_r(type, name, props) := fx.resource(type, name, sprintf("Microsoft.%s/%s", [type, name]), props)

_zones := ["1", "2"]

_machine(name, zones) := _r("compute:VirtualMachine", name, {"location": "swedencentral", "tags": {"purpose": "mail"}, "zones": zones})

_all := [
	_r("app:ManagedEnvironment", "environment", {"zoneRedundant": true}),
	_r("app:ContainerApp", "app", {"template": {"scale": {"minReplicas": 2}}}),
	_r("app:Job", "job", {}),
	_r("apimanagement:ApiManagementService", "gateway", {"zones": _zones, "sku": {"name": "Premium", "capacity": 2}}),
	_r("web:AppServicePlan", "plan", {"zoneRedundant": true, "sku": {"capacity": 3}}),
	_r("compute:VirtualMachineScaleSet", "set", {"zones": _zones, "sku": {"capacity": 2}}),
	_r("containerservice:ManagedCluster", "cluster", {"agentPoolProfiles": [
		{"name": "scaling", "availabilityZones": _zones, "enableAutoScaling": true, "minCount": 2, "count": 1},
		{"name": "fixed", "availabilityZones": _zones, "count": 2},
	]}),
	_r("containerservice:AgentPool", "pool", {"availabilityZones": _zones, "count": 3}),
	_machine("one", ["1"]),
	_machine("two", ["2"]),
]

_on(resources) := fx.inventory({"continuity.redundant": {}}, resources)

test_everything_runs_twice if {
	{w.urn | some w in redundant_runtime.witness} == {r.urn | some r in _all} - {"job"} with input as _on(_all)
	count(redundant_runtime.violation) == 0 with input as _on(_all)
	count(redundant_runtime.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(redundant_runtime.witness) == 0 with input as fx.inventory({}, _all)
	count(redundant_runtime.violation) == 0 with input as fx.inventory({}, fx.changed(_all, "environment", "/zoneRedundant", false))
}

_cases := [
	["environment", "/zoneRedundant", false, "zoneRedundant"],
	["environment", "/zoneRedundant", null, "zoneRedundant"],
	["app", "/template/scale/minReplicas", 1, "template.scale.minReplicas"],
	["app", "/template/scale", null, "template.scale.minReplicas"],
	["gateway", "/zones", ["1"], "zones"],
	["gateway", "/sku/capacity", 1, "sku.capacity"],
	["plan", "/zoneRedundant", false, "zoneRedundant"],
	["plan", "/sku/capacity", 1, "sku.capacity"],
	["set", "/zones", null, "zones"],
	["set", "/sku/capacity", 1, "sku.capacity"],
	["cluster", "/agentPoolProfiles/0/minCount", 1, "agentPoolProfiles.minCount"],
	["cluster", "/agentPoolProfiles/1/count", 1, "agentPoolProfiles.count"],
	["cluster", "/agentPoolProfiles/1/availabilityZones", ["1"], "agentPoolProfiles.availabilityZones"],
	["pool", "/availabilityZones", [], "availabilityZones"],
	["pool", "/count", 1, "count"],
]

test_a_single_instance_or_zone_is_a_violation if {
	every case in _cases {
		found := redundant_runtime.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_a_single_machine if {
	every change in [["two", "/zones", ["1"]], ["two", "/zones", []], ["two", "/location", "norwayeast"], ["two", "/tags/purpose", "web"]] {
		found := redundant_runtime.violation with input as _on(fx.changed(_all, change[0], change[1], change[2]))
		fx.at(found) == {["one", "zones"], ["two", "zones"]}
	}
}

test_unknown_is_undetermined if {
	every case in array.concat(_cases, [["cluster", "/agentPoolProfiles", null, "agentPoolProfiles"]]) {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := redundant_runtime.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(redundant_runtime.violation) == 0 with input as _on(resources)
	}
}
