package tillit.rules.crypto.keys_protected_test

import data.tillit.rules.crypto.keys_protected as rule
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
	{"case": "no purge protection", "patches": [small.unset("vault", "properties/enablePurgeProtection")], "urn": "vault", "property": "properties.enablePurgeProtection"},
	{"case": "no soft delete", "patches": [small.set("vault", "properties/enableSoftDelete", false)], "urn": "vault", "property": "properties.enableSoftDelete"},
	{"case": "forgotten too soon", "patches": [small.set("vault", "properties/softDeleteRetentionInDays", 30)], "urn": "vault", "property": "properties.softDeleteRetentionInDays"},
	{"case": "access policies in place of roles", "patches": [small.unset("vault", "properties/enableRbacAuthorization")], "urn": "vault", "property": "properties.enableRbacAuthorization"},
	{"case": "access policies besides roles", "patches": [small.set("vault", "properties/accessPolicies", [{"objectId": "x"}])], "urn": "vault", "property": "properties.accessPolicies"},
	{"case": "a key that can be taken", "patches": [small.set("key", "properties/attributes", {"exportable": true})], "urn": "key", "property": "properties.attributes.exportable"},
	{"case": "a key that is off", "patches": [small.set("key", "properties/attributes", {"enabled": false})], "urn": "key", "property": "properties.attributes.enabled"},
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
	{"case": "the protection", "patches": [small.hide("vault", "properties")], "urn": "vault", "property": "properties.enablePurgeProtection"},
	{"case": "how long", "patches": [small.hide("vault", "properties/softDeleteRetentionInDays")], "urn": "vault", "property": "properties.softDeleteRetentionInDays"},
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
	{"case": "the default of 90 days", "patches": [small.unset("vault", "properties/softDeleteRetentionInDays")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_designed_is_the_time_to_undelete if {
	rule.witness == {{"urn": "vault", "designed": {"undelete": 7776000}}} with input as small.estate
}
