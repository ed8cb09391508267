package tillit.lib.checks_test

import data.tillit.lib.checks

_inventory := {"resources": [{"urn": "a", "name": "a"}, {"urn": "b", "name": "b"}, {"urn": "c", "name": "c"}]}

_checks := {
	{"urn": "a", "property": "p", "seen": 1, "good": true, "wanted": 1, "msg": "m"},
	{"urn": "b", "property": "q", "seen": 1, "good": true, "wanted": 1, "msg": "m"},
	{"urn": "b", "property": "p", "seen": 2, "good": false, "wanted": 1, "msg": "m"},
	{"urn": "c", "property": "p", "seen": {"$unknown": true}, "good": false, "wanted": 1, "msg": "m"},
}

test_good_is_kept if checks.kept(_checks) == {"a"}

test_known_and_bad_is_a_violation if {
	checks.violations(_checks) == {{"urn": "b", "property": "p", "seen": 2, "wanted": 1, "msg": "m"}}
}

test_unknown_is_undetermined if {
	found := checks.undetermined(_checks) with input as _inventory
	found == {{"urn": "c", "property": "p", "msg": "p of c is not known yet"}}
}
