package tillit.rules.crypto.gateway_tls_test

import data.tillit.lib.fixtures_test as fixtures
import data.tillit.rules.crypto.gateway_tls as rule
import data.tillit.small_gateway as small

_found(resources) := [violations, undetermined] if {
	violations := rule.violation with input as small.inventory(resources)
	undetermined := rule.undetermined with input as small.inventory(resources)
}

test_a_good_gateway_keeps_it if {
	_found(small.resources) == [set(), set()]
	_found(small.preview) == [set(), set()]
	rule.witness == {{"urn": "gw", "designed": {"tls": "1.2"}}} with input as small.estate
}

test_what_is_not_promised_is_not_judged if {
	inventory := fixtures.inventory({}, fixtures.changed(small.resources, "api", "/protocols", ["http"]))
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

_old := "Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls10"

_broken := [
	{"case": "old TLS", "resources": fixtures.changed(small.resources, "gw", "/customProperties", {_old: "True"}), "at": ["gw", sprintf("customProperties[%s]", [_old])]},
	{"case": "plain calls", "resources": fixtures.changed(small.resources, "api", "/protocols", ["https", "HTTP"]), "at": ["api", "protocols"]},
	{"case": "a plain backend", "resources": fixtures.changed(small.resources, "api", "/serviceUrl", "http://application"), "at": ["api", "serviceUrl"]},
	{"case": "a plain backend by policy", "resources": fixtures.changed(small.resources, "every", "/value", small.policy("<set-backend-service base-url='http://application' />")), "at": ["every", "value"]},
	{"case": "a plain request by policy", "resources": fixtures.changed(small.resources, "every", "/value", small.policy("<send-request><set-url>http://elsewhere</set-url></send-request>")), "at": ["every", "value"]},
]

test_breaks if {
	every broken in _broken {
		print(broken.case)
		found := _found(broken.resources)
		fixtures.at(found[0]) == {broken.at}
		found[1] == set()
	}
}

test_a_gateway_cannot_promise_more if {
	promises := object.union(small.promises, {"crypto.transit": {"tls": "1.3"}})
	found := rule.violation with input as fixtures.inventory(promises, small.resources)
	fixtures.at(found) == {["gw", "customProperties"]}
}

test_unknown if {
	every hidden in [["api", "protocols"], ["api", "serviceUrl"], ["every", "value"]] {
		found := _found(fixtures.changed(small.resources, hidden[0], concat("", ["/", hidden[1]]), fixtures.unknown))
		found[0] == set()
		fixtures.at(found[1]) == {hidden}
	}
	properties := _found(fixtures.changed(small.resources, "gw", "/customProperties", fixtures.unknown))
	properties[0] == set()
	count(properties[1]) == count(data.facts.gateway_old_protocols.value)
}

test_fine if {
	every resources in [
		fixtures.dropped(small.resources, "api", "/protocols"),
		fixtures.dropped(small.resources, "gw", "/customProperties"),
		fixtures.changed(small.resources, "api", "/serviceUrl", "HTTPS://application"),
	] {
		_found(resources) == [set(), set()]
	}
}
