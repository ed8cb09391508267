# METADATA
# title: Nothing that holds data answers to outside networks
# description: >-
#   Public network access is off on storage, databases, key vaults, backup vaults and
#   log workspaces. Where a list of networks exists besides, it denies by default and
#   names no addresses. No container is anonymous and no other tenant can be
#   replicated to.
# scope: package
# custom:
#   promise: perimeter.private-data
#   controls: [A.5.14, A.8.3, A.8.20]
#   severity: critical
#   remediation: >-
#     Set publicNetworkAccess Disabled, remove firewall rules and address lists, and
#     reach the data through a private endpoint.
#   types:
#     - azure-native:dbforpostgresql:FirewallRule
#     - azure-native:dbforpostgresql:Server
#     - azure-native:insights:Component
#     - azure-native:keyvault:Vault
#     - azure-native:operationalinsights:Workspace
#     - azure-native:recoveryservices:Vault
#     - azure-native:sql:FirewallRule
#     - azure-native:sql:Server
#     - azure-native:storage:BlobContainer
#     - azure-native:storage:StorageAccount
#   facts: []
#   scope: resource
package tillit.rules.perimeter.data_is_private

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.values

promise := "perimeter.private-data"

witness contains {"urn": urn, "designed": {}} if {
	lib.promised(promise)
	some urn in checks.kept(_checks)
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_off := {"good": {"disabled"}, "wanted": "Disabled", "fault": "answers to the public network"}

_closed := {"good": {null, "deny"}, "wanted": "Deny", "fault": "lets every network in by default"}

_nobody := {"good": {null, []}, "wanted": "no addresses", "fault": "lets public addresses in"}

_checks contains check if {
	some check in checks.table({
		"azure-native:storage:StorageAccount": [
			object.union(_off, {"property": "publicNetworkAccess"}),
			object.union(_closed, {"property": "networkRuleSet.defaultAction"}),
			object.union(_nobody, {"property": "networkRuleSet.ipRules"}),
			{"property": "allowBlobPublicAccess", "good": {false}, "wanted": false, "fault": "allows anonymous blobs"},
			{
				"property": "allowCrossTenantReplication",
				"good": {false},
				"wanted": false,
				"fault": "can be replicated to another tenant",
			},
		],
		"azure-native:storage:BlobContainer": [{
			"property": "publicAccess",
			"good": {null, "none"},
			"wanted": "None",
			"fault": "can be read by anybody",
		}],
		"azure-native:sql:Server": [object.union(_off, {"property": "publicNetworkAccess"})],
		"azure-native:keyvault:Vault": [
			object.union(_off, {"property": "properties.publicNetworkAccess"}),
			object.union(_closed, {"property": "properties.networkAcls.defaultAction"}),
			object.union(_nobody, {"property": "properties.networkAcls.ipRules"}),
		],
		"azure-native:recoveryservices:Vault": [object.union(_off, {"property": "properties.publicNetworkAccess"})],
		"azure-native:insights:Component": [
			object.union(_off, {"property": "publicNetworkAccessForIngestion"}),
			object.union(_off, {"property": "publicNetworkAccessForQuery"}),
		],
		"azure-native:operationalinsights:Workspace": [
			object.union(_off, {"property": "publicNetworkAccessForIngestion"}),
			object.union(_off, {"property": "publicNetworkAccessForQuery"}),
		],
	})
}

# A flexible server in a subnet of its own has no public address at all.
_checks contains {
	"urn": r.urn,
	"property": "network.publicNetworkAccess",
	"seen": values.otherwise(lib.prop(r, "network.publicNetworkAccess"), lib.prop(r, "network.delegatedSubnetResourceId")),
	"good": _inward(r),
	"wanted": "a delegated subnet, or Disabled",
	"msg": sprintf("%s answers to the public network", [r.name]),
} if {
	some r in lib.by_type["azure-native:dbforpostgresql:Server"]
}

default _inward(_) := false

_inward(r) if {
	lib.prop(r, "network.publicNetworkAccess") == null
	_inside(r, lib.prop(r, "network.delegatedSubnetResourceId"))
}

_inward(r) if lib.fold(lib.prop(r, "network.publicNetworkAccess")) == "disabled"

_inside(_, subnet) if is_string(subnet)

_inside(r, subnet) if count(lib.targets(r, "network", subnet, "azure-native:network:Subnet")) > 0

_checks contains {
	"urn": r.urn,
	"property": "startIpAddress",
	"seen": lib.prop(r, "startIpAddress"),
	"good": false,
	"wanted": "no firewall rule",
	"msg": sprintf("%s lets public addresses in to a database", [r.name]),
} if {
	some r in lib.of(["azure-native:sql:FirewallRule", "azure-native:dbforpostgresql:FirewallRule"])
}
