package tillit.rules.perimeter.inspection_denies_test

import data.tillit.rules.perimeter.inspection_denies as rule
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

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "a standard firewall", "patches": [small.set("fw-edge", "sku/tier", "Standard")], "urn": "fw-edge", "property": "sku.tier"},
	{"case": "a standard policy", "patches": [small.set("policy-edge", "sku/tier", "Standard")], "urn": "policy-edge", "property": "sku.tier"},
	{"case": "no intrusion detection", "patches": [small.unset("policy-inner", "intrusionDetection")], "urn": "policy-inner", "property": "intrusionDetection.mode"},
	{"case": "intrusions only reported", "patches": [small.set("policy-inner", "intrusionDetection/mode", "Alert")], "urn": "policy-inner", "property": "intrusionDetection.mode"},
	{"case": "threat intelligence off", "patches": [small.set("policy-inner", "threatIntelMode", "Off")], "urn": "policy-inner", "property": "threatIntelMode"},
	{"case": "traffic let past", "patches": [small.set("policy-inner", "intrusionDetection/configuration", {"bypassTrafficSettings": [{"name": "backup"}]})], "urn": "policy-inner", "property": "intrusionDetection.configuration.bypassTrafficSettings"},
	{"case": "signatures turned down", "patches": [small.set("policy-inner", "intrusionDetection/configuration", {"signatureOverrides": [{"id": "2024897", "mode": "Off"}]})], "urn": "policy-inner", "property": "intrusionDetection.configuration.signatureOverrides"},
	{"case": "names let past", "patches": [small.set("policy-edge", "threatIntelWhitelist", {"fqdns": ["evil.example"]})], "urn": "policy-edge", "property": "threatIntelWhitelist.fqdns"},
	{"case": "addresses let past", "patches": [small.set("policy-edge", "threatIntelWhitelist", {"ipAddresses": ["203.0.113.9"]})], "urn": "policy-edge", "property": "threatIntelWhitelist.ipAddresses"},
	{"case": "rules inherited from outside", "patches": [small.set("policy-edge", "basePolicy", {"id": small.id("Microsoft.Network/firewallPolicies/stranger")})], "urn": "policy-edge", "property": "basePolicy.id"},
	{"case": "a firewall without a policy", "patches": [small.unset("fw-edge", "firewallPolicy")], "urn": "fw-edge", "property": "firewallPolicy.id"},
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
	{"case": "the mode", "patches": [small.hide("policy-edge", "intrusionDetection")], "urn": "policy-edge", "property": "intrusionDetection.mode"},
	{"case": "the overrides", "patches": [small.set("policy-edge", "intrusionDetection/configuration", {"signatureOverrides": {"$unknown": true}})], "urn": "policy-edge", "property": "intrusionDetection.configuration.signatureOverrides"},
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
	{"case": "a signature turned up", "patches": [small.set("policy-inner", "intrusionDetection/configuration", {"signatureOverrides": [{"id": "2024897", "mode": "Deny"}]})]},
	{"case": "rules inherited within the estate", "patches": [small.set("policy-edge", "basePolicy", {"id": small.id("Microsoft.Network/firewallPolicies/policy-inner")})]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_a_firewall_whose_policy_does_not_deny_is_no_witness if {
	kept := rule.witness with input as small.broken([small.set("policy-edge", "threatIntelMode", "Alert")])
	{w.urn | some w in kept} == {"fw-inner"}
}
