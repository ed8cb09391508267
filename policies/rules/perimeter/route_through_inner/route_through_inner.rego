# METADATA
# title: All traffic to the internet passes every firewall layer
# description: >-
#   Every workload subnet has a route table without propagated routes whose default
#   route leads to a firewall, from which the firewalls' own default routes lead
#   through as many layers as promised. No other route leads to the internet, to a
#   gateway or to an appliance that is no firewall of the estate, and no service
#   endpoint leads past the routes.
# scope: package
# custom:
#   promise: perimeter.firewalls
#   controls: [A.8.20, A.8.22]
#   severity: critical
#   remediation: >-
#     Give the subnet a route table whose 0.0.0.0/0 goes to the inner firewall, route
#     the inner firewall's own subnet to the edge firewall, turn route propagation off,
#     remove routes that lead around and use private endpoints in place of service
#     endpoints.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:Route
#     - azure-native:network:RouteTable
#     - azure-native:network:Subnet
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkPeering
#   facts: []
package tillit.rules.perimeter.route_through_inner

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network
import data.tillit.lib.ways

promise := "perimeter.firewalls"

witness contains {"urn": s.r.urn, "designed": {"layers": count(network.passed(s))}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some s in network.workloads
	s.r.urn in kept
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_checks := ways.out(lib.promised(promise).layers)
