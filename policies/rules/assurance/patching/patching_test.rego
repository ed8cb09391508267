package tillit.rules.assurance.patching_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.assurance.patching

_r(type, name, props) := fx.resource(type, name, sprintf("Microsoft.%s/%s", [type, name]), props)

_definition := "/subscriptions/s/providers/Microsoft.Authorization/policyDefinitions/machines"

_at(type, name, id, props) := object.union(_r(type, name, props), {"id": id})

_assignment(name, definition) := _at(
	"authorization:PolicyAssignment", name,
	sprintf("/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/%s", [name]),
	{"scope": "/subscriptions/s", "policyDefinitionId": definition, "enforcementMode": "Default"},
)

_all := [
	_r("dbforpostgresql:Server", "pg", {"version": "16"}),
	_r("sql:Database", "db", {}),
	_r("containerservice:ManagedCluster", "cluster", {"autoUpgradeProfile": {"upgradeChannel": "patch"}}),
	_r("compute:VirtualMachine", "linux", {"osProfile": {"linuxConfiguration": {"patchSettings": {"patchMode": "AutomaticByPlatform"}}}}),
	_r("compute:VirtualMachine", "windows", {"osProfile": {"windowsConfiguration": {"patchSettings": {"patchMode": "AutomaticByPlatform"}}}}),
	_r("compute:VirtualMachine", "by-itself", {"osProfile": {"windowsConfiguration": {"enableAutomaticUpdates": true}}}),
	_r("compute:VirtualMachineScaleSet", "images", {"upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": true}}}),
	_r("compute:VirtualMachineScaleSet", "guests", {"virtualMachineProfile": {"osProfile": {"linuxConfiguration": {"patchSettings": {"patchMode": "AutomaticByPlatform"}}}}}),
	_r("web:WebApp", "site", {"siteConfig": {"linuxFxVersion": "NODE|22-lts"}}),
	_at("authorization:PolicyDefinition", "machines", _definition, {"mode": "All", "policyRule": data.facts.machine_patching_rule.value}),
	_assignment("deny-machines", _definition),
	_assignment("deny-sets", "/providers/Microsoft.Authorization/policyDefinitions/465f0161-0087-490a-9ad9-ad6217f4f43a"),
]

_on(resources) := fx.inventory({"assurance.patching": {}}, resources)

test_everything_is_patched if {
	{w.urn | some w in patching.witness} == {r.urn | some r in _all} - {"machines"} with input as _on(_all)
	count(patching.violation) == 0 with input as _on(_all)
	count(patching.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(patching.witness) == 0 with input as fx.inventory({}, _all)
	count(patching.violation) == 0 with input as fx.inventory({}, [_r("dbforpostgresql:Server", "pg", {"version": "11"})])
}

_cases := [
	["pg", "/version", "11", "version"],
	["cluster", "/autoUpgradeProfile/upgradeChannel", "none", "autoUpgradeProfile.upgradeChannel"],
	["cluster", "/autoUpgradeProfile/nodeOSUpgradeChannel", "None", "autoUpgradeProfile.nodeOSUpgradeChannel"],
	["linux", "/osProfile/linuxConfiguration/patchSettings/patchMode", "ImageDefault", "osProfile.patchSettings.patchMode"],
	["windows", "/osProfile/windowsConfiguration/patchSettings/patchMode", "Manual", "osProfile.patchSettings.patchMode"],
	["guests", "/virtualMachineProfile/osProfile/linuxConfiguration", null, "virtualMachineProfile.osProfile.patchSettings.patchMode"],
	["site", "/siteConfig/linuxFxVersion", "NODE|14-lts", "siteConfig.linuxFxVersion"],
	["deny-machines", "/enforcementMode", "DoNotEnforce", "enforcementMode"],
	["deny-machines", "/notScopes", ["/subscriptions/s/resourceGroups/g"], "notScopes"],
	["deny-sets", "/resourceSelectors", [{"name": "some"}], "resourceSelectors"],
	["deny-sets", "/overrides", [{"kind": "policyEffect", "value": "Disabled"}], "overrides"],
]

test_what_gets_no_updates_is_a_violation if {
	every case in _cases {
		found := patching.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
	every change in [["linux", "/osProfile", null], ["by-itself", "/osProfile/windowsConfiguration/enableAutomaticUpdates", false]] {
		found := patching.violation with input as _on(fx.changed(_all, change[0], change[1], change[2]))
		fx.at(found) == {[change[0], "osProfile.patchSettings.patchMode"]}
	}
}

test_nothing_denies_machines_without_updates if {
	every name in ["deny-machines", "deny-sets", "machines"] {
		found := patching.violation with input as _on(fx.without(_all, {name}))
		fx.at(found) == {["", "policyDefinitionId"]}
	}
	every change in [
		["machines", "/policyRule/then/effect", "audit"],
		["machines", "/mode", "Microsoft.KeyVault.Data"],
		["deny-sets", "/scope", "/subscriptions/s/resourceGroups/g"],
		["deny-sets", "/scope", "/subscriptions/other"],
		["deny-sets", "/policyDefinitionId", _definition],
	] {
		found := patching.violation with input as _on(fx.changed(_all, change[0], change[1], change[2]))
		fx.at(found) == {["", "policyDefinitionId"]}
	}
}

test_an_exemption if {
	exemption := _r("authorization:PolicyExemption", "exempt", {"policyAssignmentId": "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/deny-machines"})
	found := patching.violation with input as _on(array.concat(_all, [exemption]))
	fx.at(found) == {["exempt", "policyAssignmentId"]}
}

test_by_dependency_while_unknown if {
	resources := fx.vague(_all, "deny-machines", "policyDefinitionId", ["machines"])
	count(patching.violation) == 0 with input as _on(resources)
	count(patching.undetermined) == 0 with input as _on(resources)
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := patching.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(patching.violation) == 0 with input as _on(resources)
	}
	every change in [["machines", "/policyRule"], ["deny-sets", "/policyDefinitionId"], ["deny-sets", "/scope"]] {
		resources := fx.changed(_all, change[0], change[1], fx.unknown)
		found := patching.undetermined with input as _on(resources)
		fx.at(found) == {["", "policyDefinitionId"]}
		count(patching.violation) == 0 with input as _on(resources)
	}
}
