package tillit.rules.crypto.customer_keys_test

import data.tillit.rules.crypto.customer_keys as rule
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
	{"case": "Microsoft's keys", "patches": [small.unset("documents", "encryption")], "urn": "documents", "property": "encryption.keySource"},
	{"case": "somebody else's key", "patches": [small.set("documents", "encryption/keyVaultProperties/keyVaultUri", "https://stranger.vault.azure.net/")], "urn": "documents", "property": "encryption.keyVaultProperties.keyVaultUri"},
	{"case": "encrypted once", "patches": [small.unset("documents", "encryption/requireInfrastructureEncryption")], "urn": "documents", "property": "encryption.requireInfrastructureEncryption"},
	{"case": "a server under Microsoft's keys", "patches": [small.unset("postgres", "dataEncryption")], "urn": "postgres", "property": "dataEncryption.type"},
	{"case": "backups elsewhere under Microsoft's keys", "patches": [small.unset("postgres", "dataEncryption/geoBackupKeyURI")], "urn": "postgres", "property": "dataEncryption.geoBackupKeyURI"},
	{"case": "a key that is not the estate's", "patches": [small.set("documents", "encryption/keyVaultProperties/keyName", "other")], "urn": "documents", "property": "encryption.keyVaultProperties.keyVaultUri"},
	{"case": "no protector", "patches": [small.drop("protector-sql")], "urn": "sql", "property": "encryptionProtector"},
	{"case": "a protector of Microsoft", "patches": [small.set("protector-sql", "serverKeyType", "ServiceManaged")], "urn": "sql", "property": "encryptionProtector"},
	{"case": "a protector in another vault", "patches": [small.set("protector-sql", "serverKeyName", "stranger_data_0123")], "urn": "sql", "property": "encryptionProtector"},
	{"case": "an unencrypted database", "patches": [small.set("tde", "state", "Disabled")], "urn": "tde", "property": "state"},
	{"case": "a vault under Microsoft's keys", "patches": [small.unset("recovery", "properties/encryption")], "urn": "recovery", "property": "properties.encryption.keyVaultProperties.keyUri"},
	{"case": "a vault encrypted once", "patches": [small.set("recovery", "properties/encryption/infrastructureEncryption", "Disabled")], "urn": "recovery", "property": "properties.encryption.infrastructureEncryption"},
	{"case": "a backup vault under Microsoft's keys", "patches": [small.unset("backup", "properties/securitySettings")], "urn": "backup", "property": "properties.securitySettings.encryptionSettings.state"},
	{"case": "a workspace without a cluster", "patches": [small.drop("linked")], "urn": "workspace", "property": "cluster"},
	{"case": "a cluster under Microsoft's keys", "patches": [small.unset("cluster", "keyVaultProperties")], "urn": "cluster", "property": "keyVaultProperties.keyVaultUri"},
	{"case": "the key and its vault removed", "patches": [small.drop("vault"), small.drop("key")], "urn": "documents", "property": "encryption.keyVaultProperties.keyVaultUri"},
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
	{"case": "an account's key", "patches": [small.hide("documents", "encryption")], "urn": "documents", "property": "encryption.keyVaultProperties.keyVaultUri"},
	{"case": "the address of a key", "patches": [small.hide("recovery", "properties/encryption/keyVaultProperties/keyUri")], "urn": "recovery", "property": "properties.encryption.keyVaultProperties.keyUri"},
	{"case": "the cluster", "patches": [small.hide("linked", "writeAccessResourceId")], "urn": "workspace", "property": "cluster"},
	{"case": "a protector's key", "patches": [small.hide("protector-sql", "serverKeyName")], "urn": "sql", "property": "encryptionProtector"},
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

test_an_address_that_is_not_known_yet_is_judged_by_what_it_depends_on if {
	hidden := small.broken([
		small.hide("recovery", "properties/encryption/keyVaultProperties/keyUri"),
		small.hide("protector-sql", "serverKeyName"),
	])
	resources := [object.union(r, {"propertyDependsOn": {"properties": ["key"], "serverKeyName": ["key"]}}) | some r in hidden.resources]
	inventory := object.union(hidden, {"resources": resources})
	rule.undetermined == set() with input as inventory
	kept := rule.witness with input as inventory
	{"recovery", "sql"} - {w.urn | some w in kept} == set()
}
