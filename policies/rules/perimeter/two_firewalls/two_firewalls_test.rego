package tillit.rules.perimeter.two_firewalls_test

import data.tillit.rules.perimeter.two_firewalls as rule
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
	{"case": "no firewalls", "patches": [small.drop("fw-edge"), small.drop("fw-inner")], "urn": "data", "property": "firewalls"},
	{"case": "one layer only", "patches": [small.drop("fw-inner")], "urn": "data", "property": "firewalls"},
	{"case": "a network in a region without firewalls", "patches": [small.set("data", "location", "norwayeast")], "urn": "data", "property": "firewalls"},
	{"case": "no zones", "patches": [small.unset("fw-edge", "zones")], "urn": "fw-edge", "property": "zones"},
	{"case": "one zone", "patches": [small.set("fw-inner", "zones", ["1"])], "urn": "fw-inner", "property": "zones"},
	{"case": "one policy for both", "patches": [small.set("fw-inner", "firewallPolicy/id", small.id("Microsoft.Network/firewallPolicies/policy-edge"))], "urn": "fw-inner", "property": "firewallPolicy.id"},
	{"case": "a common base policy", "patches": [small.set("policy-inner", "basePolicy", {"id": small.id("Microsoft.Network/firewallPolicies/policy-edge")})], "urn": "fw-edge", "property": "firewallPolicy.id"},
	{"case": "no policy", "patches": [small.unset("fw-edge", "firewallPolicy")], "urn": "fw-edge", "property": "firewallPolicy.id"},
	{"case": "both in one network", "patches": [small.set("fw-inner", "ipConfigurations/0/subnet/id", small.id("Microsoft.Network/virtualNetworks/edge/subnets/AzureFirewallSubnet"))], "urn": "fw-inner", "property": "ipConfigurations"},
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
	{"case": "the zones", "patches": [small.hide("fw-edge", "zones")], "urn": "fw-edge", "property": "zones"},
	{"case": "the policy", "patches": [small.hide("fw-edge", "firewallPolicy")], "urn": "fw-edge", "property": "firewallPolicy.id"},
	{"case": "the network of a firewall", "patches": [small.hide("fw-edge", "ipConfigurations")], "urn": "data", "property": "firewalls"},
	{"case": "the region of a network", "patches": [small.hide("data", "location")], "urn": "data", "property": "firewalls"},
	{"case": "the zones of a firewall nobody knows the region of", "patches": [small.hide("fw-edge", "location"), small.hide("fw-edge", "zones")], "urn": "fw-edge", "property": "zones"},
	{"case": "the region of a firewall", "patches": [small.hide("fw-edge", "location")], "urn": "data", "property": "firewalls"},
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

test_designed_is_the_number_of_layers if {
	kept := rule.witness with input as small.estate
	{w.designed.layers | some w in kept} == {2}
}
