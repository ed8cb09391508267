# METADATA
# title: A customer's keys are counted, approved and open its own product
# description: >-
#   Every product of a gateway asks for a key, limits how many keys one user may hold and
#   has each of them approved. No key opens more than one product or one API, so that it
#   sees its own part only. Whom the application then shows what is its own to attest.
# scope: package
# custom:
#   promise: identity.sub-users
#   controls: [A.5.15, A.8.3]
#   severity: high
#   remediation: >-
#     Set approvalRequired and subscriptionsLimit on the product, and scope each
#     subscription to a product.
#   types:
#     - azure-native:apimanagement:Product
#     - azure-native:apimanagement:Subscription
#   facts: []
package tillit.rules.identity.sub_users

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.gateways

promise := "identity.sub-users"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in lib.by_type["azure-native:apimanagement:Product"]
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

_checks contains check if {
	some check in checks.table({"azure-native:apimanagement:Product": [
		{
			"property": "subscriptionRequired",
			"good": {null, true},
			"wanted": true,
			"fault": "is open to whoever has no key",
		},
		{
			"property": "approvalRequired",
			"good": {true},
			"wanted": true,
			"fault": "hands out keys that nobody approves",
		},
	]})
}

_checks contains {
	"urn": r.urn,
	"property": "subscriptionsLimit",
	"seen": seen,
	"good": _limited(seen),
	"wanted": "a number of keys",
	"msg": sprintf("%s lets one user hold any number of keys", [r.name]),
} if {
	some r in lib.by_type["azure-native:apimanagement:Product"]
	seen := lib.prop(r, "subscriptionsLimit")
}

default _limited(_) := false

_limited(seen) if {
	is_number(seen)
	seen > 0
}

_checks contains {
	"urn": key.urn,
	"property": "scope",
	"seen": lib.prop(key, "scope"),
	"good": count(_opened(key)) > 0,
	"wanted": "one product or one API",
	"msg": sprintf("%s opens every customer's part", [key.name]),
} if {
	some key in gateways.keys
}

_opened(key) := gateways.opens(key, "azure-native:apimanagement:Product") | gateways.opens(key, "azure-native:apimanagement:Api")
