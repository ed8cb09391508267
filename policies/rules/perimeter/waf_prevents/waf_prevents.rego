# METADATA
# title: A web application firewall blocks attacks on every public name
# description: >-
#   Every Front Door endpoint and custom domain, and every application gateway, is bound
#   to a policy that is enabled, in Prevention mode, with current rule sets set to block,
#   and without exclusions, disabled rules or custom rules that let requests past.
#   Origins of Front Door answer only over a private link to the estate, so that nobody
#   reaches them past the firewall.
# scope: package
# custom:
#   promise: perimeter.waf
#   controls: [A.8.20, A.8.23, A.8.26]
#   severity: critical
#   remediation: >-
#     Bind every endpoint and domain to the policy by a security policy for /*, set
#     mode Prevention and current managed rule sets, remove exclusions, and give
#     origins a shared private link.
#   types:
#     - azure-native:cdn:AFDCustomDomain
#     - azure-native:cdn:AFDEndpoint
#     - azure-native:cdn:AFDOrigin
#     - azure-native:cdn:SecurityPolicy
#     - azure-native:network:ApplicationGateway
#     - azure-native:network:Policy
#     - azure-native:network:WebApplicationFirewallPolicy
#   facts: [gateway_waf_rule_sets, waf_rule_sets]
package tillit.rules.perimeter.waf_prevents

import data.tillit.lib
import data.tillit.lib.checks

promise := "perimeter.waf"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in _public
	r.urn in kept
	every waf in _bound[r.urn] { waf in kept }
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_public := lib.of([
	"azure-native:cdn:AFDEndpoint",
	"azure-native:cdn:AFDCustomDomain",
	"azure-native:network:ApplicationGateway",
])

_checks contains {
	"urn": r.urn,
	"property": "securityPolicy",
	"seen": lib.unless_veiled({"azure-native:cdn:SecurityPolicy", "azure-native:network:ApplicationGateway"}, null),
	"good": count(object.get(_bound, r.urn, set())) > 0,
	"wanted": "a firewall policy of the estate, on Front Door by a security policy for /*",
	"msg": sprintf("no web application firewall stands before %s", [r.name]),
} if {
	some r in _public
}

# _bound maps an endpoint, a domain or a gateway to the firewall policies before it.
_bound := lib.group(array.concat(_behind_front_door, _behind_gateways))

_behind_gateways := [[r.urn, waf] |
	some r in lib.by_type["azure-native:network:ApplicationGateway"]
	some waf in lib.targets(r, "firewallPolicy", lib.prop(r, "firewallPolicy.id"), "azure-native:network:WebApplicationFirewallPolicy")
]

_behind_front_door := [[urn, waf] |
	some r in lib.by_type["azure-native:cdn:SecurityPolicy"]
	some waf in lib.targets(r, "parameters", lib.prop(r, "parameters.wafPolicy.id"), "azure-native:network:Policy")
	some association in lib.items(r, "parameters.associations")
	"/*" in lib.list(lib.at(association, "patternsToMatch"))
	some domain in lib.list(lib.at(association, "domains"))
	some type in ["azure-native:cdn:AFDEndpoint", "azure-native:cdn:AFDCustomDomain"]
	some urn in lib.targets(r, "parameters", lib.at(domain, "id"), type)
]

# What judges requests, with the words that each kind of policy has: whether a rule is
# on, and the list of custom rules.
_wafs := array.concat(
	[[r, "enabledState", "customRules.rules"] | some r in lib.by_type["azure-native:network:Policy"]],
	[[r, "state", "customRules"] | some r in lib.by_type["azure-native:network:WebApplicationFirewallPolicy"]],
)

_checks contains check if {
	some check in checks.table({
		"azure-native:network:Policy": [
			{"property": "sku.name", "good": {"premium_azurefrontdoor"}, "wanted": "Premium_AzureFrontDoor", "fault": "has no managed rules"},
			{"property": "policySettings.enabledState", "good": {null, "enabled"}, "wanted": "Enabled", "fault": "is turned off"},
			{"property": "policySettings.mode", "good": {"prevention"}, "wanted": "Prevention", "fault": "only detects attacks"},
			{
				"property": "policySettings.requestBodyCheck",
				"good": {null, "enabled"},
				"wanted": "Enabled",
				"fault": "does not look into request bodies",
			},
		],
		"azure-native:network:WebApplicationFirewallPolicy": [
			{"property": "policySettings.state", "good": {null, "enabled"}, "wanted": "Enabled", "fault": "is turned off"},
			{"property": "policySettings.mode", "good": {"prevention"}, "wanted": "Prevention", "fault": "only detects attacks"},
			{"property": "policySettings.requestBodyCheck", "good": {null, true}, "wanted": true, "fault": "does not look into request bodies"},
			{"property": "managedRules.exclusions", "good": {null, []}, "wanted": "no exclusions", "fault": "takes parts of requests out of its rules"},
		],
	})
}

_checks contains {
	"urn": r.urn,
	"property": "sharedPrivateLinkResource.privateLink.id",
	"seen": seen,
	"good": _linked(r, seen),
	"wanted": "a private link to a resource of the estate",
	"msg": sprintf("%s can be reached past the web application firewall", [r.name]),
} if {
	some r in lib.by_type["azure-native:cdn:AFDOrigin"]
	seen := lib.prop(r, "sharedPrivateLinkResource.privateLink.id")
}

default _linked(_, _) := false

_linked(_, seen) if {
	is_string(seen)
	not lib.outside(seen)
}

_linked(r, seen) if {
	lib.unknown(seen)
	count(object.get(r, ["propertyDependsOn", "sharedPrivateLinkResource"], [])) > 0
}

_checks contains {
	"urn": r.urn,
	"property": "managedRules.managedRuleSets",
	"seen": _sets(r),
	"good": count([set |
		some set in lib.items(r, "managedRules.managedRuleSets")
		lib.fold(lib.at(set, "ruleSetType")) == lower(type)
		lib.at(set, "ruleSetVersion") in versions
	]) > 0,
	"wanted": sprintf("%s %s", [type, concat(" or ", versions)]),
	"msg": sprintf("%s has no current %s", [r.name, type]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some type, versions in data.facts.waf_rule_sets.value
}

# _sets is the names of a policy's rule sets.
_sets(r) := sets if {
	sets := lib.veil(lib.prop(r, "managedRules.managedRuleSets"))
	not is_array(sets)
}

_sets(r) := [sprintf("%s %s", [lib.label(set, "ruleSetType"), lib.label(set, "ruleSetVersion")]) | some set in sets] if {
	sets := lib.veil(lib.prop(r, "managedRules.managedRuleSets"))
	is_array(sets)
}

# Anomaly scoring needs to be told what to do above the threshold.
_checks contains {
	"urn": r.urn,
	"property": sprintf("managedRules.managedRuleSets[%s].ruleSetAction", [set.ruleSetType]),
	"seen": lib.at(set, "ruleSetAction"),
	"good": lib.fold(lib.at(set, "ruleSetAction")) == "block",
	"wanted": "Block",
	"msg": sprintf("%s does not block what %s recognises", [r.name, set.ruleSetType]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some set in lib.items(r, "managedRules.managedRuleSets")
	lib.fold(lib.at(set, "ruleSetType")) == "microsoft_defaultruleset"
}

# One set of rules against attacks is enough for a gateway.
_checks contains {
	"urn": r.urn,
	"property": "managedRules.managedRuleSets",
	"seen": _sets(r),
	"good": count([set |
		some set in lib.items(r, "managedRules.managedRuleSets")
		lib.at(set, "ruleSetVersion") in data.facts.gateway_waf_rule_sets.value[lib.at(set, "ruleSetType")]
	]) > 0,
	"wanted": concat(" or ", [sprintf("%s %s", [type, version]) |
		some type, versions in data.facts.gateway_waf_rule_sets.value
		some version in versions
	]),
	"msg": sprintf("%s has no current set of rules", [r.name]),
} if {
	some r in lib.by_type["azure-native:network:WebApplicationFirewallPolicy"]
}

_checks contains {
	"urn": r.urn,
	"property": sprintf("managedRules.managedRuleSets[%s].%s", [lib.label(set, "ruleSetType"), weakness]),
	"seen": lib.veil(seen),
	"good": false,
	"wanted": "every rule, for every request",
	"msg": sprintf("%s takes requests or rules out of %s", [r.name, lib.label(set, "ruleSetType")]),
} if {
	some [r, state, _] in _wafs
	some set in lib.items(r, "managedRules.managedRuleSets")
	some [weakness, seen] in _weaknesses(set, state)
}

# _weaknesses is what takes requests or rules out of a rule set, [path, value]. A
# value that is not known may be one.
_weaknesses(set, state) := array.concat(
	[["exclusions", lib.at(set, "exclusions")] | _some(lib.at(set, "exclusions"))],
	array.concat(
		[["ruleGroupOverrides", overrides] | overrides := lib.at(set, "ruleGroupOverrides"); lib.unknown(overrides)],
		[weakness |
			some group in lib.list(lib.at(set, "ruleGroupOverrides"))
			some weakness in _group_weaknesses(group, state)
		],
	),
)

_group_weaknesses(group, state) := array.concat(
	[["ruleGroupOverrides", group] | lib.unknown(group)],
	array.concat(
		[["ruleGroupOverrides.exclusions", lib.at(group, "exclusions")] | _some(lib.at(group, "exclusions"))],
		[[sprintf("ruleGroupOverrides[%s].rules[%s]", [lib.label(group, "ruleGroupName"), lib.label(rule, "ruleId")]), rule] |
			some rule in lib.list(lib.at(group, "rules"))
			_weak(rule, state)
		],
	),
)

_some(v) if not v in {null, []}

# A rule in an override is off unless the override says otherwise.
_weak(rule, state) if lib.fold(lib.at(rule, state)) != "enabled"

_weak(rule, _) if not lib.fold(lib.at(rule, "action")) in {null, "block", "anomalyscoring", "jschallenge", "redirect"}

_weak(rule, _) if _some(lib.at(rule, "exclusions"))

_checks contains {
	"urn": r.urn,
	"property": sprintf("%s[%s].action", [list, lib.label(rule, "name")]),
	"seen": lib.at(rule, "action"),
	"good": false,
	"wanted": "no rule that allows",
	"msg": sprintf("custom rule %s of %s lets requests past the managed rules", [lib.label(rule, "name"), r.name]),
} if {
	some [r, state, list] in _wafs
	some rule in lib.items(r, list)
	not lib.fold(lib.at(rule, state)) == "disabled"
	not lib.fold(lib.at(rule, "action")) in {"block", "log", "redirect", "jschallenge"}
}

_checks contains check if {
	some check in checks.visible({
		"azure-native:network:Policy": ["managedRules.managedRuleSets", "customRules.rules"],
		"azure-native:network:WebApplicationFirewallPolicy": ["managedRules.managedRuleSets", "customRules"],
	})
}
