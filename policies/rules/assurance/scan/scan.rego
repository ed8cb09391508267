# METADATA
# title: Everything that holds data is scanned
# description: >-
#   The Defender for Cloud plan of each kind of data store in use is on for the
#   whole subscription, and is not switched off again for a single resource. How
#   often people look at the findings is attested.
# scope: package
# custom:
#   promise: assurance.scan
#   controls: [A.8.8]
#   severity: high
#   remediation: Set the plan's pricing tier to Standard on the subscription.
#   types: [azure-native:security:Pricing, azure-native:sql:ServerSecurityAlertPolicy]
#   facts: [defender_plans]
package tillit.rules.assurance.scan

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.scopes

promise := "assurance.scan"

# _plans is the plans that the estate's data stores call for.
_plans := {plan |
	lib.promised(promise)
	some type, plan in data.facts.defender_plans.value
	lib.by_type[type]
}

_pricings := [r |
	some r in lib.by_type["azure-native:security:Pricing"]
	lib.prop(r, "pricingName") in _plans
]

_check contains {
	"urn": r.urn,
	"property": "pricingTier",
	"seen": seen,
	"good": lib.fold(seen) == "standard",
	"wanted": "Standard",
	"msg": sprintf("the Defender plan %s is off", [lib.prop(r, "pricingName")]),
} if {
	some r in _pricings
	seen := lib.prop(r, "pricingTier")
}

# A plan on a single resource, or on another subscription, does not cover the estate.
_check contains {
	"urn": "",
	"property": "scopeId",
	"seen": _seen(plan),
	"good": false,
	"wanted": sprintf("%s with the tier Standard", [plan]),
	"msg": sprintf("the Defender plan %s is not set for %s", [plan, subscription]),
} if {
	some plan in _plans
	some subscription in (scopes.subscriptions - {s |
		some r in _pricings
		lib.prop(r, "pricingName") == plan
		some s in scopes.of(lib.prop(r, "scopeId"))
	})
}

_seen(plan) := {"$unknown": true} if {
	some r in _pricings
	lib.prop(r, "pricingName") == plan
	lib.unknown(lib.prop(r, "scopeId"))
} else := null

# What a server says for itself has the last word.
_check contains check if {
	lib.promised(promise)
	some check in checks.table({"azure-native:sql:ServerSecurityAlertPolicy": [{
		"property": "state",
		"good": {"enabled"},
		"wanted": "Enabled",
		"fault": "switches the Defender plan off for its server",
	}]})
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
