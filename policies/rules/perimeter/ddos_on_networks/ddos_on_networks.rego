# METADATA
# title: Every network with public addresses has DDoS protection
# description: >-
#   A network whose firewalls, gateways or bastions hold public addresses is covered
#   by a DDoS Network Protection plan, and no address opts out of it.
# scope: package
# custom:
#   promise: perimeter.ddos
#   controls: [A.8.6, A.8.20]
#   severity: high
#   remediation: >-
#     Set enableDdosProtection and ddosProtectionPlan on the network, and leave the
#     addresses' ddosSettings.protectionMode VirtualNetworkInherited.
#   types:
#     - azure-native:network:ApplicationGateway
#     - azure-native:network:AzureFirewall
#     - azure-native:network:BastionHost
#     - azure-native:network:DdosProtectionPlan
#     - azure-native:network:PublicIPAddress
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkGateway
#   facts: []
package tillit.rules.perimeter.ddos_on_networks

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.ddos"

witness contains {"urn": urn, "designed": {}} if {
	lib.promised(promise)
	some urn in (checks.kept(_checks) & _exposed)
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

# _exposed is the networks that hold a public address.
_exposed := {vnet |
	some [r, property, config] in _configs
	lib.at(config, "publicIPAddress") != null
	some vnet in network.networks_of(r, property, lib.at(config, "subnet.id"))
}

_configs := array.concat(
	[[r, "ipConfigurations", config] |
		some type in ["AzureFirewall", "BastionHost", "NetworkInterface", "VirtualNetworkGateway"]
		some r in lib.by_type[sprintf("azure-native:network:%s", [type])]
		some config in lib.items(r, "ipConfigurations")
	],
	[[r, "managementIpConfiguration", config] |
		some r in network.firewalls
		config := lib.prop(r, "managementIpConfiguration")
		is_object(config)
	],
)

_checks contains {
	"urn": urn,
	"property": "enableDdosProtection",
	"seen": seen,
	"good": seen == true,
	"wanted": true,
	"msg": sprintf("%s holds public addresses and has no DDoS protection", [lib.by_urn[urn].name]),
} if {
	some urn in _exposed
	seen := lib.prop(lib.by_urn[urn], "enableDdosProtection")
}

_checks contains {
	"urn": urn,
	"property": "ddosProtectionPlan.id",
	"seen": seen,
	"good": _plan(r, seen),
	"wanted": "a DDoS protection plan",
	"msg": sprintf("%s holds public addresses and has no DDoS protection plan", [r.name]),
} if {
	some urn in _exposed
	r := lib.by_urn[urn]
	seen := lib.prop(r, "ddosProtectionPlan.id")
}

default _plan(_, _) := false

_plan(r, seen) if count(lib.targets(r, "ddosProtectionPlan", seen, "azure-native:network:DdosProtectionPlan")) > 0

# A plan is often the whole tenant's and then stands outside the estate.
_plan(_, seen) if {
	lib.outside(seen)
	contains(lower(seen), "/providers/microsoft.network/ddosprotectionplans/")
}

# What holds an address in a network that is not known may stand in any.
_checks contains {
	"urn": r.urn,
	"property": sprintf("%s.subnet.id", [property]),
	"seen": lib.at(config, "subnet.id"),
	"good": false,
	"wanted": "a subnet",
	"msg": sprintf("%s holds a public address in a network that is not known", [r.name]),
} if {
	some [r, property, config] in _configs
	lib.at(config, "publicIPAddress") != null
	lib.unknown(lib.at(config, "subnet.id"))
	count(network.networks_of(r, property, lib.at(config, "subnet.id"))) == 0
}

_checks contains check if {
	some check in checks.visible({
		"azure-native:network:AzureFirewall": ["ipConfigurations"],
		"azure-native:network:BastionHost": ["ipConfigurations"],
		"azure-native:network:NetworkInterface": ["ipConfigurations"],
		"azure-native:network:VirtualNetworkGateway": ["ipConfigurations"],
	})
}

_checks contains check if {
	some check in checks.table({"azure-native:network:PublicIPAddress": [{
		"property": "ddosSettings.protectionMode",
		"good": {null, "virtualnetworkinherited", "enabled"},
		"wanted": "VirtualNetworkInherited",
		"fault": "opts out of DDoS protection",
	}]})
}
