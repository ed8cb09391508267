package tillit.rules.crypto.https_only_test

import data.tillit.rules.crypto.https_only as rule
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
	{"case": "plain storage", "patches": [small.set("documents", "enableHttpsTrafficOnly", false)], "urn": "documents", "property": "enableHttpsTrafficOnly"},
	{"case": "plain to the origin", "patches": [small.set("route", "forwardingProtocol", "MatchRequest")], "urn": "route", "property": "forwardingProtocol"},
	{"case": "plain to the origin by default", "patches": [small.unset("route", "forwardingProtocol")], "urn": "route", "property": "forwardingProtocol"},
	{"case": "no redirection", "patches": [small.set("route", "httpsRedirect", "Disabled")], "urn": "route", "property": "httpsRedirect"},
	{"case": "any certificate", "patches": [small.set("origin", "enforceCertificateNameCheck", false)], "urn": "origin", "property": "enforceCertificateNameCheck"},
	{"case": "plain to the application", "patches": [small.set("application", "configuration/ingress/allowInsecure", true)], "urn": "application", "property": "configuration.ingress.allowInsecure"},
	{"case": "plain to the database", "patches": [small.set("tls-only", "value", "off")], "urn": "tls-only", "property": "value"},
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
	{"case": "the protocol", "patches": [small.hide("route", "forwardingProtocol")], "urn": "route", "property": "forwardingProtocol"},
	{"case": "the redirection", "patches": [small.hide("route", "httpsRedirect")], "urn": "route", "property": "httpsRedirect"},
	{"case": "the server", "patches": [small.hide("tls-only", "value")], "urn": "tls-only", "property": "value"},
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
	{"case": "HTTPS alone needs no redirection", "patches": [small.set("route", "supportedProtocols", ["Https"]), small.set("route", "httpsRedirect", "Disabled")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}
