package tillit.rules.log.no_request_data_test

import data.tillit.lib.fixtures_test as fixtures
import data.tillit.rules.log.no_request_data as rule
import data.tillit.small_gateway as small

_found(resources) := [violations, undetermined] if {
	violations := rule.violation with input as small.inventory(resources)
	undetermined := rule.undetermined with input as small.inventory(resources)
}

test_a_good_gateway_keeps_it if {
	_found(small.resources) == [set(), set()]
	_found(small.preview) == [set(), set()]
	rule.witness == {{"urn": "logged", "designed": {}}} with input as small.estate
}

test_what_is_not_promised_is_not_judged if {
	inventory := fixtures.inventory({}, fixtures.without(small.resources, ["logged"]))
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

_traced(element) := small.policy(sprintf(`<base /><%s>@(context.Request.Body.As<string>(true))</%s>`, [element, element]))

_component(props) := array.concat(small.resources, [fixtures.resource("insights:Component", "insights", "Microsoft.Insights/components/insights", props)])

_api := small.with_part("ApiDiagnostic", "api-logged", "/apis/api/diagnostics/applicationinsights", object.union(small.logged, {"logClientIp": true}))

_broken := [
	{"case": "no diagnostic", "resources": fixtures.without(small.resources, ["logged"]), "at": ["gw", "diagnostic"]},
	{"case": "a diagnostic of another kind", "resources": fixtures.changed(small.resources, "logged", "/diagnosticId", "applicationinsights"), "at": ["gw", "diagnostic"]},
	{"case": "the caller's address", "resources": fixtures.changed(small.resources, "logged", "/logClientIp", true), "at": ["logged", "logClientIp"]},
	{"case": "everything traced", "resources": fixtures.changed(small.resources, "logged", "/verbosity", "verbose"), "at": ["logged", "verbosity"]},
	{"case": "a request's body", "resources": fixtures.changed(small.resources, "logged", "/frontend/request/body/bytes", 8192), "at": ["logged", "frontend.request.body.bytes"]},
	{"case": "an answer's body", "resources": fixtures.changed(small.resources, "logged", "/backend/response/body/bytes", 1), "at": ["logged", "backend.response.body.bytes"]},
	{"case": "who signs in", "resources": fixtures.changed(small.resources, "logged", "/frontend/request/headers", ["Content-Type", "Authorization"]), "at": ["logged", "frontend.request.headers"]},
	{"case": "the query", "resources": fixtures.dropped(small.resources, "logged", "/frontend/request/dataMasking"), "at": ["logged", "frontend.request.dataMasking.queryParams"]},
	{"case": "a part of the query", "resources": fixtures.changed(small.resources, "logged", "/backend/request/dataMasking/queryParams", [{"mode": "Hide", "value": "iban"}]), "at": ["logged", "backend.request.dataMasking.queryParams"]},
	{"case": "a mask that hides nothing", "resources": fixtures.changed(small.resources, "logged", "/frontend/request/dataMasking/queryParams", [{"value": "*"}]), "at": ["logged", "frontend.request.dataMasking.queryParams"]},
	{"case": "one API", "resources": _api, "at": ["api-logged", "logClientIp"]},
	{"case": "a key that records", "resources": fixtures.changed(small.resources, "bank-key", "/allowTracing", true), "at": ["bank-key", "allowTracing"]},
	{"case": "a policy that sends bodies away", "resources": fixtures.changed(small.resources, "bank-calls", "/value", _traced("log-to-eventhub")), "at": ["bank-calls", "value"]},
	{"case": "a policy that traces bodies", "resources": fixtures.changed(small.resources, "every", "/value", _traced("trace")), "at": ["every", "value"]},
	{"case": "addresses in Application Insights", "resources": _component({"disableIpMasking": true}), "at": ["insights", "disableIpMasking"]},
]

test_breaks if {
	every broken in _broken {
		print(broken.case)
		found := _found(broken.resources)
		fixtures.at(found[0]) == {broken.at}
		found[1] == set()
	}
}

_hidden := [
	["logged", "/logClientIp", "logClientIp"],
	["logged", "/frontend/request/body/bytes", "frontend.request.body.bytes"],
	["logged", "/frontend/response/headers", "frontend.response.headers"],
	["logged", "/frontend/request/dataMasking/queryParams", "frontend.request.dataMasking.queryParams"],
	["bank-calls", "/value", "value"],
]

test_unknown if {
	every hidden in _hidden {
		print(hidden)
		found := _found(fixtures.changed(small.resources, hidden[0], hidden[1], fixtures.unknown))
		found[0] == set()
		fixtures.at(found[1]) == {[hidden[0], hidden[2]]}
	}
	fragment := _found(small.with_policy(`<include-fragment fragment-id="x" />`))
	fixtures.at(fragment[1]) == {["bank-calls", "value"]}
}

_fine := [
	{"case": "a trace of nothing in the call", "resources": small.with_policy("<trace><message>@(context.Subscription.Id)</message></trace>")},
	{"case": "nothing said of answers", "resources": fixtures.dropped(fixtures.dropped(small.resources, "logged", "/frontend/response"), "logged", "/backend/response")},
	{"case": "Application Insights as it is", "resources": _component({})},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		_found(fine.resources) == [set(), set()]
	}
}
