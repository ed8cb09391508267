package tillit.rules.perimeter.ddos_on_networks_test

import data.tillit.rules.perimeter.ddos_on_networks as rule
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
	{"case": "no protection", "patches": [small.unset("edge", "enableDdosProtection")], "urn": "edge", "property": "enableDdosProtection"},
	{"case": "protection off", "patches": [small.set("inner", "enableDdosProtection", false)], "urn": "inner", "property": "enableDdosProtection"},
	{"case": "no plan", "patches": [small.unset("edge", "ddosProtectionPlan")], "urn": "edge", "property": "ddosProtectionPlan.id"},
	{"case": "something else for a plan", "patches": [small.set("edge", "ddosProtectionPlan/id", small.id("Microsoft.Network/natGateways/nat"))], "urn": "edge", "property": "ddosProtectionPlan.id"},
	{"case": "the plan removed", "patches": [small.drop("ddos"), small.set("edge", "ddosProtectionPlan/id", null)], "urn": "edge", "property": "ddosProtectionPlan.id"},
	{"case": "an address that opts out", "patches": [small.set("pip-edge", "ddosSettings/protectionMode", "Disabled")], "urn": "pip-edge", "property": "ddosSettings.protectionMode"},
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
	{"case": "the protection", "patches": [small.hide("edge", "enableDdosProtection")], "urn": "edge", "property": "enableDdosProtection"},
	{"case": "the plan", "patches": [small.hide("edge", "ddosProtectionPlan")], "urn": "edge", "property": "ddosProtectionPlan.id"},
	{"case": "where an address is held", "patches": [small.hide("gateway", "ipConfigurations/0/subnet")], "urn": "gateway", "property": "ipConfigurations.subnet.id"},
	{"case": "which addresses are held", "patches": [small.hide("gateway", "ipConfigurations")], "urn": "gateway", "property": "ipConfigurations"},
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
	{"case": "a network without public addresses", "patches": [small.unset("data", "enableDdosProtection"), small.unset("data", "ddosProtectionPlan")]},
	{"case": "a plan of the whole tenant", "patches": [small.drop("ddos")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}
