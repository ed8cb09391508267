# METADATA
# title: Nothing of a request is logged unless its customer asks for it
# description: >-
#   A gateway is told what to write of a call: no body, no headers but those that say how
#   a message is written, no values from the query, no address of the caller. No policy
#   sends a request elsewhere, no key may record whole requests, and Application Insights
#   hides addresses. Judged is what the gateway writes. Front Door before it has an access
#   log of its own, with the caller's address and the whole URL, which is no body and which
#   no rule judges.
# scope: package
# custom:
#   promise: log.opt-out
#   controls: [A.5.34, A.8.12, A.8.15]
#   severity: high
#   remediation: >-
#     Give the gateway a diagnostic azuremonitor with bodies of 0 bytes, no headers, a mask
#     for the query parameter *, logClientIp false and verbosity error; take
#     log-to-eventhub and traces of requests out of policies; set allowTracing and
#     DisableIpMasking to false. Keep personal data out of paths and queries, or turn on
#     log scrubbing in Front Door's profile: its access log has them.
#   types:
#     - azure-native:apimanagement:ApiDiagnostic
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:apimanagement:ApiOperationPolicy
#     - azure-native:apimanagement:ApiPolicy
#     - azure-native:apimanagement:Diagnostic
#     - azure-native:apimanagement:Policy
#     - azure-native:apimanagement:ProductPolicy
#     - azure-native:apimanagement:Subscription
#     - azure-native:insights:Component
#   facts: [gateway_log, harmless_headers]
package tillit.rules.log.no_request_data

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.gateways
import data.tillit.lib.values

promise := "log.opt-out"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in _diagnostics
	r.urn in kept
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_diagnostics := lib.of(["azure-native:apimanagement:Diagnostic", "azure-native:apimanagement:ApiDiagnostic"])

# A gateway that is not told what to write writes the caller's address.
_checks contains {
	"urn": service.urn,
	"property": "diagnostic",
	"seen": lib.unless_veiled({"azure-native:apimanagement:Diagnostic"}, null),
	"good": service.urn in _instructed,
	"wanted": sprintf("a diagnostic %s", [data.facts.gateway_log.value]),
	"msg": sprintf("%s is not told what to write of a call, and writes whence it comes", [service.name]),
} if {
	some service in gateways.services
}

_instructed := {service |
	some r in lib.by_type["azure-native:apimanagement:Diagnostic"]
	lib.fold(lib.prop(r, "diagnosticId")) == data.facts.gateway_log.value
	some service in gateways.parents(r)
}

_always := {
	{"property": "logClientIp", "good": {null, false}, "wanted": false, "fault": "logs whence a call comes"},
	{
		"property": "verbosity",
		"good": {null, "error", "information"},
		"wanted": "error",
		"fault": "logs all that policies trace",
	},
}

_checks contains check if {
	some check in checks.table({
		"azure-native:apimanagement:Diagnostic": _always,
		"azure-native:apimanagement:ApiDiagnostic": _always,
		"azure-native:apimanagement:Subscription": [{
			"property": "allowTracing",
			"good": {null, false},
			"wanted": false,
			"fault": "lets its holder record whole requests",
		}],
		"azure-native:insights:Component": [{
			"property": "disableIpMasking",
			"good": {null, false},
			"wanted": false,
			"fault": "keeps the addresses of those who call",
		}],
	})
}

_messages := {path |
	some side in ["frontend", "backend"]
	some message in ["request", "response"]
	path := sprintf("%s.%s", [side, message])
}

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": seen == 0,
	"wanted": 0,
	"msg": sprintf("%s logs what is in the %s", [r.name, message]),
} if {
	some r in _diagnostics
	some message in _messages
	property := sprintf("%s.body.bytes", [message])
	seen := values.otherwise(lib.prop(r, property), 0)
}

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": _named(logged),
	"good": _harmless(logged),
	"wanted": "no headers that tell of the caller or of what it sends",
	"msg": sprintf("%s logs headers of the %s", [r.name, message]),
} if {
	some r in _diagnostics
	some message in _messages
	property := sprintf("%s.headers", [message])
	logged := lib.veil(lib.prop(r, property))
}

_named(logged) := logged if not is_array(logged)

_named(logged) := [h | some h in logged; not lower(h) in data.facts.harmless_headers.value] if is_array(logged)

default _harmless(_) := false

_harmless(null)

_harmless(logged) if {
	is_array(logged)
	_named(logged) == []
}

# The query is part of the address that is logged of every call.
_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": lib.veil(seen),
	"good": count([mask | some mask in lib.list(seen); _covers(mask)]) > 0,
	"wanted": "a mask for *",
	"msg": sprintf("%s logs the values in a call's query", [r.name]),
} if {
	some r in _diagnostics
	some side in ["frontend", "backend"]
	property := sprintf("%s.request.dataMasking.queryParams", [side])
	seen := lib.prop(r, property)
}

_covers(mask) if {
	lib.at(mask, "value") == "*"
	lib.fold(lib.at(mask, "mode")) in {"hide", "mask"}
}

# Policies.

_checks contains {
	"urn": policy.urn,
	"property": "value",
	"seen": _sends(policy),
	"good": _sends(policy) == [],
	"wanted": "no part of a request or its answer in a log",
	"msg": sprintf("%s logs what is in a request", [policy.name]),
} if {
	some policy in gateways.policies
}

_sends(policy) := {"$unknown": true} if _hidden(gateways.document(policy))

_sends(policy) := sort({found[1] |
	some element in ["log-to-eventhub", "trace", "emit-metric"]
	some found in regex.find_all_string_submatch_n(sprintf(`(?s)<(%s)\b(.*?)</%s\s*>`, [element, element]), gateways.document(policy), -1)
	_telling(found[2])
}) if {
	not _hidden(gateways.document(policy))
}

_hidden(text) if lib.unknown(text)

_hidden(text) if gateways.opaque(text)

# An expression reaches the call through its context; its ids, times and the key's
# owner tell nothing of what is in it.
_telling(text) if regex.match(`context\.(Request|Response|Variables)\b`, text)
