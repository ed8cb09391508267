package tillit.rules.assurance.disclosure_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.assurance.disclosure

_url := "https://www.ledger.example/security.txt"

_profile := "Microsoft.Cdn/profiles/edge"

_redirect := {
	"redirectType": "Found",
	"destinationProtocol": "Https",
	"customHostname": "www.ledger.example",
	"customPath": "/security.txt",
}

_all := [
	fx.resource("cdn:RuleSet", "set", sprintf("%s/ruleSets/set", [_profile]), {}),
	fx.resource("cdn:Rule", "rule", sprintf("%s/ruleSets/set/rules/rule", [_profile]), {
		"conditions": [{
			"name": "UrlPath",
			"parameters": {"operator": "Equal", "negateCondition": false, "matchValues": ["/.well-known/security.txt"]},
		}],
		"actions": [{"name": "UrlRedirect", "parameters": _redirect}],
	}),
	fx.resource("cdn:Route", "route", sprintf("%s/afdEndpoints/e/routes/all", [_profile]), {
		"ruleSets": [{"id": fx.id(sprintf("%s/ruleSets/set", [_profile]))}],
		"supportedProtocols": ["Http", "Https"],
		"enabledState": "Enabled",
	}),
]

_on(resources) := fx.inventory({"assurance.disclosure": {"url": _url}}, resources)

test_the_edge_redirects_to_the_promised_address if {
	disclosure.witness == {{"urn": "rule", "designed": {"url": _url}}} with input as _on(_all)
	count(disclosure.violation) == 0 with input as _on(_all)
	count(disclosure.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(disclosure.witness) == 0 with input as fx.inventory({}, _all)
	count(disclosure.violation) == 0 with input as fx.inventory({}, [])
}

test_an_address_with_a_query if {
	asked := fx.inventory({"assurance.disclosure": {"url": "https://www.ledger.example/show?what=security"}}, fx.changed(
		_all, "rule", "/actions/0/parameters",
		object.union(_redirect, {"customPath": "/show", "customQueryString": "what=security"}),
	))
	count(disclosure.witness) == 1 with input as asked
}

test_nothing_answers if {
	every resources in [
		fx.without(_all, {"rule"}),
		fx.changed(_all, "rule", "/conditions/0/parameters/matchValues", ["/other.txt"]),
		fx.changed(_all, "rule", "/conditions/0/parameters/negateCondition", true),
	] {
		found := disclosure.violation with input as _on(resources)
		{v.msg | some v in found} == {"nothing answers a request for /.well-known/security.txt"}
	}
}

test_sent_elsewhere if {
	every case in [
		["/actions/0/parameters/customHostname", "www.other.example", "https://www.other.example/security.txt"],
		["/actions/0/parameters/customPath", "/other.txt", "https://www.ledger.example/other.txt"],
		["/actions/0/parameters/destinationProtocol", "MatchRequest", "matchrequest://www.ledger.example/security.txt"],
		["/actions", [], null],
	] {
		found := disclosure.violation with input as _on(fx.changed(_all, "rule", case[0], case[1]))
		{[v.urn, v.property, v.seen] | some v in found} == {["rule", "actions", case[2]]}
	}
}

test_no_live_route_carries_it if {
	every resources in [
		fx.without(_all, {"route"}),
		fx.changed(_all, "route", "/ruleSets", []),
		fx.changed(_all, "route", "/enabledState", "Disabled"),
		fx.changed(_all, "route", "/supportedProtocols", ["Http"]),
	] {
		found := disclosure.violation with input as _on(resources)
		fx.at(found) == {["rule", "ruleSets"]}
	}
}

test_a_promise_without_https if {
	found := disclosure.violation with input as fx.inventory({"assurance.disclosure": {"url": "http://www.ledger.example/security.txt"}}, _all)
	"http://www.ledger.example/security.txt is not an https address" in {v.msg | some v in found}
}

test_unknown_is_undetermined if {
	every pointer in ["/actions", "/actions/0/parameters/customHostname"] {
		resources := fx.changed(_all, "rule", pointer, fx.unknown)
		found := disclosure.undetermined with input as _on(resources)
		fx.at(found) == {["rule", "actions"]}
		count(disclosure.violation) == 0 with input as _on(resources)
	}
}

test_by_dependency_while_unknown if {
	vague := [object.union(r, {"propertyDependsOn": {"ruleSets": ["set", "rule"]}}) |
		some r in fx.changed(_all, "route", "/ruleSets/0/id", fx.unknown)
	]
	count(disclosure.violation) == 0 with input as _on(vague)
}
