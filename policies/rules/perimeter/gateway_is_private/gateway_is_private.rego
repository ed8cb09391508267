# METADATA
# title: Nobody reaches the gateway past the web application firewall
# description: >-
#   An API gateway stands inside a virtual network or takes private endpoints only, so
#   that whoever calls it comes through Front Door.
# scope: package
# custom:
#   promise: perimeter.waf
#   controls: [A.8.20, A.8.23, A.8.26]
#   severity: critical
#   remediation: >-
#     Place the gateway in a virtual network with virtualNetworkType Internal, or set
#     publicNetworkAccess Disabled once it has a private endpoint.
#   types:
#     - azure-native:apimanagement:ApiManagementService
#   facts: []
package tillit.rules.perimeter.gateway_is_private

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.gateways

promise := "perimeter.waf"

witness contains {"urn": urn, "designed": {}} if {
	lib.promised(promise)
	some urn in checks.kept(_checks)
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_checks contains {
	"urn": service.urn,
	"property": "virtualNetworkType",
	"seen": enclosed.seen,
	"good": enclosed.good,
	"wanted": "Internal",
	"msg": sprintf("%s can be called past the web application firewall", [service.name]),
} if {
	some service in gateways.services
	enclosed := gateways.enclosed(service)
}
