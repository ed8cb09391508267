# METADATA
# title: All traffic passes a firewall
# description: >-
#   What no firewall sees none inspects. Every workload subnet's way to the internet
#   leads through a firewall of the estate, no route or service endpoint leads around it,
#   and what comes in over an uplink passes it too.
# scope: package
# custom:
#   promise: perimeter.inspection
#   controls: [A.8.16, A.8.20, A.8.22]
#   severity: critical
#   remediation: >-
#     Give every subnet a route table whose 0.0.0.0/0 goes to a firewall, with route
#     propagation off, and GatewaySubnet one that sends what comes in to the firewall;
#     use private endpoints in place of service endpoints.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:Route
#     - azure-native:network:RouteTable
#     - azure-native:network:Subnet
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkGateway
#     - azure-native:network:VirtualNetworkGatewayConnection
#     - azure-native:network:VirtualNetworkPeering
#   facts: []
package tillit.rules.perimeter.all_inspected

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.ways

promise := "perimeter.inspection"

_checks := ways.out(1) | ways.uplinks if lib.promised(promise)

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_checks)

violation contains found if some found in checks.violations(_checks)

undetermined contains found if some found in checks.undetermined(_checks)
