# METADATA
# title: Several operators connect the estate
# description: >-
#   As many operators as are promised each carry a connection of their own to a
#   gateway whose instances stand in several zones, and the outermost firewall
#   leaves from addresses of as many prefixes. A VPN counts as one operator: it runs over the
#   internet, whoever carries it. A circuit without a connection carries nothing.
# scope: package
# custom:
#   promise: perimeter.uplinks
#   controls: [A.7.11, A.8.14, A.8.21]
#   severity: high
#   remediation: >-
#     Order a circuit from another operator, or a VPN, connect it to a zone-redundant gateway that learns routes, and give the
#     firewall an address from a prefix for each operator.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:ExpressRouteCircuit
#     - azure-native:network:PublicIPAddress
#     - azure-native:network:PublicIPPrefix
#     - azure-native:network:RouteTable
#     - azure-native:network:Subnet
#     - azure-native:network:VirtualNetworkGateway
#     - azure-native:network:VirtualNetworkGatewayConnection
#   facts: [zone_redundant_gateways]
package tillit.rules.perimeter.uplinks

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.uplinks"

_wanted := lib.promised(promise).operators

_n(kind) := sprintf("azure-native:network:%s", [kind])

_connections := object.get(lib.by_type, _n("VirtualNetworkGatewayConnection"), [])

_circuits := object.get(lib.by_type, _n("ExpressRouteCircuit"), [])

_gateways := object.get(lib.by_type, _n("VirtualNetworkGateway"), [])

# _kinds is the types that make an uplink. When one of them has something that is
# not known and unexplained, a missing uplink may yet turn out to be there.
_kinds := {_n("ExpressRouteCircuit"), _n("VirtualNetworkGateway"), _n("VirtualNetworkGatewayConnection")}

_of_type(r, type) if lib.fold(lib.prop(r, "connectionType")) == type

_ends(r, top, type) := lib.targets(r, top, lib.prop(r, sprintf("%s.id", [top])), type)

# _joined maps a circuit to the gateways that a connection joins it to.
_joined := lib.group([[circuit, gateway] |
	some r in _connections
	_of_type(r, "expressroute")
	some circuit in _ends(r, "peer", _n("ExpressRouteCircuit"))
	some gateway in _ends(r, "virtualNetworkGateway1", _n("VirtualNetworkGateway"))
])

_tunnels := {r.urn |
	some r in _connections
	_of_type(r, "ipsec")
	some _ in _ends(r, "virtualNetworkGateway1", _n("VirtualNetworkGateway"))
	lib.prop(r, "localNetworkGateway2.id") != null
}

_provider := "serviceProviderProperties.serviceProviderName"

_operators := {operator |
	some urn, _ in _joined
	operator := lib.prop(lib.by_urn[urn], _provider)
	is_string(operator)
} | {"the internet, by VPN" | some _ in _tunnels}

_check contains {
	"urn": "",
	"property": "",
	"seen": lib.unless_veiled(_kinds, sort(_operators)),
	"good": count({lower(operator) | some operator in _operators}) >= _wanted,
	"wanted": sprintf("%d operators", [_wanted]),
	"msg": sprintf("%d of %d operators connect the estate", [count({lower(operator) | some operator in _operators}), _wanted]),
} if {
	_wanted
}

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": lib.unless_veiled(_kinds, null),
	"good": count(object.get(_joined, r.urn, set())) > 0,
	"wanted": "a connection to a gateway",
	"msg": sprintf("nothing connects %s to a gateway", [r.name]),
} if {
	_wanted
	some r in _circuits
}

_check contains {
	"urn": r.urn,
	"property": _provider,
	"seen": seen,
	"good": is_string(seen),
	"wanted": "the name of an operator",
	"msg": sprintf("%s names no operator", [r.name]),
} if {
	_wanted
	some r in _circuits
	seen := lib.prop(r, _provider)
}

_check contains check if {
	_wanted
	some check in checks.table({_n("VirtualNetworkGateway"): [{
		"property": "sku.name",
		"good": {sku | some sku in data.facts.zone_redundant_gateways.value},
		"wanted": "a SKU with AZ in its name",
		"fault": "stands in one zone, and all uplinks with it",
	}]})
}

# A gateway that learns no routes has nobody to send to.
_check contains {
	"urn": urn,
	"property": "disableBgpRoutePropagation",
	"seen": seen,
	"good": seen in {null, false},
	"wanted": false,
	"msg": sprintf("%s keeps the gateway from learning routes", [lib.by_urn[urn].name]),
} if {
	_wanted
	some s in network.subnets
	s.name == "GatewaySubnet"
	some urn in network.tables(s)
	seen := lib.prop(lib.by_urn[urn], "disableBgpRoutePropagation")
}

# The outermost firewalls are those with public addresses beside a gateway.
_check contains {
	"urn": urn,
	"property": "ipConfigurations",
	"seen": lib.unless_veiled({_n("AzureFirewall"), _n("PublicIPAddress")}, sort(prefixes)),
	"good": count(prefixes) >= _wanted,
	"wanted": sprintf("addresses from %d prefixes", [_wanted]),
	"msg": sprintf("%s leaves from addresses of %d prefixes", [lib.by_urn[urn].name, count(prefixes)]),
} if {
	_wanted
	some vnet in _beside
	some urn in object.get(network.firewalls_in, vnet, set())
	addresses := object.get(_addresses, urn, set())
	count(addresses) > 0
	prefixes := {prefix | some address in addresses; some prefix in object.get(_prefixes, address, set())}
}

# _beside is the networks that a gateway stands in.
_beside := {vnet |
	some r in _gateways
	some config in lib.items(r, "ipConfigurations")
	some vnet in network.networks_of(r, "ipConfigurations", lib.at(config, "subnet.id"))
}

# _addresses maps a firewall to its public addresses.
_addresses := lib.group([[r.urn, address] |
	some r in network.firewalls
	some config in lib.items(r, "ipConfigurations")
	some address in lib.targets(r, "ipConfigurations", lib.at(config, "publicIPAddress.id"), _n("PublicIPAddress"))
])

# _prefixes maps a public address to the prefix it is from.
_prefixes := lib.group([[r.urn, prefix] |
	some r in lib.by_type[_n("PublicIPAddress")]
	some prefix in _from(r, lib.prop(r, "publicIPPrefix.id"))
])

_from(r, id) := lib.targets(r, "publicIPPrefix", id, _n("PublicIPPrefix")) if not lib.outside(id)

# A prefix may be the organisation's own and stand outside the estate.
_from(_, id) := {lower(id)} if lib.outside(id)

witness contains {"urn": urn, "designed": {"operators": count({lower(operator) | some operator in _operators})}} if {
	some urn in checks.kept(_check)
	lib.by_urn[urn].type in _kinds
}

witness contains {"urn": urn, "designed": {"operators": count({lower(operator) | some operator in _operators})}} if {
	_wanted
	some urn in _tunnels
}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
