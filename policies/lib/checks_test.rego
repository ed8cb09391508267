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

_list := {
	{"urn": "a", "property": "p", "seen": 1, "good": true, "wanted": 1, "msg": "m"},
	{"urn": "b", "property": "p", "seen": 2, "good": false, "wanted": 1, "msg": "m"},
	{"urn": "", "property": "p", "seen": {"$unknown": true}, "good": false, "wanted": 1, "msg": "m"},
}

test_a_set_of_checks_does_as_well if {
	checks.kept(_list) == {"a"}
	checks.violations(_list) == {{"urn": "b", "property": "p", "seen": 2, "wanted": 1, "msg": "m"}}
	found := checks.undetermined(_list) with input as _inventory
	found == {{"urn": "", "property": "p", "msg": "p of the estate is not known yet"}}
}

_servers := {"resources": [
	{"urn": "a", "name": "a", "type": "t", "props": {"mode": "Deny", "list": [1]}},
	{"urn": "b", "name": "b", "type": "t", "props": {"mode": true, "list": [{"$unknown": true}]}},
	{"urn": "c", "name": "c", "type": "t", "props": {"list": {"$unknown": true}}},
]}

test_a_table_compares_without_regard_to_case if {
	found := checks.table({"t": [{"property": "mode", "good": {"deny", null}, "wanted": "Deny", "fault": "does not deny"}]}) with input as _servers
	{[c.urn, c.good, c.msg] | some c in found} == {["a", true, "a does not deny"], ["b", false, "b does not deny"], ["c", true, "c does not deny"]}
}

test_a_list_with_a_gap_is_not_visible if {
	found := checks.visible({"t": ["list", "none"]}) with input as _servers
	{[c.urn, c.property] | some c in found; not c.good} == {["b", "list"], ["c", "list"]}
}
