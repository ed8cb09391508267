# METADATA
# title: Every data store is reached over a private endpoint
# description: >-
#   Storage accounts, databases and vaults have an approved private endpoint of the
#   right kind whose name is registered in a private zone that a network of the estate
#   reads. A PostgreSQL flexible server may stand in a delegated subnet with a private
#   zone instead.
# scope: package
# custom:
#   promise: perimeter.private-data
#   controls: [A.8.20, A.8.22]
#   severity: high
#   remediation: >-
#     Add a private endpoint in the endpoints subnet and register it in the private
#     DNS zone of its kind.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:keyvault:Vault
#     - azure-native:network:PrivateDnsZoneGroup
#     - azure-native:network:PrivateEndpoint
#     - azure-native:network:PrivateZone
#     - azure-native:network:VirtualNetworkLink
#     - azure-native:recoveryservices:Vault
#     - azure-native:sql:Server
#     - azure-native:storage:StorageAccount
#   facts: [private_zones]
package tillit.rules.perimeter.data_has_endpoint

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.private-data"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some type, _ in _kinds
	some r in lib.by_type[type]
	r.urn in kept
	every endpoint in object.get(_endpoints, r.urn, set()) { endpoint in kept }
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

# _kinds maps a type to its private link groups.
_kinds := {
	"azure-native:storage:StorageAccount": {"blob"},
	"azure-native:sql:Server": {"sqlServer"},
	"azure-native:keyvault:Vault": {"vault"},
	"azure-native:recoveryservices:Vault": {"AzureBackup"},
	"azure-native:dbforpostgresql:Server": {"postgresqlServer"},
}

# Manual connections wait for somebody's approval and do not count.
_endpoints := lib.group([[link[0], link[1]] | some link in _connections])

# _connections is every [store, endpoint, private link group].
_connections := [[target, endpoint.urn, group] |
	some endpoint in lib.by_type["azure-native:network:PrivateEndpoint"]
	some connection in lib.items(endpoint, "privateLinkServiceConnections")
	some type, groups in _kinds
	some group in lib.list(lib.at(connection, "groupIds"))
	group in groups
	some target in lib.targets(endpoint, "privateLinkServiceConnections", lib.at(connection, "privateLinkServiceId"), type)
]

_checks contains {
	"urn": r.urn,
	"property": "privateEndpoint",
	"seen": lib.unless_veiled({"azure-native:network:PrivateEndpoint"} | ({type} & {_postgres}), null),
	"good": count(_reached(r)) > 0,
	"wanted": sprintf("a private endpoint for %s", [concat(" or ", _kinds[type])]),
	"msg": sprintf("%s has no private endpoint", [r.name]),
} if {
	some type, _ in _kinds
	some r in lib.by_type[type]
}

_reached(r) := object.get(_endpoints, r.urn, set()) | {r.urn | _delegated(r)}

_postgres := "azure-native:dbforpostgresql:Server"

_delegated(r) if {
	r.type == _postgres
	count(network.networks_of(r, "network", lib.prop(r, "network.delegatedSubnetResourceId"))) > 0
	some zone in lib.targets(
		r, "network", lib.prop(r, "network.privateDnsZoneArmResourceId"),
		"azure-native:network:PrivateZone",
	)
	_linked[zone]
}

# An endpoint elsewhere would be a way in for somebody else's network.
_checks contains {
	"urn": endpoint,
	"property": "subnet.id",
	"seen": seen,
	"good": count(network.networks_of(lib.by_urn[endpoint], "subnet", seen)) > 0,
	"wanted": "a subnet of the estate",
	"msg": sprintf("%s opens a data store to a network outside the estate", [lib.by_urn[endpoint].name]),
} if {
	some [_, endpoint, _] in _connections
	seen := lib.prop(lib.by_urn[endpoint], "subnet.id")
}

_checks contains {
	"urn": endpoint,
	"property": "privateDnsZoneGroup",
	"seen": lib.unless_veiled({"azure-native:network:PrivateDnsZoneGroup", "azure-native:network:VirtualNetworkLink"}, null),
	"good": count([zone | some zone in object.get(_zones, endpoint, set()); _serves(zone, group)]) > 0,
	"wanted": sprintf("a zone of %s that a network of the estate is linked to", [data.facts.private_zones.value[group]]),
	"msg": sprintf("the name behind %s leads to the public address", [lib.by_urn[endpoint].name]),
} if {
	some [_, endpoint, group] in _connections
}

# _serves holds for the private zone in which Azure looks up a group's names.
_serves(zone, group) if endswith(lower(_zone_name(lib.by_urn[zone])), data.facts.private_zones.value[group])

_zone_name(r) := parts[count(parts) - 1] if parts := split(r.id, "/")

_zones := lib.group([[endpoint, zone] |
	some r in lib.by_type["azure-native:network:PrivateDnsZoneGroup"]
	some config in lib.items(r, "privateDnsZoneConfigs")
	some zone in lib.targets(r, "privateDnsZoneConfigs", lib.at(config, "privateDnsZoneId"), "azure-native:network:PrivateZone")
	_linked[zone]
	some endpoint in lib.container(r)
])

_linked := lib.group([[zone, link.urn] |
	some link in lib.by_type["azure-native:network:VirtualNetworkLink"]
	count(lib.targets(link, "virtualNetwork", lib.prop(link, "virtualNetwork.id"), "azure-native:network:VirtualNetwork")) > 0
	some zone in lib.container(link)
])
