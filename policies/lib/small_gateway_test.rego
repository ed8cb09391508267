# METADATA
# title: A small gateway that keeps its promises
# description: What the tests of rules on API gateways break. The URN of a resource is its name.
# scope: package
package tillit.small_gateway

import data.tillit.lib.fixtures_test as fixtures

promises := {
	"perimeter.allow-list": {},
	"perimeter.waf": {},
	"identity.sub-users": {},
	"log.opt-out": {},
	"crypto.transit": {"tls": "1.2"},
}

estate := inventory(resources)

inventory(rs) := fixtures.inventory(promises, rs)

_path(rest) := concat("", ["Microsoft.ApiManagement/service/gw", rest])

# part makes a part of the gateway.
part(kind, name, rest, props) := fixtures.resource(sprintf("apimanagement:%s", [kind]), name, _path(rest), props)

policy(inbound) := sprintf("<policies><inbound>%s</inbound><backend><base /></backend></policies>", [inbound])

told := `<base /><check-header name="X-Azure-SocketIP" failed-check-httpcode="403" failed-check-error-message="no" ignore-case="true"><value>203.0.113.7</value><value> 2001:db8::7 </value></check-header>`

filtered := `<base /><ip-filter action="allow"><address>203.0.113.7</address><address-range from="198.51.100.0" to="198.51.100.15" /></ip-filter>`

refusing := `<choose><when condition="@(context.Product == null)"><return-response><set-status code="403" /></return-response></when></choose><set-backend-service base-url="https://{{application}}" />`

_quiet := {
	"body": {"bytes": 0},
	"headers": ["Content-Type"],
	"dataMasking": {"queryParams": [{"mode": "Hide", "value": "*"}]},
}

logged := {
	"diagnosticId": "azuremonitor",
	"logClientIp": false,
	"verbosity": "error",
	"frontend": {"request": _quiet, "response": _quiet},
	"backend": {"request": _quiet, "response": _quiet},
}

resources := [
	part("ApiManagementService", "gw", "", {
		"location": "francecentral",
		"virtualNetworkType": "Internal",
		"customProperties": {"Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls11": "False"},
	}),
	part("Policy", "every", "/policies/policy", {"value": policy(refusing), "format": "rawxml"}),
	part("Api", "api", "/apis/api", {"path": "", "subscriptionRequired": true, "protocols": ["https"]}),
	part("Product", "bank", "/products/bank", {"approvalRequired": true, "subscriptionsLimit": 5, "subscriptionRequired": true}),
	part("ProductPolicy", "bank-calls", "/products/bank/policies/policy", {"value": policy(told), "format": "rawxml"}),
	part("ProductApi", "bank-api", "/products/bank/apis/api", {}),
	part("Subscription", "bank-key", "/subscriptions/bank", {"scope": "/products/bank", "state": "active"}),
	part("Diagnostic", "logged", "/diagnostics/azuremonitor", logged),
]

# with_policy is the gateway with one product policy's inbound replaced.
with_policy(inbound) := fixtures.changed(resources, "bank-calls", "/value", policy(inbound))

# with_part is the gateway with one more part.
with_part(kind, name, rest, props) := array.concat(resources, [part(kind, name, rest, props)])

# preview is the gateway as the engine shows it when its name is not known: nothing
# has an id, and what belongs together depends on each other.
preview := [p |
	some r in resources
	p := object.union(object.remove(r, ["id"]), {
		"props": object.union(r.props, {property: fixtures.unknown | some property, _ in _named(r)}),
		"propertyDependsOn": _named(r),
	})
]

_named(r) := object.get(
	{
		"azure-native:apimanagement:Policy": {"serviceName": ["gw"]},
		"azure-native:apimanagement:Api": {"serviceName": ["gw"]},
		"azure-native:apimanagement:Product": {"serviceName": ["gw"]},
		"azure-native:apimanagement:ProductPolicy": {"serviceName": ["gw"], "productId": ["bank"]},
		"azure-native:apimanagement:ProductApi": {"serviceName": ["gw"], "productId": ["bank"], "apiId": ["api"]},
		"azure-native:apimanagement:Subscription": {"serviceName": ["gw"], "scope": ["bank"]},
		"azure-native:apimanagement:Diagnostic": {"serviceName": ["gw"]},
	},
	r.type, {},
)
