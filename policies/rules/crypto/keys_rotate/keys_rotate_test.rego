package tillit.rules.crypto.keys_rotate_test

import data.tillit.rules.crypto.keys_rotate as rule
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
	{"case": "no policy", "patches": [small.unset("key", "properties/rotationPolicy")], "urn": "key", "property": "properties.rotationPolicy"},
	{"case": "a policy that only tells", "patches": [small.unset("key", "properties/rotationPolicy/lifetimeActions/0")], "urn": "key", "property": "properties.rotationPolicy"},
	{"case": "too seldom", "patches": [small.set("key", "properties/rotationPolicy/lifetimeActions/0/trigger/timeAfterCreate", "P2Y")], "urn": "key", "property": "properties.rotationPolicy"},
	{"case": "too late before expiry", "patches": [small.set("key", "properties/rotationPolicy/attributes/expiryTime", "P3Y"), small.set("key", "properties/rotationPolicy/lifetimeActions/0/trigger", {"timeBeforeExpiry": "P30D"})], "urn": "key", "property": "properties.rotationPolicy"},
	{"case": "a pinned version", "patches": [small.set("documents", "encryption/keyVaultProperties/keyVersion", "0123456789abcdef")], "urn": "documents", "property": "encryption.keyVaultProperties.keyVersion"},
	{"case": "a pinned version of a vault", "patches": [small.set("recovery", "properties/encryption/keyVaultProperties/keyUri", "https://vault-we.vault.azure.net/keys/data/0123")], "urn": "recovery", "property": "properties.encryption.keyVaultProperties.keyUri"},
	{"case": "a pinned version of a server", "patches": [small.set("postgres", "dataEncryption/primaryKeyURI", "https://vault-we.vault.azure.net/keys/data/0123")], "urn": "postgres", "property": "dataEncryption.primaryKeyURI"},
	{"case": "a protector that stays", "patches": [small.unset("protector-sql", "autoRotationEnabled")], "urn": "protector-sql", "property": "autoRotationEnabled"},
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
	{"case": "the policy", "patches": [small.hide("key", "properties/rotationPolicy")], "urn": "key", "property": "properties.rotationPolicy"},
	{"case": "the time", "patches": [small.hide("key", "properties/rotationPolicy/lifetimeActions/0/trigger/timeAfterCreate")], "urn": "key", "property": "properties.rotationPolicy"},
	{"case": "the key of a vault", "patches": [small.hide("recovery", "properties/encryption/keyVaultProperties/keyUri")], "urn": "recovery", "property": "properties.encryption.keyVaultProperties.keyUri"},
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
	{"case": "before expiry", "patches": [small.set("key", "properties/rotationPolicy/lifetimeActions/0/trigger", {"timeBeforeExpiry": "P30D"})]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_designed_is_the_time_between_rotations if {
	rule.witness == {{"urn": "key", "designed": {"rotation": 31536000}}} with input as small.estate
}
