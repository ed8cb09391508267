# METADATA
# title: Every call to the API needs a key
# description: >-
#   Every API of a gateway asks for a key, and no product is open: an open product lets
#   anybody call the APIs in it, whatever they ask for themselves.
# scope: package
# custom:
#   promise: perimeter.allow-list
#   controls: [A.5.15, A.8.5, A.8.21]
#   severity: critical
#   remediation: Set subscriptionRequired to true on the API and on the product.
#   types:
#     - azure-native:apimanagement:Api
#     - azure-native:apimanagement:Product
#   facts: []
package tillit.rules.perimeter.keys_required

import data.tillit.lib
import data.tillit.lib.checks

promise := "perimeter.allow-list"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in lib.by_type["azure-native:apimanagement:Api"]
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

# A product asks for a key unless it says otherwise; an API has to say so.
_checks := checks.table({
	"azure-native:apimanagement:Api": [{
		"property": "subscriptionRequired",
		"good": {true},
		"wanted": true,
		"fault": "can be called without a key",
	}],
	"azure-native:apimanagement:Product": [{
		"property": "subscriptionRequired",
		"good": {null, true},
		"wanted": true,
		"fault": "is open, so that its APIs can be called without a key",
	}],
})
