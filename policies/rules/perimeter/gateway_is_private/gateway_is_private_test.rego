package tillit.rules.perimeter.gateway_is_private_test

import data.tillit.lib.fixtures_test as fixtures
import data.tillit.rules.perimeter.gateway_is_private as rule
import data.tillit.small_gateway as small

_found(resources) := [violations, undetermined] if {
	violations := rule.violation with input as small.inventory(resources)
	undetermined := rule.undetermined with input as small.inventory(resources)
}

test_a_good_gateway_keeps_it if {
	_found(small.resources) == [set(), set()]
	rule.witness == {{"urn": "gw", "designed": {}}} with input as small.estate
}

test_what_is_not_promised_is_not_judged if {
	inventory := fixtures.inventory({}, fixtures.dropped(small.resources, "gw", "/virtualNetworkType"))
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

test_breaks if {
	every resources in [
		fixtures.changed(small.resources, "gw", "/virtualNetworkType", "None"),
		fixtures.changed(small.resources, "gw", "/virtualNetworkType", "External"),
		fixtures.changed(fixtures.dropped(small.resources, "gw", "/virtualNetworkType"), "gw", "/publicNetworkAccess", "Enabled"),
	] {
		found := _found(resources)
		fixtures.at(found[0]) == {["gw", "virtualNetworkType"]}
		found[1] == set()
	}
}

test_unknown if {
	found := _found(fixtures.changed(small.resources, "gw", "/virtualNetworkType", fixtures.unknown))
	found[0] == set()
	fixtures.at(found[1]) == {["gw", "virtualNetworkType"]}
}

test_fine if {
	resources := fixtures.changed(fixtures.dropped(small.resources, "gw", "/virtualNetworkType"), "gw", "/publicNetworkAccess", "Disabled")
	_found(resources) == [set(), set()]
}
