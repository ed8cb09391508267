# METADATA
# title: Everything takes its security updates by itself
# description: >-
#   Databases run a version that Azure patches, clusters and machines are
#   updated by the platform, and web runtimes are ones that are still maintained.
#   Azure Policy denies machines and scale sets without automatic updates in every subscription of the
#   estate, also those that somebody makes by hand.
# scope: package
# custom:
#   promise: assurance.patching
#   controls: [A.8.8, A.8.19, A.8.32]
#   severity: high
#   remediation: >-
#     Choose a supported version and automatic updates (AutomaticByPlatform), and assign policies that deny anything
#     else, enforced, to the whole subscription.
#   types:
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:app:ManagedEnvironment
#     - azure-native:authorization:PolicyAssignment
#     - azure-native:authorization:PolicyDefinition
#     - azure-native:authorization:PolicyExemption
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:containerservice:ManagedCluster
#     - azure-native:dbforpostgresql:Server
#     - azure-native:network:AzureFirewall
#     - azure-native:sql:Database
#     - azure-native:web:WebApp
#   facts: [machine_patching, machine_patching_rule, platform_patched, postgres_versions_patched, retired_runtimes]
package tillit.rules.assurance.patching

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.scopes
import data.tillit.lib.values

promise := "assurance.patching"

_check contains check if {
	lib.promised(promise)
	some check in checks.table({
		"azure-native:dbforpostgresql:Server": [{
			"property": "version",
			"good": ({null} | {version | some version in data.facts.postgres_versions_patched.value}),
			"wanted": concat(", ", data.facts.postgres_versions_patched.value),
			"fault": "runs a version that gets no security updates",
		}],
		"azure-native:containerservice:ManagedCluster": [
			{
				"property": "autoUpgradeProfile.upgradeChannel",
				"good": {"node-image", "patch", "rapid", "stable"},
				"wanted": "patch, stable, rapid or node-image",
				"fault": "is not updated by itself",
			},
			{
				"property": "autoUpgradeProfile.nodeOSUpgradeChannel",
				"good": {null, "nodeimage", "securitypatch"},
				"wanted": "NodeImage or SecurityPatch",
				"fault": "leaves its nodes without security updates",
			},
		],
	})
}

# _machines is every machine and scale set: the resource, where its operating system
# is set up, and whether the scale set replaces whole images.
_machines := array.concat(
	[[r, "osProfile", false] | some r in lib.by_type["azure-native:compute:VirtualMachine"]],
	[[r, "virtualMachineProfile.osProfile", seen] |
		some r in lib.by_type["azure-native:compute:VirtualMachineScaleSet"]
		seen := lib.prop(r, "upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade")
	],
)

_check contains {
	"urn": r.urn,
	"property": sprintf("%s.patchSettings.patchMode", [profile]),
	"seen": seen,
	"good": _updated(r, profile, replaced, seen),
	"wanted": "AutomaticByPlatform",
	"msg": sprintf("%s takes no security updates by itself", [r.name]),
} if {
	lib.promised(promise)
	some [r, profile, replaced] in _machines
	seen := _mode(r, profile)
}

# _mode is the patch mode of whichever operating system there is. Windows updates
# itself unless told otherwise.
_mode(r, profile) := v if {
	v := lib.prop(r, sprintf("%s.linuxConfiguration.patchSettings.patchMode", [profile]))
	v != null
} else := values.otherwise(lib.prop(r, sprintf("%s.windowsConfiguration.patchSettings.patchMode", [profile])), "AutomaticByOS") if {
	lib.prop(r, sprintf("%s.windowsConfiguration", [profile])) != null
} else := null

default _updated(_, _, _, _) := false

_updated(_, _, true, _) := true

_updated(_, _, _, mode) if lib.fold(mode) == "automaticbyplatform"

_updated(r, profile, _, mode) if {
	lib.fold(mode) == "automaticbyos"
	lib.prop(r, sprintf("%s.windowsConfiguration.enableAutomaticUpdates", [profile])) in {null, true}
}

_check contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": _maintained(seen),
	"wanted": "a runtime that is maintained",
	"msg": sprintf("%s runs %s, for which there are no more security updates", [r.name, lib.label(r.props, property)]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:web:WebApp"]
	some property in ["siteConfig.linuxFxVersion", "siteConfig.windowsFxVersion"]
	seen := lib.prop(r, property)
}

default _maintained(_) := true

_maintained(version) := false if lib.unknown(version)

_maintained(version) := false if {
	is_string(version)
	strings.any_prefix_match(lower(version), data.facts.retired_runtimes.value)
}

# What keeps others from deploying machines without updates.

_assignments := object.get(lib.by_type, "azure-native:authorization:PolicyAssignment", [])

# _about is the kind of machine whose updates an assignment sees to.
_about(r) := data.facts.machine_patching.value[parts[count(parts) - 1]] if {
	definition := lib.prop(r, "policyDefinitionId")
	is_string(definition)
	parts := split(lower(definition), "/")
} else := "machines" if {
	some urn in lib.targets(r, "policyDefinitionId", lib.prop(r, "policyDefinitionId"), "azure-native:authorization:PolicyDefinition")
	lib.prop(lib.by_urn[urn], "policyRule") == data.facts.machine_patching_rule.value
	lower(lib.label(lib.by_urn[urn].props, "mode")) in {"all", "indexed"}
}

_binding := [[r, kind] | some r in _assignments; kind := _about(r)]

_kinds := {kind | some kind in data.facts.machine_patching.value}

_check contains {
	"urn": "",
	"property": "policyDefinitionId",
	"seen": lib.unless_veiled(
		{
			"azure-native:authorization:PolicyAssignment",
			"azure-native:authorization:PolicyDefinition",
		},
		null,
	),
	"good": subscription in {s | some [r, k] in _binding; k == kind; some s in scopes.of(lib.prop(r, "scope"))},
	"wanted": sprintf("a policy on the automatic updates of %s", [kind]),
	"msg": sprintf("no policy keeps %s without updates out of %s", [kind, subscription]),
} if {
	lib.promised(promise)
	some kind in _kinds
	some subscription in scopes.subscriptions
}

_check contains {
	"urn": r.urn,
	"property": property,
	"seen": lib.veil(seen),
	"good": lib.fold(seen) in good,
	"wanted": wanted,
	"msg": sprintf("%s does not bind every machine", [r.name]),
} if {
	lib.promised(promise)
	some [r, _] in _binding
	some [property, good, wanted] in [
		["enforcementMode", {null, "default"}, "Default"],
		["notScopes", {null, []}, "no exception"],
		["resourceSelectors", {null, []}, "every machine"],
		["overrides", {null, []}, "no override"],
	]
	seen := lib.prop(r, property)
}

violation contains {
	"urn": r.urn,
	"msg": sprintf("%s exempts machines from updates", [r.name]),
	"property": "policyAssignmentId",
	"seen": lib.prop(r, "policyAssignmentId"),
	"wanted": "no exemption",
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:authorization:PolicyExemption"]
	bound := {b.urn | some [b, _] in _binding}
	exempted := lib.targets(r, "policyAssignmentId", lib.prop(r, "policyAssignmentId"), "azure-native:authorization:PolicyAssignment")
	count(exempted & bound) > 0
}

witness contains {"urn": urn, "designed": {}} if some urn in (checks.kept(_check) - {""})

# What Azure patches by itself cannot be set otherwise.
witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	some r in lib.of(data.facts.platform_patched.value)
}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
