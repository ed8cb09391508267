package tillit.rules.perimeter.waf_prevents_test

import data.tillit.rules.perimeter.waf_prevents as rule
import data.tillit.small_estate as small

test_a_good_estate_keeps_it if {
	found := small.judged(rule.violation, rule.undetermined) with input as small.estate
	found == [set(), set()]
	count(rule.witness) > 0 with input as small.estate
}

test_a_preview_says_the_same if {
	kept := rule.witness with input as small.estate
	rule.witness == kept with input as small.preview
	found := small.judged(rule.violation, rule.undetermined) with input as small.preview
	found == [set(), set()]
}

test_what_is_not_promised_is_not_judged if {
	promises := object.remove(small.promises, [rule.promise])
	empty := object.union(small.broken([small.hide("documents", "location")]), {"promises": null})
	inventory := object.union(empty, {"promises": promises})
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

# _gateway is an application gateway behind a sound policy, one property of which is
# another.
_gateway(property, value) := [
	small.make("network:ApplicationGateway", "gateway-web", "Microsoft.Network/applicationGateways/web", {"firewallPolicy": {"id": small.id(_waf)}}),
	small.make("network:WebApplicationFirewallPolicy", "gateway-waf", _waf, object.union(
		object.remove(
			{
				"policySettings": {"mode": "Prevention"},
				"managedRules": {"managedRuleSets": [{"ruleSetType": "OWASP", "ruleSetVersion": "3.2"}]},
			},
			[property],
		),
		{property: value},
	)),
]

_waf := "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/web"

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "an origin elsewhere", "patches": [small.set("origin", "sharedPrivateLinkResource/privateLink/id", small.id("Microsoft.Web/sites/stranger"))], "urn": "origin", "property": "sharedPrivateLinkResource.privateLink.id"},
	{"case": "a gateway without a policy", "patches": [small.make("network:ApplicationGateway", "gateway-web", "Microsoft.Network/applicationGateways/web", {})], "urn": "gateway-web", "property": "securityPolicy"},
	{"case": "a gateway that only detects", "patches": _gateway("policySettings", {"mode": "Detection"}), "urn": "gateway-waf", "property": "policySettings.mode"},
	{"case": "a gateway with an old rule set", "patches": _gateway("managedRules", {"managedRuleSets": [{"ruleSetType": "OWASP", "ruleSetVersion": "3.0"}]}), "urn": "gateway-waf", "property": "managedRules.managedRuleSets"},
	{"case": "a gateway with a rule off", "patches": _gateway("managedRules", {"managedRuleSets": [{"ruleSetType": "OWASP", "ruleSetVersion": "3.2", "ruleGroupOverrides": [{"ruleGroupName": "SQLI", "rules": [{"ruleId": "1", "state": "Disabled"}]}]}]}), "urn": "gateway-waf", "property": "managedRules.managedRuleSets[OWASP].ruleGroupOverrides[SQLI].rules[1]"},
	{"case": "a gateway with a way past", "patches": _gateway("customRules", [{"name": "friends", "action": "Allow"}]), "urn": "gateway-waf", "property": "customRules[friends].action"},
	{"case": "no binding", "patches": [small.drop("binding")], "urn": "endpoint", "property": "securityPolicy"},
	{"case": "a domain left out", "patches": [small.set("binding", "parameters/associations/0/domains", [{"id": small.id("Microsoft.Cdn/profiles/front/afdEndpoints/endpoint")}])], "urn": "domain", "property": "securityPolicy"},
	{"case": "some paths only", "patches": [small.set("binding", "parameters/associations/0/patternsToMatch", ["/api/*"])], "urn": "endpoint", "property": "securityPolicy"},
	{"case": "a policy from outside", "patches": [small.set("binding", "parameters/wafPolicy/id", small.id("Microsoft.Network/frontDoorWebApplicationFirewallPolicies/stranger"))], "urn": "endpoint", "property": "securityPolicy"},
	{"case": "detection only", "patches": [small.set("waf", "policySettings/mode", "Detection")], "urn": "waf", "property": "policySettings.mode"},
	{"case": "turned off", "patches": [small.set("waf", "policySettings/enabledState", "Disabled")], "urn": "waf", "property": "policySettings.enabledState"},
	{"case": "bodies not looked into", "patches": [small.set("waf", "policySettings/requestBodyCheck", "Disabled")], "urn": "waf", "property": "policySettings.requestBodyCheck"},
	{"case": "a standard policy", "patches": [small.set("waf", "sku/name", "Standard_AzureFrontDoor")], "urn": "waf", "property": "sku.name"},
	{"case": "no managed rules", "patches": [small.unset("waf", "managedRules")], "urn": "waf", "property": "managedRules.managedRuleSets"},
	{"case": "no bot rules", "patches": [small.unset("waf", "managedRules/managedRuleSets/1")], "urn": "waf", "property": "managedRules.managedRuleSets"},
	{"case": "an old rule set", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleSetVersion", "1.1")], "urn": "waf", "property": "managedRules.managedRuleSets"},
	{"case": "only logged", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleSetAction", "Log")], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleSetAction"},
	{"case": "an exclusion", "patches": [small.set("waf", "managedRules/managedRuleSets/0/exclusions", [{"matchVariable": "QueryStringArgNames"}])], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].exclusions"},
	{"case": "an exclusion from a group", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", [{"ruleGroupName": "SQLI", "exclusions": [{}]}])], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleGroupOverrides.exclusions"},
	{"case": "a rule turned off", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", [{"ruleGroupName": "SQLI", "rules": [{"ruleId": "942100"}]}])], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleGroupOverrides[SQLI].rules[942100]"},
	{"case": "a rule that logs", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", [{"ruleGroupName": "SQLI", "rules": [{"ruleId": "942100", "enabledState": "Enabled", "action": "Log"}]}])], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleGroupOverrides[SQLI].rules[942100]"},
	{"case": "an exclusion from a rule", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", [{"ruleGroupName": "SQLI", "rules": [{"ruleId": "942100", "enabledState": "Enabled", "exclusions": [{}]}]}])], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleGroupOverrides[SQLI].rules[942100]"},
	{"case": "a custom rule that allows", "patches": [small.set("waf", "customRules/rules/-", {"name": "friends", "action": "Allow"})], "urn": "waf", "property": "customRules.rules[friends].action"},
	{"case": "a public origin", "patches": [small.unset("origin", "sharedPrivateLinkResource")], "urn": "origin", "property": "sharedPrivateLinkResource.privateLink.id"},
]

test_breaks if {
	every broken in _broken {
		print(broken.case)
		found := small.judged(rule.violation, rule.witness) with input as small.broken(broken.patches)
		some v in found[0]
		v.urn == broken.urn
		v.property == broken.property
		v.msg != ""
		not broken.urn in {w.urn | some w in found[1]}
	}
}

# What is not known yet neither keeps nor breaks it.
_hidden := [
	{"case": "the rules of a gateway", "patches": _gateway("managedRules", {"$unknown": true}), "urn": "gateway-waf", "property": "managedRules.managedRuleSets"},
	{"case": "the mode", "patches": [small.hide("waf", "policySettings")], "urn": "waf", "property": "policySettings.mode"},
	{"case": "the rule sets", "patches": [small.hide("waf", "managedRules")], "urn": "waf", "property": "managedRules.managedRuleSets"},
	{"case": "the exclusions", "patches": [small.set("waf", "managedRules/managedRuleSets/0/exclusions", {"$unknown": true})], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].exclusions"},
	{"case": "the overrides", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", {"$unknown": true})], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleGroupOverrides"},
	{"case": "one override", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", [{"$unknown": true}])], "urn": "waf", "property": "managedRules.managedRuleSets[Microsoft_DefaultRuleSet].ruleGroupOverrides"},
	{"case": "a custom rule", "patches": [small.hide("waf", "customRules/rules/0/action")], "urn": "waf", "property": "customRules.rules[flood].action"},
	{"case": "the custom rules", "patches": [small.hide("waf", "customRules")], "urn": "waf", "property": "customRules.rules"},
	{"case": "the origin", "patches": [small.hide("origin", "sharedPrivateLinkResource")], "urn": "origin", "property": "sharedPrivateLinkResource.privateLink.id"},
	{"case": "the binding", "patches": [small.hide("binding", "parameters")], "urn": "endpoint", "property": "securityPolicy"},
]

test_unknown if {
	every hidden in _hidden {
		print(hidden.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(hidden.patches)
		some u in found[1]
		u.urn == hidden.urn
		u.property == hidden.property
		not hidden.urn in {v.urn | some v in found[0]}
	}
}

# What looks unusual and is fine.
_fine := [
	{"case": "a gateway that prevents", "patches": _gateway("customRules", [{"name": "flood", "action": "block"}])},
	{"case": "words in another case", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleSetAction", "block"), small.set("waf", "policySettings/mode", "prevention")]},
	{"case": "a rule that blocks more", "patches": [small.set("waf", "managedRules/managedRuleSets/0/ruleGroupOverrides", [{"ruleGroupName": "SQLI", "rules": [{"ruleId": "942100", "enabledState": "Enabled", "action": "Block"}]}])]},
	{"case": "a custom rule that is off", "patches": [small.set("waf", "customRules/rules/-", {"name": "friends", "action": "Allow", "enabledState": "Disabled"})]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_an_endpoint_behind_a_weak_policy_is_no_witness if {
	rule.witness == set() with input as small.broken([small.set("waf", "policySettings/mode", "Detection")])
}
