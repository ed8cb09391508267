# METADATA
# title: No path leads around the firewalls
# description: >-
#   Public addresses belong to firewalls, gateways and bastions only. Every workload
#   subnet has a network security group, none of which lets the internet in and which
#   binds its private endpoints too. Workload networks are peered with the inner hub
#   only, gateways end in the outermost hub, application environments stand in the
#   estate's networks and have no public entrance, no interface forwards what is not its
#   own, and no firewall rule lets everything through or anybody manage what is inside.
# scope: package
# custom:
#   promise: perimeter.firewalls
#   controls: [A.8.20, A.8.22]
#   severity: critical
#   remediation: >-
#     Remove the public address, the peering or the rule; reach the workload through
#     the firewalls, over Front Door and private link, or from a bastion.
#   types:
#     - azure-native:app:ManagedEnvironment
#     - azure-native:network:ApplicationGateway
#     - azure-native:network:AzureFirewall
#     - azure-native:network:BastionHost
#     - azure-native:network:FirewallPolicyRuleCollectionGroup
#     - azure-native:network:IpGroup
#     - azure-native:network:LoadBalancer
#     - azure-native:network:NatGateway
#     - azure-native:network:NetworkInterface
#     - azure-native:network:NetworkSecurityGroup
#     - azure-native:network:PrivateEndpoint
#     - azure-native:network:PublicIPAddress
#     - azure-native:network:SecurityRule
#     - azure-native:network:Subnet
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkGateway
#     - azure-native:network:VirtualNetworkPeering
#   facts: []
package tillit.rules.perimeter.no_path_around

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.firewalls"

witness contains {"urn": s.r.urn, "designed": {}} if {
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

_layers := lib.promised(promise).layers

# Public addresses.

_checks contains {
	"urn": r.urn,
	"property": "ipConfiguration",
	"seen": lib.unless_veiled(object.keys(_holders), null),
	"good": r.urn in _guards_addresses,
	"wanted": "an address of a firewall, a gateway or a bastion",
	"msg": sprintf("%s is a public address that no firewall, gateway or bastion holds", [r.name]),
} if {
	some r in lib.by_type["azure-native:network:PublicIPAddress"]
}

# _holders maps what may hold a public address to the list where it does.
_holders := {
	"azure-native:network:AzureFirewall": "ipConfigurations",
	"azure-native:network:VirtualNetworkGateway": "ipConfigurations",
	"azure-native:network:BastionHost": "ipConfigurations",
	"azure-native:network:NatGateway": "publicIpAddresses",
}

_guards_addresses := {urn |
	some type, property in _holders
	some r in lib.by_type[type]
	some config in lib.items(r, property)
	some path in ["publicIPAddress.id", "id"]
	some urn in lib.targets(r, property, lib.at(config, path), "azure-native:network:PublicIPAddress")
} | {urn |
	some r in network.firewalls
	id := lib.prop(r, "managementIpConfiguration.publicIPAddress.id")
	some urn in lib.targets(r, "managementIpConfiguration", id, "azure-native:network:PublicIPAddress")
}

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": lib.at(config, "publicIPAddress.id"),
	"good": lib.at(config, "publicIPAddress") == null,
	"wanted": "no public address",
	"msg": sprintf("%s has a public address, past every firewall", [r.name]),
} if {
	some type, property in {
		"azure-native:network:NetworkInterface": "ipConfigurations",
		"azure-native:network:LoadBalancer": "frontendIPConfigurations",
		"azure-native:network:ApplicationGateway": "frontendIPConfigurations",
	}
	some r in lib.by_type[type]
	some config in lib.items(r, property)
}

_checks contains check if {
	some check in checks.table({
		"azure-native:app:ManagedEnvironment": [{
			"property": "vnetConfiguration.internal",
			"good": {true},
			"wanted": true,
			"fault": "has an entrance from the internet",
		}],
		"azure-native:network:NetworkInterface": [{
			"property": "enableIPForwarding",
			"good": {null, false},
			"wanted": false,
			"fault": "forwards what is not its own, as only a firewall may",
		}],
	})
}

# An environment of its own network would let its jobs out past every firewall.
_checks contains {
	"urn": r.urn,
	"property": "vnetConfiguration.infrastructureSubnetId",
	"seen": seen,
	"good": count(network.networks_of(r, "vnetConfiguration", seen)) > 0,
	"wanted": "a subnet of the estate",
	"msg": sprintf("%s stands in no network of the estate", [r.name]),
} if {
	some r in lib.by_type["azure-native:app:ManagedEnvironment"]
	seen := lib.prop(r, "vnetConfiguration.infrastructureSubnetId")
}

# Subnets.

_checks contains {
	"urn": s.r.urn,
	"property": network.path(s, "networkSecurityGroup.id"),
	"seen": network.at(s, "networkSecurityGroup.id"),
	"good": count(network.linked(s, "networkSecurityGroup", "azure-native:network:NetworkSecurityGroup")) > 0,
	"wanted": "a network security group of the estate",
	"msg": sprintf("%s has no network security group", [network.label(s)]),
} if {
	some s in network.workloads
}

_checks contains {
	"urn": s.r.urn,
	"property": network.path(s, "natGateway.id"),
	"seen": network.at(s, "natGateway.id"),
	"good": network.at(s, "natGateway.id") == null,
	"wanted": "no NAT gateway",
	"msg": sprintf("%s has a NAT gateway, a way out past the firewalls", [network.label(s)]),
} if {
	some s in network.workloads
}

# Groups and routes bind the private endpoints of a subnet only when it says so.
_checks contains {
	"urn": r.urn,
	"property": "privateEndpointNetworkPolicies",
	"seen": seen,
	"good": lib.fold(seen) == "enabled",
	"wanted": "Enabled",
	"msg": sprintf("neither the network security group nor the routes of %s bind its private endpoints", [r.name]),
} if {
	some urn in _holding_endpoints
	r := lib.by_urn[urn]
	seen := lib.prop(r, "privateEndpointNetworkPolicies")
}

_holding_endpoints := {urn |
	some r in lib.by_type["azure-native:network:PrivateEndpoint"]
	some urn in lib.targets(r, "subnet", lib.prop(r, "subnet.id"), "azure-native:network:Subnet")
}

_checks contains {
	"urn": r.urn,
	"property": sprintf("securityRules[%s].sourceAddressPrefix", [name]),
	"seen": _source(rule, source),
	"good": _inner(source),
	"wanted": "private address ranges, VirtualNetwork or AzureLoadBalancer",
	"msg": sprintf("rule %s of %s lets traffic in from %v", [name, r.name, source]),
} if {
	some [r, name, rule] in _security_rules
	not lib.fold(lib.at(rule, "direction")) == "outbound"
	not lib.fold(lib.at(rule, "access")) == "deny"
	some source in array.concat(
		[lib.at(rule, "sourceAddressPrefix")],
		_several(lib.at(rule, "sourceAddressPrefixes")),
	)
	not source in {null, ""}
}

_several(sources) := lib.list(sources) if not lib.unknown(sources)

_several(sources) := [sources] if lib.unknown(sources)

# What a rule lets in is not known while it is not known which way it works.
_source(rule, _) := {"$unknown": true} if lib.unknown(lib.veil([lib.at(rule, "direction"), lib.at(rule, "access")]))

_source(rule, source) := source if {
	not lib.unknown(lib.veil([lib.at(rule, "direction"), lib.at(rule, "access")]))
}

_security_rules := array.concat(
	[[r, lib.label(rule, "name"), rule] |
		some r in lib.by_type["azure-native:network:NetworkSecurityGroup"]
		some rule in lib.items(r, "securityRules")
	],
	[[r, r.name, r.props] | some r in lib.by_type["azure-native:network:SecurityRule"]],
)

_checks contains check if {
	some check in checks.visible({
		"azure-native:network:NetworkSecurityGroup": ["securityRules"],
		"azure-native:network:NetworkInterface": ["ipConfigurations"],
		"azure-native:network:LoadBalancer": ["frontendIPConfigurations"],
		"azure-native:network:ApplicationGateway": ["frontendIPConfigurations"],
		"azure-native:network:VirtualNetwork": ["subnets", "virtualNetworkPeerings"],
		"azure-native:network:FirewallPolicyRuleCollectionGroup": ["ruleCollections"],
	})
}

default _inner(_) := false

_inner(source) if lib.fold(source) in {"virtualnetwork", "azureloadbalancer", "gatewaymanager"}

_inner(source) if {
	is_string(source)
	net.cidr_is_valid(source)
	_private(source)
}

_inner(source) if {
	is_string(source)
	net.cidr_is_valid(sprintf("%s/32", [source]))
	_private(source)
}

_private(range) if {
	some private in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
	net.cidr_contains(private, range)
}

# Peerings.

_checks contains {
	"urn": p.r.urn,
	"property": p.path,
	"seen": lib.at(p.props, "remoteVirtualNetwork.id"),
	"good": count(_remotes(p)) > 0,
	"wanted": "a network of the estate",
	"msg": sprintf("%s opens %s to a network outside the estate", [p.r.name, lib.by_urn[p.vnet].name]),
} if {
	some p in network.peerings
}

_checks contains {
	"urn": p.r.urn,
	"property": p.path,
	"seen": lib.unless_veiled(network.kinds, lib.by_urn[remote].name),
	"good": remote in _inner_hubs,
	"wanted": "the network of the innermost firewall",
	"msg": sprintf("%s joins %s to %s past the innermost firewall", [p.r.name, lib.by_urn[p.vnet].name, lib.by_urn[remote].name]),
} if {
	some p in network.peerings
	not network.firewalls_in[p.vnet]
	some remote in _remotes(p)
}

# The other half of the same peering, seen from a hub that is not the innermost.
_checks contains {
	"urn": p.r.urn,
	"property": p.path,
	"seen": lib.unless_veiled(network.kinds, lib.by_urn[remote].name),
	"good": false,
	"wanted": "the network of another firewall",
	"msg": sprintf("%s joins %s to %s past the innermost firewall", [p.r.name, lib.by_urn[p.vnet].name, lib.by_urn[remote].name]),
} if {
	some p in network.peerings
	network.firewalls_in[p.vnet]
	not p.vnet in _inner_hubs
	some remote in _remotes(p)
	not network.firewalls_in[remote]
}

_remotes(p) := lib.targets(p.r, p.top, lib.at(p.props, "remoteVirtualNetwork.id"), "azure-native:network:VirtualNetwork")

_inner_hubs := {vnet |
	some vnet, firewalls in network.firewalls_in
	some firewall in firewalls
	network.depth[firewall] >= _layers
}

_checks contains {
	"urn": r.urn,
	"property": "ipConfigurations",
	"seen": lib.unless_veiled(network.kinds, lib.by_urn[vnet].name),
	"good": _outermost(vnet),
	"wanted": "the network of the outermost firewall",
	"msg": sprintf("%s ends in %s, behind the outermost firewall", [r.name, lib.by_urn[vnet].name]),
} if {
	some r in lib.by_type["azure-native:network:VirtualNetworkGateway"]
	some config in lib.items(r, "ipConfigurations")
	some vnet in network.networks_of(r, "ipConfigurations", lib.at(config, "subnet.id"))
}

default _outermost(_) := false

_outermost(vnet) if {
	some firewall in network.firewalls_in[vnet]
	network.depth[firewall] == 1
}

# Firewall rules.

_checks contains {
	"urn": r.urn,
	"property": sprintf("ruleCollections[%s].rules[%s]", [lib.label(collection, "name"), lib.label(rule, "name")]),
	"seen": _judged(collection, rule),
	"good": _named(collection, rule),
	"wanted": "named destinations, and no management ports from outside",
	"msg": sprintf("rule %s of %s lets traffic through to or from anywhere", [lib.label(rule, "name"), r.name]),
} if {
	some r in lib.by_type["azure-native:network:FirewallPolicyRuleCollectionGroup"]
	some collection in lib.items(r, "ruleCollections")
	some rule in _rules(collection)
}

_rules(collection) := lib.list(lib.at(collection, "rules")) if not lib.unknown(lib.at(collection, "rules"))

_rules(collection) := [lib.at(collection, "rules")] if lib.unknown(lib.at(collection, "rules"))

# _judged is what matters of a rule; the unknown mark while a part of it is not known.
_judged(collection, rule) := lib.veil({path: v |
	some path, v in {
		"action": lib.at(collection, "action.type"),
		"sourceAddresses": lib.at(rule, "sourceAddresses"),
		"destinationAddresses": lib.at(rule, "destinationAddresses"),
		"destinationPorts": lib.at(rule, "destinationPorts"),
		"targetFqdns": lib.at(rule, "targetFqdns"),
		"targetUrls": lib.at(rule, "targetUrls"),
	}
	v != null
})

# _named holds for a rule that is known not to let everything through.
default _named(_, _) := true

_named(collection, rule) := false if lib.unknown(_judged(collection, rule))

_named(collection, rule) := false if _everything(collection, rule)

# _anywhere holds for a word, a range of addresses or a pattern of names that leaves
# next to nothing out: *, Internet, 0.0.0.0/1, 0.0.0.0-255.255.255.255, *.com.
_anywhere(place) if {
	is_string(place)
	regex.match(`^(\*|internet|\*\.[^.]+|[^/]+/[0-7]|0\.0\.0\.0-.*)$`, lower(place))
}

_everything(collection, rule) if {
	lib.fold(lib.at(collection, "action.type")) == "allow"
	some path in ["destinationAddresses", "targetFqdns", "targetUrls"]
	some destination in lib.list(lib.at(rule, path))
	_anywhere(destination)
}

# A rule that lets anybody manage what is inside.
_everything(collection, rule) if {
	lib.fold(lib.at(collection, "action.type")) in {"allow", "dnat"}
	some source in lib.list(lib.at(rule, "sourceAddresses"))
	_anywhere(source)
	some port in lib.list(lib.at(rule, "destinationPorts"))
	_manages(port)
}

# _manages holds for ports, given as 22, 20-25 or *, with a management port among them:
# those of SSH, RDP and WinRM.
_manages("*")

_manages(ports) if {
	is_string(ports)
	bounds := [to_number(bound) | some bound in split(ports, "-"); regex.match(`^\d+$`, bound)]
	some port in {22, 3389, 5985, 5986}
	min(bounds) <= port
	port <= max(bounds)
}

# A group of addresses stands for all of them wherever a rule names it.
_checks contains {
	"urn": r.urn,
	"property": "ipAddresses",
	"seen": lib.veil(seen),
	"good": _bounded(seen),
	"wanted": "named addresses",
	"msg": sprintf("%s stands for every address, so that rules that name it let everything through", [r.name]),
} if {
	some r in lib.by_type["azure-native:network:IpGroup"]
	seen := lib.prop(r, "ipAddresses")
}

default _bounded(_) := false

_bounded(seen) if {
	not lib.unknown(lib.veil(seen))
	count({address | some address in lib.list(seen); _anywhere(address)}) == 0
}
