package tillit.rules.perimeter.no_path_around_test

import data.tillit.rules.perimeter.no_path_around as rule
import data.tillit.small_estate as small

test_a_good_estate_keeps_it if {
	found := small.judged(rule.violation, rule.undetermined) with input as small.estate
	found == [set(), set()]
	count(rule.witness) > 0 with input as small.estate
}

test_a_preview_says_the_same if {
	kept := rule.witness with input as small.estate
	rule.witness == kept with input as small.preview
	found := small.judged(rule.violation, rule.undetermined) with input as small.preview
	found == [set(), set()]
}

test_what_is_not_promised_is_not_judged if {
	promises := object.remove(small.promises, [rule.promise])
	empty := object.union(small.broken([small.hide("documents", "location")]), {"promises": null})
	inventory := object.union(empty, {"promises": promises})
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "management over every port", "patches": [small.set("rules", "ruleCollections/0/rules/0", {"name": "storage", "sourceAddresses": ["*"], "destinationAddresses": ["10.0.2.4"], "destinationPorts": ["*"]})], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "an environment in a network of its own", "patches": [small.unset("environment", "vnetConfiguration/infrastructureSubnetId")], "urn": "environment", "property": "vnetConfiguration.infrastructureSubnetId"},
	{"case": "an environment in a network of somebody else", "patches": [small.set("environment", "vnetConfiguration/infrastructureSubnetId", small.id("Microsoft.Network/virtualNetworks/other/subnets/jobs"))], "urn": "environment", "property": "vnetConfiguration.infrastructureSubnetId"},
	{"case": "a machine that forwards", "patches": [small.make("network:NetworkInterface", "nic", "Microsoft.Network/networkInterfaces/nic", {"enableIPForwarding": true})], "urn": "nic", "property": "enableIPForwarding"},
	{"case": "endpoints that no group binds", "patches": [small.unset("data-endpoints", "privateEndpointNetworkPolicies")], "urn": "data-endpoints", "property": "privateEndpointNetworkPolicies"},
	{"case": "a rule for every address on the web", "patches": [small.set("rules", "ruleCollections/0/rules/0/targetUrls", ["*"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "management from anywhere", "patches": [small.set("rules", "ruleCollections/0/rules/0", {"name": "storage", "sourceAddresses": ["*"], "destinationAddresses": ["10.0.2.4"], "destinationPorts": ["20-25"]})], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "in another case", "patches": [small.set("rules", "ruleCollections/0/action/type", "allow"), small.set("rules", "ruleCollections/0/rules/0/destinationAddresses", ["internet"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "a group of all addresses", "patches": [small.make("network:IpGroup", "all", "Microsoft.Network/ipGroups/all", {"ipAddresses": ["0.0.0.0/0"]})], "urn": "all", "property": "ipAddresses"},
	{"case": "a public address nobody guards", "patches": [small.make("network:PublicIPAddress", "stray", "Microsoft.Network/publicIPAddresses/stray", {})], "urn": "stray", "property": "ipConfiguration"},
	{"case": "a public address on a machine", "patches": [small.make("network:NetworkInterface", "nic", "Microsoft.Network/networkInterfaces/nic", {"ipConfigurations": [{"publicIPAddress": {"id": small.id("Microsoft.Network/publicIPAddresses/pip-edge")}}]})], "urn": "nic", "property": "ipConfigurations"},
	{"case": "a public load balancer", "patches": [small.make("network:LoadBalancer", "lb", "Microsoft.Network/loadBalancers/lb", {"frontendIPConfigurations": [{"publicIPAddress": {"id": small.id("Microsoft.Network/publicIPAddresses/pip-edge")}}]})], "urn": "lb", "property": "frontendIPConfigurations"},
	{"case": "a public environment", "patches": [small.unset("environment", "vnetConfiguration")], "urn": "environment", "property": "vnetConfiguration.internal"},
	{"case": "no security group", "patches": [small.unset("data-database", "networkSecurityGroup")], "urn": "data-database", "property": "networkSecurityGroup.id"},
	{"case": "a NAT gateway", "patches": [small.set("data-database", "natGateway", {"id": small.id("Microsoft.Network/natGateways/nat")})], "urn": "data-database", "property": "natGateway.id"},
	{"case": "the internet let in", "patches": [small.set("nsg", "securityRules/1/sourceAddressPrefix", "Internet")], "urn": "nsg", "property": "securityRules[own].sourceAddressPrefix"},
	{"case": "anybody let in", "patches": [small.set("nsg", "securityRules/2/access", "Allow")], "urn": "nsg", "property": "securityRules[rest].sourceAddressPrefix"},
	{"case": "a public range let in", "patches": [small.set("nsg", "securityRules/0/sourceAddressPrefixes/-", "203.0.113.0/24")], "urn": "nsg", "property": "securityRules[apps].sourceAddressPrefix"},
	{"case": "a rule registered on its own", "patches": [small.make("network:SecurityRule", "open", "Microsoft.Network/networkSecurityGroups/nsg/securityRules/open", {"direction": "Inbound", "access": "Allow", "sourceAddressPrefix": "0.0.0.0/0"})], "urn": "open", "property": "securityRules[open].sourceAddressPrefix"},
	{"case": "a peering out of the estate", "patches": [small.set("data-to-inner", "remoteVirtualNetwork/id", small.id("Microsoft.Network/virtualNetworks/stranger"))], "urn": "data-to-inner", "property": "remoteVirtualNetwork.id"},
	{"case": "a peering past the inner firewall", "patches": [small.set("data-to-inner", "remoteVirtualNetwork/id", small.id("Microsoft.Network/virtualNetworks/edge"))], "urn": "data-to-inner", "property": "remoteVirtualNetwork.id"},
	{"case": "the other half of it", "patches": [small.make("network:VirtualNetworkPeering", "shortcut", "Microsoft.Network/virtualNetworks/edge/virtualNetworkPeerings/data", {"remoteVirtualNetwork": {"id": small.id("Microsoft.Network/virtualNetworks/data")}})], "urn": "shortcut", "property": "remoteVirtualNetwork.id"},
	{"case": "a peering inside its network", "patches": [small.set("data", "virtualNetworkPeerings", [{"remoteVirtualNetwork": {"id": small.id("Microsoft.Network/virtualNetworks/edge")}}])], "urn": "data", "property": "virtualNetworkPeerings"},
	{"case": "a gateway behind the firewalls", "patches": [small.set("gateway", "ipConfigurations/0/subnet/id", small.id("Microsoft.Network/virtualNetworks/inner/subnets/GatewaySubnet"))], "urn": "gateway", "property": "ipConfigurations"},
	{"case": "a rule for everything", "patches": [small.set("rules", "ruleCollections/0/rules/0/destinationAddresses", ["*"]), small.set("rules", "ruleCollections/0/rules/0/destinationPorts", ["*"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "a rule for the internet", "patches": [small.set("rules", "ruleCollections/0/rules/0/destinationAddresses", ["0.0.0.0/0"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "a rule for every name", "patches": [small.set("rules", "ruleCollections/0/rules/0/targetFqdns", ["*"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "the internet in two halves", "patches": [small.set("rules", "ruleCollections/0/rules/0/destinationAddresses", ["0.0.0.0/1", "128.0.0.0/1"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "a rule for every name of a domain that is everybody's", "patches": [small.set("rules", "ruleCollections/0/rules/0/targetFqdns", ["*.com"])], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "a group from the first address to the last", "patches": [small.make("network:IpGroup", "all", "Microsoft.Network/ipGroups/all", {"ipAddresses": ["0.0.0.0-255.255.255.255"]})], "urn": "all", "property": "ipAddresses"},
	{"case": "a translation to a management port", "patches": [small.set("rules", "ruleCollections/0", {"name": "in", "action": {"type": "DNAT"}, "rules": [{"name": "ssh", "sourceAddresses": ["*"], "destinationPorts": ["22"]}]})], "urn": "rules", "property": "ruleCollections[in].rules[ssh]"},
]

test_breaks if {
	every broken in _broken {
		print(broken.case)
		found := small.judged(rule.violation, rule.witness) with input as small.broken(broken.patches)
		some v in found[0]
		v.urn == broken.urn
		v.property == broken.property
		v.msg != ""
		not broken.urn in {w.urn | some w in found[1]}
	}
}

# What is not known yet neither keeps nor breaks it.
_hidden := [
	{"case": "the network of an environment", "patches": [small.hide("environment", "vnetConfiguration/infrastructureSubnetId")], "urn": "environment", "property": "vnetConfiguration.infrastructureSubnetId"},
	{"case": "what binds endpoints", "patches": [small.hide("data-endpoints", "privateEndpointNetworkPolicies")], "urn": "data-endpoints", "property": "privateEndpointNetworkPolicies"},
	{"case": "one port of a rule", "patches": [small.set("rules", "ruleCollections/0/rules/0/sourceAddresses", ["*"]), small.hide("rules", "ruleCollections/0/rules/0/destinationPorts/0")], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "one address of a group", "patches": [small.make("network:IpGroup", "all", "Microsoft.Network/ipGroups/all", {"ipAddresses": [{"$unknown": true}]})], "urn": "all", "property": "ipAddresses"},
	{"case": "the security group", "patches": [small.hide("data-database", "networkSecurityGroup")], "urn": "data-database", "property": "networkSecurityGroup.id"},
	{"case": "whom a rule lets in", "patches": [small.hide("nsg", "securityRules/1/sourceAddressPrefix")], "urn": "nsg", "property": "securityRules[own].sourceAddressPrefix"},
	{"case": "which way a rule works", "patches": [small.hide("nsg", "securityRules/2/access")], "urn": "nsg", "property": "securityRules[rest].sourceAddressPrefix"},
	{"case": "several sources", "patches": [small.hide("nsg", "securityRules/0/sourceAddressPrefixes")], "urn": "nsg", "property": "securityRules[apps].sourceAddressPrefix"},
	{"case": "the rules of a group", "patches": [small.hide("nsg", "securityRules")], "urn": "nsg", "property": "securityRules"},
	{"case": "one rule of a group", "patches": [small.hide("nsg", "securityRules/0")], "urn": "nsg", "property": "securityRules"},
	{"case": "a rule of a firewall", "patches": [small.hide("rules", "ruleCollections/0/rules/0/destinationAddresses")], "urn": "rules", "property": "ruleCollections[egress].rules[storage]"},
	{"case": "the rules of a firewall", "patches": [small.hide("rules", "ruleCollections/0/rules")], "urn": "rules", "property": "ruleCollections[egress].rules[?]"},
	{"case": "who holds an address", "patches": [small.hide("gateway", "ipConfigurations/0/publicIPAddress")], "urn": "pip-gateway", "property": "ipConfiguration"},
	{"case": "the other network", "patches": [small.hide("data-to-inner", "remoteVirtualNetwork")], "urn": "data-to-inner", "property": "remoteVirtualNetwork.id"},
	{"case": "the entrance of an environment", "patches": [small.hide("environment", "vnetConfiguration")], "urn": "environment", "property": "vnetConfiguration.internal"},
]

test_unknown if {
	every hidden in _hidden {
		print(hidden.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(hidden.patches)
		some u in found[1]
		u.urn == hidden.urn
		u.property == hidden.property
		not hidden.urn in {v.urn | some v in found[0]}
	}
}

# What looks unusual and is fine.
_fine := [
	{"case": "a group of some addresses", "patches": [small.make("network:IpGroup", "some", "Microsoft.Network/ipGroups/some", {"ipAddresses": ["10.0.0.0/24"]})]},
	{"case": "from anywhere to a port that manages nothing", "patches": [small.set("rules", "ruleCollections/0/rules/0/sourceAddresses", ["*"])]},
	{"case": "the names of one service", "patches": [small.set("rules", "ruleCollections/0/rules/0/targetFqdns", ["*.azurecr.io"])]},
	{"case": "words in another case", "patches": [small.set("nsg", "securityRules/1/sourceAddressPrefix", "virtualnetwork")]},
	{"case": "a NAT gateway for the firewall", "patches": [small.make("network:PublicIPAddress", "pip-nat", "Microsoft.Network/publicIPAddresses/pip-nat", {}), small.make("network:NatGateway", "nat", "Microsoft.Network/natGateways/nat", {"publicIpAddresses": [{"id": small.id("Microsoft.Network/publicIPAddresses/pip-nat")}]})]},
	{"case": "a machine without a public address", "patches": [small.make("network:NetworkInterface", "nic", "Microsoft.Network/networkInterfaces/nic", {"ipConfigurations": [{"name": "private"}]})]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}
