package tillit.rules.crypto.no_clear_secrets_test

import data.tillit.rules.crypto.no_clear_secrets as rule
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
	{"case": "a password", "patches": [small.set("sql", "administratorLoginPassword", "correct horse")], "urn": "sql", "property": "administratorLoginPassword"},
	{"case": "a password in the environment", "patches": [small.set("job", "template/containers/0/env/1", {"name": "DB_PASSWORD", "value": "correct horse"})], "urn": "job", "property": "template.containers.0.env.1.value"},
	{"case": "a connection string", "patches": [small.set("job", "template/containers/0/env/0/value", "Server=sql;User=a;Password=b")], "urn": "job", "property": "template.containers.0.env.0.value"},
	{"case": "a shared access signature", "patches": [small.set("job", "template/containers/0/command", ["get", "https://a.blob.core.windows.net/c?sv=1&sig=abc"])], "urn": "job", "property": "template.containers.0.command.1"},
	{"case": "a value in a list of secrets", "patches": [small.set("application", "configuration/secrets/0", {"name": "db", "value": "correct horse"})], "urn": "application", "property": "configuration.secrets.0.value"},
	{"case": "a secret in the vault that Pulumi keeps in clear text", "patches": [small.set("secret", "properties/value", "correct horse")], "urn": "secret", "property": "properties.value"},
	{"case": "a workspace key", "patches": [small.set("environment", "appLogsConfiguration", {"logAnalyticsConfiguration": {"sharedKey": "abc="}})], "urn": "environment", "property": "appLogsConfiguration.logAnalyticsConfiguration.sharedKey"},
	{"case": "a private key", "patches": [small.set("vault", "properties/note", "-----BEGIN RSA PRIVATE KEY-----")], "urn": "vault", "property": "properties.note"},
	{"case": "a stack output", "patches": [small.make("x", "stack", "x", {"adminPassword": "correct horse"})], "urn": "stack", "property": "adminPassword"},
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
	{"case": "a password", "patches": [small.hide("sql", "administratorLoginPassword")], "urn": "sql", "property": "administratorLoginPassword"},
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
	{"case": "a reference to the vault", "patches": [small.set("job", "template/containers/0/env/0", {"name": "DB_SECRET", "value": "https://vault-we.vault.azure.net/secrets/db"})]},
	{"case": "a secret value", "patches": [small.set("job", "template/containers/0/env/0", {"name": "DB_SECRET", "value": {"$secret": true}})]},
	{"case": "words that are no secrets", "patches": [small.set("postgres", "authConfig", {"passwordAuth": "Disabled"}), small.set("job", "template/containers/0/env/0", {"name": "TOKEN_LIFETIME", "value": "10m"})]},
	{"case": "nothing in it", "patches": [small.set("sql", "administratorLoginPassword", "")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_the_text_is_not_repeated if {
	found := rule.violation with input as small.broken([small.set("sql", "administratorLoginPassword", "correct horse")])
	not contains(json.marshal(found), "correct")
}
