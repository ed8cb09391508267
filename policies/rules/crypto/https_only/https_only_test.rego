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

_web := "Microsoft.Network/applicationGateways/web"

_gateway(listeners, rules, redirects) := small.make("network:ApplicationGateway", "gateway-web", _web, {
	"httpListeners": listeners,
	"requestRoutingRules": rules,
	"redirectConfigurations": redirects,
})

_listener(name, protocol) := {"name": name, "protocol": protocol}

_rule := {
	"httpListener": {"id": small.id(sprintf("%s/httpListeners/plain", [_web]))},
	"redirectConfiguration": {"id": small.id(sprintf("%s/redirectConfigurations/on", [_web]))},
}

_redirect(target) := {"name": "on", "targetListener": {"id": small.id(sprintf("%s/httpListeners/%s", [_web, target]))}}

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "NFS", "patches": [small.set("documents", "isNfsV3Enabled", true)], "urn": "documents", "property": "isNfsV3Enabled"},
	{"case": "plain among jobs", "patches": [small.unset("environment", "peerTrafficConfiguration")], "urn": "environment", "property": "peerTrafficConfiguration.encryption.enabled"},
	{"case": "a plain listener", "patches": [_gateway([_listener("plain", "http")], [], [])], "urn": "gateway-web", "property": "httpListeners[plain].protocol"},
	{"case": "a listener that sends to a plain one", "patches": [_gateway([_listener("plain", "Http"), _listener("other", "Http")], [_rule], [_redirect("other")])], "urn": "gateway-web", "property": "httpListeners[plain].protocol"},
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
	{"case": "the listeners", "patches": [_gateway({"$unknown": true}, [], [])], "urn": "gateway-web", "property": "httpListeners"},
	{"case": "what jobs say to each other", "patches": [small.hide("environment", "peerTrafficConfiguration")], "urn": "environment", "property": "peerTrafficConfiguration.encryption.enabled"},
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
	{"case": "a listener that sends visitors on", "patches": [_gateway([_listener("plain", "Http"), _listener("tls", "https")], [_rule], [_redirect("tls")])]},
	{"case": "the older way to encrypt among jobs", "patches": [small.unset("environment", "peerTrafficConfiguration"), small.set("environment", "peerAuthentication", {"mtls": {"enabled": true}})]},
	{"case": "words in another case", "patches": [small.set("route", "forwardingProtocol", "httpsonly"), small.set("route", "httpsRedirect", "enabled")]},
	{"case": "HTTPS alone needs no redirection", "patches": [small.set("route", "supportedProtocols", ["Https"]), small.set("route", "httpsRedirect", "Disabled")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}
