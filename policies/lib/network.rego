# METADATA
# title: How packets travel
# description: >-
#   Ties subnets, route tables, peerings and firewalls together, and tells for every
#   subnet which firewalls its traffic to the internet passes. Everything is found by
#   index, so that the cost grows with the number of resources and not its square.
# scope: package
package tillit.lib.network

import data.tillit.lib

# platform are the subnets whose names Azure reserves for its own appliances. They
# carry no workload.
platform := {
	"azurefirewallsubnet",
	"azurefirewallmanagementsubnet",
	"gatewaysubnet",
	"azurebastionsubnet",
	"routeserversubnet",
}

# subnets is every subnet, registered on its own or inside its network, as
# {"r": the resource that declares it, "inline", "name", "props", "vnet": the URN of
# its network or ""}.
subnets := array.concat(_registered, _inline)

_registered := [subnet |
	some r in lib.by_type["azure-native:network:Subnet"]
	subnet := {"r": r, "inline": false, "name": _name(r), "props": r.props, "vnet": _vnet(r)}
]

# A network that was read back lists the registered subnets too.
_inline := [subnet |
	some r in lib.by_type["azure-native:network:VirtualNetwork"]
	some props in lib.items(r, "subnets")
	name := lib.label(props, "name")
	not lower(name) in object.get(_known_names, r.urn, set())
	subnet := {"r": r, "inline": true, "name": name, "props": props, "vnet": r.urn}
]

_known_names := lib.group([[s.vnet, lower(s.name)] | some s in _registered])

_name(r) := parts[count(parts) - 1] if parts := split(r.id, "/")

_vnet(r) := [urn | some urn in lib.container(r)][0] if lib.container(r)

_vnet(r) := "" if not lib.container(r)

# workloads are the subnets that are not the platform's.
workloads := [s | some s in subnets; not lower(s.name) in platform]

# of_firewalls are the subnets that firewalls stand in.
of_firewalls := [s | some s in subnets; lower(s.name) == "azurefirewallsubnet"]

# label names a subnet in a message.
label(s) := sprintf("subnet %s of %s", [s.name, lib.by_urn[s.vnet].name])

label(s) := sprintf("subnet %s", [s.name]) if not lib.by_urn[s.vnet]

# at is a subnet's property; path names it from the resource that declares it.
at(s, path) := lib.at(s.props, path)

path(s, property) := property if not s.inline

path(s, property) := sprintf("subnets[%s].%s", [s.name, property]) if s.inline

# linked is the URNs of the resources of a type that a subnet's property refers to.
linked(s, property, type) := lib.targets(s.r, _top(s, property), at(s, sprintf("%s.id", [property])), type)

_top(s, property) := property if not s.inline

_top(s, _) := "subnets" if s.inline

# prefixes is a subnet's address ranges.
prefixes(s) := {p |
	some p in array.concat([at(s, "addressPrefix")], lib.list(at(s, "addressPrefixes")))
	is_string(p)
	net.cidr_is_valid(p)
}

# tables is the URNs of a subnet's route table.
tables(s) := linked(s, "routeTable", "azure-native:network:RouteTable")

# routes maps a route table to its routes, {"r", "top", "name", "props"}.
routes := lib.group(array.concat(_inner_routes, _outer_routes))

_inner_routes := [[r.urn, {"r": r.urn, "top": "routes", "name": lib.label(props, "name"), "props": props}] |
	some r in lib.by_type["azure-native:network:RouteTable"]
	some props in lib.items(r, "routes")
]

_outer_routes := [[table, {"r": r.urn, "top": "nextHopIpAddress", "name": _name(r), "props": r.props}] |
	some r in lib.by_type["azure-native:network:Route"]
	some table in lib.container(r)
]

# networks_of is the URNs of the networks of the subnet that a value refers to.
networks_of(_, _, value) := object.get(lib.by_id, lower(concat("/", array.slice(split(value, "/"), 0, 9))), set()) if {
	is_string(value)
}

networks_of(r, top, value) := {vnet |
	some urn in lib.targets(r, top, value, "azure-native:network:Subnet")
	some vnet in lib.container(lib.by_urn[urn])
} if {
	not is_string(value)
}

# peers maps a network to the networks it is peered with.
peers := lib.group([[p.vnet, remote] |
	some p in peerings
	some remote in lib.targets(p.r, p.top, lib.at(p.props, "remoteVirtualNetwork.id"), "azure-native:network:VirtualNetwork")
])

# peerings is every peering, {"r", "top", "path", "vnet", "props"}.
peerings := array.concat(
	[{"r": r, "top": "remoteVirtualNetwork", "path": "remoteVirtualNetwork.id", "vnet": vnet, "props": r.props} |
		some r in lib.by_type["azure-native:network:VirtualNetworkPeering"]
		vnet := _vnet(r)
	],
	[{"r": r, "top": "virtualNetworkPeerings", "path": "virtualNetworkPeerings", "vnet": r.urn, "props": props} |
		some r in lib.by_type["azure-native:network:VirtualNetwork"]
		some props in lib.items(r, "virtualNetworkPeerings")
	],
)

firewalls := [r | some r in lib.by_type["azure-native:network:AzureFirewall"]]

# networks_behind maps a firewall to the network it stands in.
networks_behind := lib.group([[r.urn, vnet] |
	some r in firewalls
	some config in lib.items(r, "ipConfigurations")
	some vnet in networks_of(r, "ipConfigurations", lib.at(config, "subnet.id"))
])

# firewalls_in maps a network to its firewalls.
firewalls_in := lib.group([[vnet, urn] | some urn, vnets in networks_behind; some vnet in vnets])

_firewall_ranges := lib.group([[s.vnet, p] |
	some s in of_firewalls
	some p in prefixes(s)
])

# default_routes is a subnet's routes to the whole internet.
default_routes(s) := {route |
	some table in tables(s)
	some route in routes[table]
	route.props.addressPrefix == "0.0.0.0/0"
}

# hops is the firewalls that a route of a subnet goes to: in its own network or in
# one it is peered with, at an address of the firewall's subnet or, while the
# address is not known, one the route depends on.
hops(s, route) := {firewall |
	lib.fold(route.props.nextHopType) == "virtualappliance"
	some vnet in (object.get(peers, s.vnet, set()) | {s.vnet})
	some firewall in firewalls_in[vnet]
	_at(route, vnet, firewall)
}

_at(route, vnet, _) if {
	ip := route.props.nextHopIpAddress
	is_string(ip)
	net.cidr_is_valid(sprintf("%s/32", [ip]))
	some range in _firewall_ranges[vnet]
	net.cidr_contains(range, ip)
}

_at(route, _, firewall) if {
	lib.unknown(route.props.nextHopIpAddress)
	firewall in lib.by_urn[route.r].propertyDependsOn[route.top]
}

_default_hops(s) := {firewall | some route in default_routes(s); some firewall in hops(s, route)}

# onward maps a firewall to the firewalls its own traffic to the internet goes to.
onward := object.union(
	{r.urn: set() | some r in firewalls},
	lib.group([[firewall, next] |
		some s in of_firewalls
		some firewall in firewalls_in[s.vnet]
		some next in _default_hops(s)
	]),
)

# kinds is the types that tell how packets travel. When one of them has something
# that is not known and unexplained, a missing way may yet turn out to be there.
kinds := {
	"azure-native:network:AzureFirewall",
	"azure-native:network:Route",
	"azure-native:network:RouteTable",
	"azure-native:network:Subnet",
	"azure-native:network:VirtualNetwork",
	"azure-native:network:VirtualNetworkPeering",
}

# passed is the firewalls that a subnet's traffic to the internet goes through.
passed(s) := graph.reachable(onward, _default_hops(s))

# depth maps a firewall to the number of firewalls on its way out, itself included.
depth := {urn: count(graph.reachable(onward, {urn})) | some urn, _ in onward}
