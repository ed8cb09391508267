package tillit.rules.backup.elsewhere_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.backup.elsewhere

_all := [
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {"backup": {"geoRedundantBackup": "Enabled"}}),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/s/databases/db", {"requestedBackupStorageRedundancy": "GeoZone"}),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {
		"location": "westeurope",
		"sku": {"name": "Standard_GZRS"},
	}),
	fx.resource("storage:StorageAccount", "archive", "Microsoft.Storage/storageAccounts/archive", {
		"sku": {"name": "Standard_GRS"},
		"immutableStorageWithVersioning": {"enabled": true},
	}),
	fx.resource("storage:StorageAccount", "logs", "Microsoft.Storage/storageAccounts/logs", {
		"sku": {"name": "Standard_ZRS"},
		"tags": {"class": "logs"},
		"immutableStorageWithVersioning": {"enabled": true},
	}),
	fx.resource("recoveryservices:Vault", "rsv", "Microsoft.RecoveryServices/vaults/rsv", {"properties": {"redundancySettings": {
		"standardTierStorageRedundancy": "GeoRedundant",
		"crossRegionRestore": "Enabled",
	}}}),
	fx.resource("dataprotection:BackupVault", "vault", "Microsoft.DataProtection/backupVaults/vault", {"properties": {
		"featureSettings": {"crossRegionRestoreSettings": {"state": "Enabled"}},
		"storageSettings": [{"datastoreType": "VaultStore", "type": "GeoRedundant"}],
	}}),
]

_on(resources) := fx.inventory({"backup.elsewhere": {}}, resources)

test_all_elsewhere if {
	{w.urn | some w in elsewhere.witness} == {"pg", "db", "docs", "archive", "rsv", "vault"} with input as _on(_all)
	count(elsewhere.violation) == 0 with input as _on(_all)
	count(elsewhere.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(elsewhere.witness) == 0 with input as fx.inventory({}, _all)
	count(elsewhere.violation) == 0 with input as fx.inventory({}, _all)
}

_cases := [
	["pg", "/backup/geoRedundantBackup", "Disabled", "backup.geoRedundantBackup"],
	["db", "/requestedBackupStorageRedundancy", "Zone", "requestedBackupStorageRedundancy"],
	["docs", "/sku/name", "Standard_ZRS", "sku.name"],
	["archive", "/sku/name", "Standard_LRS", "sku.name"],
	["rsv", "/properties/redundancySettings/standardTierStorageRedundancy", "LocallyRedundant", "properties.redundancySettings.standardTierStorageRedundancy"],
	["rsv", "/properties/redundancySettings/crossRegionRestore", "Disabled", "properties.redundancySettings.crossRegionRestore"],
	["vault", "/properties/featureSettings", {}, "properties.featureSettings.crossRegionRestoreSettings.state"],
	["vault", "/properties/storageSettings/0/type", "LocallyRedundant", "properties.storageSettings"],
	["vault", "/properties/storageSettings", [], "properties.storageSettings"],
]

test_one_region_is_a_violation if {
	every case in _cases {
		found := elsewhere.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := elsewhere.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(elsewhere.violation) == 0 with input as _on(resources)
	}
}

test_azures_defaults if {
	bare := fx.dropped(fx.dropped(_all, "pg", "/backup"), "db", "/requestedBackupStorageRedundancy")
	found := elsewhere.violation with input as _on(bare)
	fx.at(found) == {["pg", "backup.geoRedundantBackup"]}
}

test_a_live_replica_is_no_backup if {
	replica := fx.resource("dbforpostgresql:Server", "copy", "Microsoft.DBforPostgreSQL/flexibleServers/copy", {
		"createMode": "Replica",
		"location": "norwayeast",
		"sourceServerResourceId": fx.id("Microsoft.DBforPostgreSQL/flexibleServers/pg"),
	})
	local := array.concat(fx.changed(_all, "pg", "/backup/geoRedundantBackup", "Disabled"), [replica])
	found := elsewhere.violation with input as _on(local)
	fx.at(found) == {["pg", "backup.geoRedundantBackup"]}
}

_policy(home) := fx.resource(
	"storage:ObjectReplicationPolicy", sprintf("policy-%s", [home]),
	sprintf("Microsoft.Storage/storageAccounts/%s/objectReplicationPolicies/default", [home]),
	{
		"sourceAccount": fx.id("Microsoft.Storage/storageAccounts/docs"),
		"destinationAccount": fx.id("Microsoft.Storage/storageAccounts/copy"),
		"rules": [{
			"sourceContainer": "files",
			"destinationContainer": "files",
			"filters": {"minCreationTime": "1601-01-01T00:00:00Z"},
		}],
	},
)

_copied := array.concat(fx.changed(_all, "docs", "/sku/name", "Standard_ZRS"), [
	fx.resource("storage:StorageAccount", "copy", "Microsoft.Storage/storageAccounts/copy", {"location": "norwayeast"}),
	fx.resource(
		"storage:BlobContainer", "files", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/files",
		{"containerName": "files"},
	),
	_policy("docs"),
	_policy("copy"),
])

test_replicated_documents_are_elsewhere if {
	count(elsewhere.violation) == 0 with input as _on(_copied)
	near := elsewhere.violation with input as _on(fx.changed(_copied, "copy", "/location", "westeurope"))
	fx.at(near) == {["docs", "sku.name"]}
}
