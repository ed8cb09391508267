package tillit.rules.perimeter.keys_required_test

import data.tillit.lib.fixtures_test as fixtures
import data.tillit.rules.perimeter.keys_required as rule
import data.tillit.small_gateway as small

_found(resources) := [violations, undetermined] if {
	violations := rule.violation with input as small.inventory(resources)
	undetermined := rule.undetermined with input as small.inventory(resources)
}

test_a_good_gateway_keeps_it if {
	_found(small.resources) == [set(), set()]
	_found(small.preview) == [set(), set()]
	rule.witness == {{"urn": "api", "designed": {}}} with input as small.estate
}

test_what_is_not_promised_is_not_judged if {
	inventory := fixtures.inventory({}, fixtures.dropped(small.resources, "api", "/subscriptionRequired"))
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

test_breaks if {
	every broken in [
		[fixtures.changed(small.resources, "api", "/subscriptionRequired", false), ["api", "subscriptionRequired"]],
		[fixtures.dropped(small.resources, "api", "/subscriptionRequired"), ["api", "subscriptionRequired"]],
		[fixtures.changed(small.resources, "bank", "/subscriptionRequired", false), ["bank", "subscriptionRequired"]],
	] {
		found := _found(broken[0])
		fixtures.at(found[0]) == {broken[1]}
		found[1] == set()
	}
}

test_unknown if {
	found := _found(fixtures.changed(small.resources, "api", "/subscriptionRequired", fixtures.unknown))
	found[0] == set()
	fixtures.at(found[1]) == {["api", "subscriptionRequired"]}
}

test_fine if _found(fixtures.dropped(small.resources, "bank", "/subscriptionRequired")) == [set(), set()]
