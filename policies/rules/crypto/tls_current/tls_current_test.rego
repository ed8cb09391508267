package tillit.rules.crypto.tls_current_test

import data.tillit.rules.crypto.tls_current as rule
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

_gateway(props) := small.make("network:ApplicationGateway", "gateway-web", "Microsoft.Network/applicationGateways/web", props)

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "a gateway without a policy", "patches": [_gateway({})], "urn": "gateway-web", "property": "sslPolicy"},
	{"case": "a gateway with an old policy", "patches": [_gateway({"sslPolicy": {"policyName": "AppGwSslPolicy20150501"}})], "urn": "gateway-web", "property": "sslPolicy"},
	{"case": "a gateway that takes 1.1", "patches": [_gateway({"sslPolicy": {"minProtocolVersion": "TLSv1_1"}})], "urn": "gateway-web", "property": "sslPolicy"},
	{"case": "in another case", "patches": [small.set("documents", "minimumTlsVersion", "tls1_0")], "urn": "documents", "property": "minimumTlsVersion"},
	{"case": "an account with an old version", "patches": [small.set("documents", "minimumTlsVersion", "TLS1_1")], "urn": "documents", "property": "minimumTlsVersion"},
	{"case": "an account with the default", "patches": [small.unset("documents", "minimumTlsVersion")], "urn": "documents", "property": "minimumTlsVersion"},
	{"case": "a server with no minimum", "patches": [small.unset("sql", "minimalTlsVersion")], "urn": "sql", "property": "minimalTlsVersion"},
	{"case": "a server with a word for none", "patches": [small.set("sql", "minimalTlsVersion", "None")], "urn": "sql", "property": "minimalTlsVersion"},
	{"case": "an old public domain", "patches": [small.set("domain", "tlsSettings/minimumTlsVersion", "TLS10")], "urn": "domain", "property": "tlsSettings.minimumTlsVersion"},
	{"case": "an old PostgreSQL", "patches": [small.set("tls-least", "value", "TLSv1")], "urn": "tls-least", "property": "value"},
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
	{"case": "a gateway", "patches": [_gateway({"sslPolicy": {"$unknown": true}})], "urn": "gateway-web", "property": "sslPolicy"},
	{"case": "an account", "patches": [small.hide("documents", "minimumTlsVersion")], "urn": "documents", "property": "minimumTlsVersion"},
	{"case": "a domain", "patches": [small.hide("domain", "tlsSettings")], "urn": "domain", "property": "tlsSettings.minimumTlsVersion"},
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
	{"case": "a current policy", "patches": [_gateway({"sslPolicy": {"policyName": "AppGwSslPolicy20220101"}})]},
	{"case": "a minimum", "patches": [_gateway({"sslPolicy": {"minProtocolVersion": "TLSv1_2"}})]},
	{"case": "words in another case", "patches": [small.set("documents", "minimumTlsVersion", "tls1_2")]},
	{"case": "a later version", "patches": [small.set("tls-least", "value", "TLSv1.3"), small.set("documents", "minimumTlsVersion", "TLS1_3")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_designed_is_the_version if {
	kept := rule.witness with input as small.broken([small.set("tls-least", "value", "TLSv1.3")])
	{"urn": "tls-least", "designed": {"tls": "1.3"}} in kept
	{"urn": "documents", "designed": {"tls": "1.2"}} in kept
}
