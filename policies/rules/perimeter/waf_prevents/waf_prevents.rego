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
	"seen": _seen(r),
	"good": count(object.get(_bound, r.urn, set())) > 0,
	"wanted": "a security policy for /* with a firewall policy of the estate",
	"msg": sprintf("no web application firewall stands before %s", [r.name]),
} if {
	some r in _public
}

_seen(_) := null if not _blind

_seen(_) := {"$unknown": true} if _blind

_blind if {
	some r in lib.by_type["azure-native:cdn:SecurityPolicy"]
	lib.unknown(lib.prop(r, "parameters.associations"))
}

# _bound maps an endpoint or a domain to the firewall policies before it.
_bound := lib.group([[urn, waf] |
	some r in lib.by_type["azure-native:cdn:SecurityPolicy"]
	some waf in lib.targets(r, "parameters", lib.prop(r, "parameters.wafPolicy.id"), "azure-native:network:Policy")
	some association in lib.items(r, "parameters.associations")
	"/*" in association.patternsToMatch
	some domain in association.domains
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
	"good": seen != null,
	"wanted": "a private link",
	"msg": sprintf("%s can be reached past the web application firewall", [r.name]),
} if {
	some r in lib.by_type["azure-native:cdn:AFDOrigin"]
	seen := lib.prop(r, "sharedPrivateLinkResource.privateLink.id")
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

_sets(r) := seen if {
	seen := lib.prop(r, "managedRules.managedRuleSets")
	not is_array(seen)
}

_sets(r) := [sprintf("%v %v", [set.ruleSetType, set.ruleSetVersion]) | some set in seen] if {
	seen := lib.prop(r, "managedRules.managedRuleSets")
	is_array(seen)
}

# Anomaly scoring needs to be told what to do above the threshold.
_checks contains {
	"urn": r.urn,
	"property": sprintf("managedRules.managedRuleSets[%s].ruleSetAction", [set.ruleSetType]),
	"seen": object.get(set, "ruleSetAction", null),
	"good": object.get(set, "ruleSetAction", null) == "Block",
	"wanted": "Block",
	"msg": sprintf("%s does not block what %s recognises", [r.name, set.ruleSetType]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some set in lib.items(r, "managedRules.managedRuleSets")
	set.ruleSetType == "Microsoft_DefaultRuleSet"
}

_checks contains {
	"urn": r.urn,
	"property": sprintf("managedRules.managedRuleSets[%s].%s", [set.ruleSetType, weakness]),
	"seen": "present",
	"good": false,
	"wanted": "every rule, for every request",
	"msg": sprintf("%s takes requests or rules out of %s", [r.name, set.ruleSetType]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some set in lib.items(r, "managedRules.managedRuleSets")
	some weakness in _weaknesses(set)
}

_weaknesses(set) := {"exclusions" | count(object.get(set, "exclusions", [])) > 0} | ({"ruleGroupOverrides.exclusions" |
	some group in object.get(set, "ruleGroupOverrides", [])
	count(object.get(group, "exclusions", [])) > 0
} | {sprintf("ruleGroupOverrides[%s].rules[%s]", [group.ruleGroupName, rule.ruleId]) |
	some group in object.get(set, "ruleGroupOverrides", [])
	some rule in object.get(group, "rules", [])
	_weak(rule)
})

# A rule is off by default in an override unless it says otherwise.
_weak(rule) if object.get(rule, "enabledState", "Disabled") != "Enabled"

_weak(rule) if object.get(rule, "action", "Block") in {"Allow", "Log"}

_weak(rule) if count(object.get(rule, "exclusions", [])) > 0

_checks contains {
	"urn": r.urn,
	"property": sprintf("customRules.rules[%s].action", [object.get(rule, "name", "")]),
	"seen": rule.action,
	"good": false,
	"wanted": "no rule that allows",
	"msg": sprintf("custom rule %s of %s lets requests past the managed rules", [object.get(rule, "name", ""), r.name]),
} if {
	some r in lib.by_type["azure-native:network:Policy"]
	some rule in lib.items(r, "customRules.rules")
	rule.action == "Allow"
	object.get(rule, "enabledState", "Enabled") == "Enabled"
}
