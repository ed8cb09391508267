# METADATA
# title: Everything on the way of traffic stands in several zones
# description: >-
#   Firewalls, gateways, balancers and the public addresses in front of them go on when
#   a building fails: they stand in two availability zones or more and, where they
#   are made of instances, have two or more. Most of them get their zones when they are made, or
#   never.
# scope: package
# custom:
#   promise: continuity.redundant
#   controls: [A.7.11, A.8.14]
#   severity: high
#   remediation: Give the resource two zones or more, a zone-redundant SKU and two instances. Zones mostly mean making it anew.
#   types:
#     - azure-native:network:ApplicationGateway
#     - azure-native:network:AzureFirewall
#     - azure-native:network:LoadBalancer
#     - azure-native:network:NatGateway
#     - azure-native:network:PublicIPAddress
#     - azure-native:network:PublicIPPrefix
#     - azure-native:network:VirtualNetworkGateway
#   facts: [zone_redundant_gateways]
package tillit.rules.continuity.redundant_network

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.values
import data.tillit.lib.zones

promise := "continuity.redundant"

_zonal := {
	"azure-native:network:ApplicationGateway",
	"azure-native:network:AzureFirewall",
	"azure-native:network:PublicIPAddress",
	"azure-native:network:PublicIPPrefix",
}

_check contains zones.check(r, "zones") if {
	lib.promised(promise)
	some r in lib.of(_zonal)
}

# Addresses and balancers of the Basic SKU have no zones; a NAT gateway of the first
# kind stands in one.
_check contains check if {
	lib.promised(promise)
	some check in checks.table({
		"azure-native:network:LoadBalancer": [_sku({"gateway", "standard"}, "Standard")],
		"azure-native:network:NatGateway": [_sku({"standardv2"}, "StandardV2")],
		"azure-native:network:PublicIPAddress": [_sku({"standard", "standardv2"}, "Standard")],
		"azure-native:network:VirtualNetworkGateway": [_sku(
			{sku | some sku in data.facts.zone_redundant_gateways.value},
			"a SKU with AZ in its name",
		)],
	})
}

_sku(good, wanted) := {"property": "sku.name", "good": good, "wanted": wanted, "fault": "stands in one zone"}

# A balancer's inner address has zones of its own; an outer one's are its public
# address's.
_check contains {
	"urn": r.urn,
	"property": "frontendIPConfigurations.zones",
	"seen": seen,
	"good": zones.several(lib.at(config, "zones")),
	"wanted": "two zones or more",
	"msg": sprintf("the inner address %s of %s stands in one zone", [lib.label(config, "name"), r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:network:LoadBalancer"]
	some config in lib.items(r, "frontendIPConfigurations")
	lib.at(config, "subnet") != null
	seen := lib.veil(lib.at(config, "zones"))
}

_check contains check if {
	lib.promised(promise)
	some check in checks.visible({"azure-native:network:LoadBalancer": ["frontendIPConfigurations"]})
}

# An application gateway scales between bounds or has a fixed number of instances.
_check contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": values.at_least(seen, 2),
	"wanted": "two instances or more",
	"msg": sprintf("%s may have a single instance", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:network:ApplicationGateway"]
	property := _instances(r)
	seen := lib.prop(r, property)
}

_instances(r) := "autoscaleConfiguration.minCapacity" if lib.prop(r, "autoscaleConfiguration") != null

_instances(r) := "sku.capacity" if lib.prop(r, "autoscaleConfiguration") == null

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
