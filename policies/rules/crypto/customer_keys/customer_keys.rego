# METADATA
# title: Everything stored is encrypted under keys of the estate
# description: >-
#   Storage accounts, databases, backup vaults and log workspaces use a
#   customer-managed key that lives in a key vault of the estate, and encrypt twice where Azure
#   offers it. Key vaults themselves are left out: they hold the keys.
# scope: package
# custom:
#   promise: crypto.rest
#   controls: [A.8.24, A.5.33]
#   severity: high
#   remediation: >-
#     Configure the store's customer-managed key with a key of the estate's own vault,
#     and infrastructure encryption at creation.
#   types:
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dbforpostgresql:Server
#     - azure-native:keyvault:Key
#     - azure-native:keyvault:Vault
#     - azure-native:operationalinsights:Cluster
#     - azure-native:operationalinsights:LinkedService
#     - azure-native:operationalinsights:Workspace
#     - azure-native:recoveryservices:Vault
#     - azure-native:sql:EncryptionProtector
#     - azure-native:sql:Server
#     - azure-native:sql:TransparentDataEncryption
#     - azure-native:storage:StorageAccount
#   facts: []
package tillit.rules.crypto.customer_keys

import data.tillit.lib
import data.tillit.lib.checks

promise := "crypto.rest"

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

# _estate_keys is the keys of the estate as host/name, in lower case.
_estate_keys := {sprintf("%s/%s", [_host(parts[n - 3]), parts[n - 1]]) |
	some r in lib.by_type["azure-native:keyvault:Key"]
	lib.container(r)
	parts := split(lower(r.id), "/")
	n := count(parts)
}

_host(vault) := sprintf("%s.vault.azure.net", [vault])

# _places is where stores name their key: the address of a key, or that of a vault
# and a name beside it.
_places := {
	"azure-native:storage:StorageAccount": {
		"uri": "encryption.keyVaultProperties.keyVaultUri",
		"name": "encryption.keyVaultProperties.keyName",
	},
	"azure-native:operationalinsights:Cluster": {
		"uri": "keyVaultProperties.keyVaultUri",
		"name": "keyVaultProperties.keyName",
	},
	"azure-native:dbforpostgresql:Server": {"uri": "dataEncryption.primaryKeyURI"},
	"azure-native:recoveryservices:Vault": {"uri": "properties.encryption.keyVaultProperties.keyUri"},
	"azure-native:dataprotection:BackupVault": {
		"uri": "properties.securitySettings.encryptionSettings.keyVaultProperties.keyUri",
	},
}

_checks contains {
	"urn": r.urn,
	"property": place.uri,
	"seen": _address(r, place),
	"good": _ours(r, place),
	"wanted": "a key in a vault of the estate",
	"msg": sprintf("%s is not encrypted under a key of the estate", [r.name]),
} if {
	some type, place in _places
	some r in lib.by_type[type]
}

# _address is the address of a store's key; null when it has none.
_address(r, place) := {"$unknown": true} if count(_hidden(r, place)) > 0

_address(r, place) := lib.prop(r, place.uri) if count(_hidden(r, place)) == 0

_hidden(r, place) := [path | some path in place; lib.unknown(lib.prop(r, path))]

default _ours(_, _) := false

_ours(r, place) if {
	uri := lib.prop(r, place.uri)
	is_string(uri)
	_key(split(lower(uri), "/"), object.get(place, "name", ""), r) in _estate_keys
}

# While the address is not known the dependency tells whose key it is.
_ours(r, place) if {
	some path in _hidden(r, place)
	count(lib.targets(r, split(path, ".")[0], lib.prop(r, path), "azure-native:keyvault:Key")) > 0
}

# https://vault.vault.azure.net/keys/name/version
_key(parts, "", _) := sprintf("%s/%s", [parts[2], parts[4]])

_key(parts, path, r) := lower(sprintf("%s/%s", [parts[2], lib.prop(r, path)])) if path != ""

_checks contains check if {
	some check in checks.table({
		"azure-native:storage:StorageAccount": [
			{
				"property": "encryption.keySource",
				"good": {"microsoft.keyvault"},
				"wanted": "Microsoft.Keyvault",
				"fault": "is encrypted under Microsoft's keys",
			},
			{
				"property": "encryption.requireInfrastructureEncryption",
				"good": {true},
				"wanted": true,
				"fault": "is not encrypted twice",
			},
		],
		"azure-native:dbforpostgresql:Server": [{
			"property": "dataEncryption.type",
			"good": {"azurekeyvault"},
			"wanted": "AzureKeyVault",
			"fault": "is encrypted under Microsoft's keys",
		}],
		"azure-native:recoveryservices:Vault": [{
			"property": "properties.encryption.infrastructureEncryption",
			"good": {"enabled"},
			"wanted": "Enabled",
			"fault": "is not encrypted twice",
		}],
		"azure-native:dataprotection:BackupVault": [
			{
				"property": "properties.securitySettings.encryptionSettings.state",
				"good": {"enabled"},
				"wanted": "Enabled",
				"fault": "is encrypted under Microsoft's keys",
			},
			{
				"property": "properties.securitySettings.encryptionSettings.infrastructureEncryption",
				"good": {"enabled"},
				"wanted": "Enabled",
				"fault": "is not encrypted twice",
			},
		],
		"azure-native:sql:TransparentDataEncryption": [{
			"property": "state",
			"good": {"enabled"},
			"wanted": "Enabled",
			"fault": "leaves a database unencrypted",
		}],
		"azure-native:operationalinsights:Cluster": [{
			"property": "isDoubleEncryptionEnabled",
			"good": {null, true},
			"wanted": true,
			"fault": "is not encrypted twice",
		}],
	})
}

# A geo-redundant flexible server keeps its backups in another region, under a key
# that has to be there.
_checks contains {
	"urn": r.urn,
	"property": "dataEncryption.geoBackupKeyURI",
	"seen": _address(r, {"uri": "dataEncryption.geoBackupKeyURI"}),
	"good": _ours(r, {"uri": "dataEncryption.geoBackupKeyURI"}),
	"wanted": "a key in a vault of the estate",
	"msg": sprintf("the geo-redundant backups of %s are not encrypted under a key of the estate", [r.name]),
} if {
	some r in lib.by_type["azure-native:dbforpostgresql:Server"]
	lib.fold(lib.prop(r, "backup.geoRedundantBackup")) == "enabled"
}

# Azure SQL names its key on a resource of its own.
_checks contains {
	"urn": r.urn,
	"property": "encryptionProtector",
	"seen": lib.unless_veiled({"azure-native:sql:EncryptionProtector"}, _seen(protectors)),
	"good": _protected(r, protectors),
	"wanted": "AzureKeyVault with a key of the estate",
	"msg": sprintf("%s is not encrypted under a key of the estate", [r.name]),
} if {
	some r in lib.by_type["azure-native:sql:Server"]
	protectors := object.get(_protectors, r.urn, set())
}

_protectors := lib.group([[server, r.urn] |
	some r in lib.by_type["azure-native:sql:EncryptionProtector"]
	some server in lib.container(r)
])

_seen(protectors) := sort({lib.prop(lib.by_urn[urn], "serverKeyType") | some urn in protectors})

default _protected(_, _) := false

# The protector's key is named vault_key_version.
_protected(_, protectors) if {
	some urn in protectors
	r := lib.by_urn[urn]
	lib.fold(lib.prop(r, "serverKeyType")) == "azurekeyvault"
	_server_key(r, lib.prop(r, "serverKeyName"))
}

_server_key(_, name) if {
	is_string(name)
	parts := split(lower(name), "_")
	sprintf("%s/%s", [_host(parts[0]), parts[1]]) in _estate_keys
}

_server_key(r, name) if {
	lib.unknown(name)
	count(lib.targets(r, "serverKeyName", name, "azure-native:keyvault:Key")) > 0
}

# A workspace takes its key from a dedicated cluster.
_checks contains {
	"urn": r.urn,
	"property": "cluster",
	"seen": lib.unless_veiled({"azure-native:operationalinsights:LinkedService"}, null),
	"good": count(object.get(_clusters, r.urn, set())) > 0,
	"wanted": "a dedicated cluster with a key of the estate",
	"msg": sprintf("the logs in %s are not encrypted under a key of the estate", [r.name]),
} if {
	some r in lib.by_type["azure-native:operationalinsights:Workspace"]
}

_clusters := lib.group([[workspace, cluster] |
	some r in lib.by_type["azure-native:operationalinsights:LinkedService"]
	some workspace in lib.container(r)
	some cluster in lib.targets(
		r,
		"writeAccessResourceId",
		lib.prop(r, "writeAccessResourceId"),
		"azure-native:operationalinsights:Cluster",
	)
])
