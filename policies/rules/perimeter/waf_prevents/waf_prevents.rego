# METADATA
# title: A web application firewall blocks attacks on every public name
# description: >-
#   Every Front Door endpoint and custom domain is bound to a Premium policy that is
#   enabled, in Prevention mode, with the current default and bot rule sets set to
#   block, and without exclusions, disabled rules or custom rules that let requests
#   past. Origins answer only over private link, so that nobody reaches them past the
#   firewall.
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
#     - azure-native:network:Policy
#   facts: [waf_rule_sets]
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

_public := lib.of(["azure-native:cdn:AFDEndpoint", "azure-native:cdn:AFDCustomDomain"])

_checks contains {
	"urn": r.urn,
	"property": "securityPolicy",
	"seen": lib.unless_veiled({"azure-native:cdn:SecurityPolicy"}, null),
	"good": count(object.get(_bound, r.urn, set())) > 0,
	"wanted": "a security policy for /* with a firewall policy of the estate",
	"msg": sprintf("no web application firewall stands before %s", [r.name]),
} if {
	some r in _public
}

# _bound maps an endpoint or a domain to the firewall policies before it.
_bound := lib.group([[urn, waf] |
	some r in lib.by_type["azure-native:cdn:SecurityPolicy"]
	some waf in lib.targets(r, "parameters", lib.prop(r, "parameters.wafPolicy.id"), "azure-native:network:Policy")
	some association in lib.items(r, "parameters.associations")
	"/*" in lib.list(lib.at(association, "patternsToMatch"))
	some domain in lib.list(lib.at(association, "domains"))
	some type in ["azure-native:cdn:AFDEndpoint", "azure-native:cdn:AFDCustomDomain"]
	some urn in lib.targets(r, "parameters", lib.at(domain, "id"), type)
])

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
	})
}

_checks contains {
	"urn": r.urn,
	"property": "sharedPrivateLinkResource.privateLink.id",
	"seen": seen,
	"good": _linked(r, seen),
	"wanted": "a private link",
	"msg": sprintf("%s can be reached past the web application firewall", [r.name]),
} if {
	some r in lib.by_type["azure-native:cdn:AFDOrigin"]
	seen := lib.prop(r, "sharedPrivateLinkResource.privateLink.id")
}

default _linked(_, _) := false

_linked(_, seen) if is_string(seen)

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
		set.ruleSetType == type
		set.ruleSetVersion in versions
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
	"good": lib.at(set, "ruleSetAction") == "Block",
	"wanted": "Block",
	"msg": sprintf("%s does not block what %s recognises", [r.name, set.ruleSetType]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some set in lib.items(r, "managedRules.managedRuleSets")
	set.ruleSetType == "Microsoft_DefaultRuleSet"
}

_checks contains {
	"urn": r.urn,
	"property": sprintf("managedRules.managedRuleSets[%s].%s", [lib.label(set, "ruleSetType"), weakness]),
	"seen": lib.veil(seen),
	"good": false,
	"wanted": "every rule, for every request",
	"msg": sprintf("%s takes requests or rules out of %s", [r.name, lib.label(set, "ruleSetType")]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some set in lib.items(r, "managedRules.managedRuleSets")
	some [weakness, seen] in _weaknesses(set)
}

# _weaknesses is what takes requests or rules out of a rule set, [path, value]. A
# value that is not known may be one.
_weaknesses(set) := array.concat(
	[["exclusions", lib.at(set, "exclusions")] | _some(lib.at(set, "exclusions"))],
	array.concat(
		[["ruleGroupOverrides", overrides] | overrides := lib.at(set, "ruleGroupOverrides"); lib.unknown(overrides)],
		[weakness |
			some group in lib.list(lib.at(set, "ruleGroupOverrides"))
			some weakness in _group_weaknesses(group)
		],
	),
)

_group_weaknesses(group) := array.concat(
	[["ruleGroupOverrides", group] | lib.unknown(group)],
	array.concat(
		[["ruleGroupOverrides.exclusions", lib.at(group, "exclusions")] | _some(lib.at(group, "exclusions"))],
		[[sprintf("ruleGroupOverrides[%s].rules[%s]", [lib.label(group, "ruleGroupName"), lib.label(rule, "ruleId")]), rule] |
			some rule in lib.list(lib.at(group, "rules"))
			_weak(rule)
		],
	),
)

_some(v) if not v in {null, []}

# A rule in an override is off unless the override says otherwise.
_weak(rule) if lib.at(rule, "enabledState") != "Enabled"

_weak(rule) if not lib.at(rule, "action") in {null, "Block", "AnomalyScoring", "JSChallenge", "Redirect"}

_weak(rule) if _some(lib.at(rule, "exclusions"))

_checks contains {
	"urn": r.urn,
	"property": sprintf("customRules.rules[%s].action", [lib.label(rule, "name")]),
	"seen": lib.at(rule, "action"),
	"good": false,
	"wanted": "no rule that allows",
	"msg": sprintf("custom rule %s of %s lets requests past the managed rules", [lib.label(rule, "name"), r.name]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some rule in lib.items(r, "customRules.rules")
	not lib.at(rule, "enabledState") == "Disabled"
	not lib.at(rule, "action") in {"Block", "Log", "Redirect", "JSChallenge"}
}

_checks contains check if {
	some check in checks.visible({"azure-native:network:Policy": ["managedRules.managedRuleSets", "customRules.rules"]})
}
