package tillit.rules.identity.sub_users_test

import data.tillit.lib.fixtures_test as fixtures
import data.tillit.rules.identity.sub_users as rule
import data.tillit.small_gateway as small

_found(resources) := [violations, undetermined] if {
	violations := rule.violation with input as small.inventory(resources)
	undetermined := rule.undetermined with input as small.inventory(resources)
}

test_a_good_gateway_keeps_it if {
	_found(small.resources) == [set(), set()]
	_found(small.preview) == [set(), set()]
	rule.witness == {{"urn": "bank", "designed": {}}} with input as small.estate
}

test_what_is_not_promised_is_not_judged if {
	inventory := fixtures.inventory({}, fixtures.dropped(small.resources, "bank", "/subscriptionsLimit"))
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

_broken := [
	{"case": "any number of keys", "resources": fixtures.dropped(small.resources, "bank", "/subscriptionsLimit"), "at": ["bank", "subscriptionsLimit"]},
	{"case": "a limit of nothing", "resources": fixtures.changed(small.resources, "bank", "/subscriptionsLimit", 0), "at": ["bank", "subscriptionsLimit"]},
	{"case": "keys for the asking", "resources": fixtures.changed(small.resources, "bank", "/approvalRequired", false), "at": ["bank", "approvalRequired"]},
	{"case": "keys for the asking by default", "resources": fixtures.dropped(small.resources, "bank", "/approvalRequired"), "at": ["bank", "approvalRequired"]},
	{"case": "an open product", "resources": fixtures.changed(small.resources, "bank", "/subscriptionRequired", false), "at": ["bank", "subscriptionRequired"]},
	{"case": "a key to every API", "resources": fixtures.changed(small.resources, "bank-key", "/scope", "/apis"), "at": ["bank-key", "scope"]},
	{"case": "a key to a product that is not there", "resources": fixtures.changed(small.resources, "bank-key", "/scope", "/products/gone"), "at": ["bank-key", "scope"]},
]

test_breaks if {
	every broken in _broken {
		print(broken.case)
		found := _found(broken.resources)
		fixtures.at(found[0]) == {broken.at}
		found[1] == set()
	}
}

test_unknown if {
	every hidden in [
		["bank", "subscriptionsLimit"],
		["bank", "approvalRequired"],
		["bank-key", "scope"],
	] {
		found := _found(fixtures.changed(small.resources, hidden[0], concat("", ["/", hidden[1]]), fixtures.unknown))
		found[0] == set()
		fixtures.at(found[1]) == {hidden}
	}
}

test_fine if {
	_found(fixtures.changed(small.resources, "bank-key", "/scope", "/apis/api")) == [set(), set()]
}
