package tillit.rules.continuity.redundant_data_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.continuity.redundant_data

_pg := "Microsoft.DBforPostgreSQL/flexibleServers"

_account(name, props) := fx.resource("storage:StorageAccount", name, sprintf("Microsoft.Storage/storageAccounts/%s", [name]), props)

_all := [
	fx.resource("dbforpostgresql:Server", "pg", sprintf("%s/pg", [_pg]), {"location": "Sweden Central", "highAvailability": {"mode": "ZoneRedundant"}}),
	fx.resource("dbforpostgresql:Server", "pg-copy", sprintf("%s/pg-copy", [_pg]), {
		"location": "westeurope",
		"createMode": "Replica",
		"sourceServerResourceId": fx.id(sprintf("%s/pg", [_pg])),
	}),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/home/databases/db", {"location": "westeurope", "zoneRedundant": true}),
	_account("docs", {"location": "swedencentral", "sku": {"name": "Standard_RAGZRS"}}),
	_account("logs", {
		"location": "swedencentral",
		"sku": {"name": "Standard_ZRS"},
		"immutableStorageWithVersioning": {"enabled": true},
		"tags": {"class": "logs"},
	}),
	fx.resource("recoveryservices:Vault", "rsv", "Microsoft.RecoveryServices/vaults/rsv", {"properties": {"redundancySettings": {"standardTierStorageRedundancy": "ZoneRedundant"}}}),
	fx.resource("dataprotection:BackupVault", "vault", "Microsoft.DataProtection/backupVaults/vault", {"properties": {"storageSettings": [
		{"datastoreType": "OperationalStore", "type": "LocallyRedundant"},
		{"datastoreType": "VaultStore", "type": "GeoRedundant"},
	]}}),
]

_on(resources) := fx.inventory({"continuity.redundant": {}}, resources)

test_every_primary_is_redundant if {
	{w.urn | some w in redundant_data.witness} == {"pg", "db", "docs", "logs", "rsv", "vault"} with input as _on(_all)
	count(redundant_data.violation) == 0 with input as _on(_all)
	count(redundant_data.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(redundant_data.witness) == 0 with input as fx.inventory({}, _all)
	count(redundant_data.violation) == 0 with input as fx.inventory({}, fx.changed(_all, "pg", "/highAvailability", null))
}

_cases := [
	["pg", "/highAvailability/mode", "SameZone", "highAvailability.mode"],
	["pg", "/highAvailability", null, "highAvailability.mode"],
	["db", "/zoneRedundant", false, "zoneRedundant"],
	["db", "/zoneRedundant", null, "zoneRedundant"],
	["docs", "/sku/name", "Standard_GRS", "sku.name"],
	["logs", "/sku/name", "Standard_LRS", "sku.name"],
	["rsv", "/properties/redundancySettings/standardTierStorageRedundancy", "LocallyRedundant", "properties.redundancySettings.standardTierStorageRedundancy"],
	["vault", "/properties/storageSettings/1/type", "LocallyRedundant", "properties.storageSettings"],
	["vault", "/properties/storageSettings", [], "properties.storageSettings"],
]

test_one_building_is_a_violation if {
	every case in _cases {
		found := redundant_data.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_a_vault_is_geo_redundant_unless_told_otherwise if {
	count(redundant_data.violation) == 0 with input as _on(fx.changed(_all, "rsv", "/properties", null))
}

# Zone redundancy that Azure refuses is named with its source, whatever is asked for.
test_refused_regions if {
	every region in ["westeurope", "northeurope", "Germany West Central"] {
		every mode in ["ZoneRedundant", "SameZone"] {
			moved := fx.changed(fx.changed(_all, "pg", "/location", region), "pg", "/highAvailability/mode", mode)
			found := redundant_data.violation with input as _on(moved)
			fx.at(found) == {["pg", "location"]}
			every v in found {
				contains(v.msg, "takes no new zone-redundant PostgreSQL server")
				contains(v.msg, "includes/regions-table.md")
				contains(v.msg, "2025-12-22")
			}
		}
	}
}

test_unknown_is_undetermined if {
	every case in array.concat(_cases, [["pg", "/location", null, "location"]]) {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := redundant_data.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(redundant_data.violation) == 0 with input as _on(resources)
	}
}
