# METADATA
# title: What comes in over an uplink passes the firewall
# description: >-
#   A gateway hands what it receives to the networks that its own is peered with. Its
#   subnet therefore routes their addresses to the firewall beside it, and no
#   connection bypasses the gateway, which would bypass these routes.
# scope: package
# custom:
#   promise: perimeter.firewalls
#   controls: [A.8.20, A.8.22]
#   severity: critical
#   remediation: Give GatewaySubnet a route table with a route to the firewall for every network that the hub is peered with, and leave FastPath off.
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
package tillit.rules.perimeter.uplinks_inspected

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.ways

promise := "perimeter.firewalls"

_checks := ways.uplinks if lib.promised(promise)

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_checks)

violation contains found if some found in checks.violations(_checks)

undetermined contains found if some found in checks.undetermined(_checks)
