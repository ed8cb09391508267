# METADATA
# title: A key works only from its customer's addresses
# description: >-
#   Every product's policy lets in a list of addresses and nobody else, whatever the key
#   reaches: the policies of APIs and operations take over what stands above them, every
#   key opens one product or an API with a list of its own, and a key without a product,
#   such as the built-in one for everything, is refused. Behind Front Door the list is of
#   what Front Door says of the caller, which holds only where nobody else can reach the
#   gateway.
# scope: package
# custom:
#   promise: perimeter.allow-list
#   controls: [A.5.15, A.8.5, A.8.21]
#   severity: critical
#   remediation: >-
#     Give the product a policy with <base /> and an ip-filter that allows the customer's
#     addresses (behind Front Door a check-header of X-Azure-SocketIP, with the gateway
#     inside a network), keep <base /> in the policies below it, scope keys to products,
#     and return 403 when context.Product is null.
#   types:
#     - azure-native:apimanagement:Api
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:apimanagement:ApiOperationPolicy
#     - azure-native:apimanagement:ApiPolicy
#     - azure-native:apimanagement:Policy
#     - azure-native:apimanagement:Product
#     - azure-native:apimanagement:ProductPolicy
#     - azure-native:apimanagement:Subscription
#   facts: [caller_header]
package tillit.rules.perimeter.allow_list

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.gateways

promise := "perimeter.allow-list"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in array.concat(_products, [api | some api in _apis; _listed_api(api.urn)])
	r.urn in kept
	every policy in gateways.policies_of(r.urn, "azure-native:apimanagement:ProductPolicy") { policy.urn in kept }
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_products := lib.of(["azure-native:apimanagement:Product"])

_apis := lib.of(["azure-native:apimanagement:Api"])

_wanted := "the customer's own addresses"

_checks contains {
	"urn": r.urn,
	"property": "policy",
	"seen": lib.unless_veiled({"azure-native:apimanagement:ProductPolicy"}, null),
	"good": count(gateways.policies_of(r.urn, "azure-native:apimanagement:ProductPolicy")) > 0,
	"wanted": "a policy with the customer's addresses",
	"msg": sprintf("the keys of %s work from anywhere: it has no policy", [r.name]),
} if {
	some r in _products
}

_checks contains {
	"urn": policy.urn,
	"property": "value",
	"seen": list.seen,
	"good": list.good,
	"wanted": _wanted,
	"msg": sprintf("%s does not keep keys to the addresses of one customer", [policy.name]),
} if {
	some policy in lib.by_type["azure-native:apimanagement:ProductPolicy"]
	list := gateways.listed(policy)
}

# A policy further down that leaves <base /> out undoes the product's.
_checks contains {
	"urn": policy.urn,
	"property": "value",
	"seen": _beneath(text),
	"good": _keeps(policy, text),
	"wanted": "<base /> at the beginning",
	"msg": sprintf("%s leaves out what its product says of addresses", [policy.name]),
} if {
	some policy in lib.of(["azure-native:apimanagement:ApiPolicy", "azure-native:apimanagement:ApiOperationPolicy"])
	text := gateways.document(policy)
}

_beneath(text) := text if lib.unknown(text)

_beneath(text) := "no <base />" if not lib.unknown(text)

default _keeps(_, _) := false

_keeps(_, text) if gateways.inherits(text)

_keeps(policy, _) if gateways.listed(policy).good

# Keys.

_checks contains {
	"urn": key.urn,
	"property": "scope",
	"seen": lib.prop(key, "scope"),
	"good": _confined(key),
	"wanted": "one product",
	"msg": sprintf("%s opens more than one product, past every product's addresses", [key.name]),
} if {
	some key in gateways.keys
}

default _confined(_) := false

_confined(key) if count(gateways.opens(key, "azure-native:apimanagement:Product")) > 0

_confined(key) if {
	some api in gateways.opens(key, "azure-native:apimanagement:Api")
	_listed_api(api)
}

_listed_api(api) if {
	some policy in gateways.policies_of(api, "azure-native:apimanagement:ApiPolicy")
	gateways.listed(policy).good
}

# The key for everything that every gateway is made with belongs to no product.
_checks contains {
	"urn": api.urn,
	"property": "policy",
	"seen": _refusal(api.urn),
	"good": _refused(api.urn),
	"wanted": "a refusal when context.Product is null",
	"msg": sprintf("the gateway's own key for everything opens %s from anywhere", [api.name]),
} if {
	some api in _apis
}

default _refused(_) := false

_refused(api) if _listed_api(api)

_refused(api) if {
	some policy in _above(api)
	gateways.refuses(gateways.document(policy))
}

# _above is the policies of an API and of its gateway.
_above(api) := array.concat(
	gateways.policies_of(api, "azure-native:apimanagement:ApiPolicy"),
	[policy |
		some service in gateways.parents(lib.by_urn[api])
		some policy in gateways.policies_of(service, "azure-native:apimanagement:Policy")
	],
)

_refusal(api) := {"$unknown": true} if {
	some policy in _above(api)
	_may_say(gateways.document(policy))
} else := lib.unless_veiled({"azure-native:apimanagement:Policy"}, null)

_may_say(text) if lib.unknown(text)

_may_say(text) if gateways.opaque(text)

# What Front Door says of a caller can be said by whoever else reaches the gateway.
_checks contains {
	"urn": service.urn,
	"property": "virtualNetworkType",
	"seen": enclosed.seen,
	"good": enclosed.good,
	"wanted": "Internal",
	"msg": sprintf("%s goes by a header that anybody can send who reaches it", [service.name]),
} if {
	some urn in _told
	service := lib.by_urn[urn]
	enclosed := gateways.enclosed(service)
}

# _told is the gateways with a policy that goes by the header.
_told := {service |
	some policy in gateways.policies
	gateways.told(policy)
	some owner in gateways.parents(policy)
	some service in gateways.parents(lib.by_urn[owner])
	lib.by_urn[service].type == "azure-native:apimanagement:ApiManagementService"
}
