# METADATA
# title: Backups are stored in another region than production
# description: >-
#   Backups must survive the loss of the region they were made in: a server's in
#   geo-redundant backup storage, a vault's in the paired region and restorable
#   from there, documents in the paired region or in a replicated account. A live
#   replica is no backup of a database: it follows every deletion.
# scope: package
# custom:
#   promise: backup.elsewhere
#   controls: [A.8.13, A.8.14]
#   severity: critical
#   remediation: Choose geo-redundant backup storage; a flexible server takes it only when it is created, a vault only before its first backup.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:storage:StorageAccount
#     - azure-native:recoveryservices:Vault
#     - azure-native:dataprotection:BackupVault
#   facts: [storage_geo_skus]
package tillit.rules.backup.elsewhere

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "backup.elsewhere"

# _wanted is what each kind of resource has to say: the property, the values that
# keep the promise and the value that Azure takes when none is given.
_wanted := {
	"azure-native:dbforpostgresql:Server": [{
		"path": "backup.geoRedundantBackup",
		"accepted": {"Enabled"},
		"default": "Disabled",
	}],
	"azure-native:sql:Database": [{
		"path": "requestedBackupStorageRedundancy",
		"accepted": {"Geo", "GeoZone"},
		"default": "Geo",
	}],
	"azure-native:recoveryservices:Vault": [
		{
			"path": "properties.redundancySettings.standardTierStorageRedundancy",
			"accepted": {"GeoRedundant"},
			"default": "GeoRedundant",
		},
		{
			"path": "properties.redundancySettings.crossRegionRestore",
			"accepted": {"Enabled"},
			"default": "Disabled",
		},
	],
	"azure-native:dataprotection:BackupVault": [{
		"path": "properties.featureSettings.crossRegionRestoreSettings.state",
		"accepted": {"Enabled"},
		"default": "Disabled",
	}],
}

_subjects := [r |
	lib.promised(promise)
	some r in array.concat(
		stores.databases,
		lib.of(["azure-native:recoveryservices:Vault", "azure-native:dataprotection:BackupVault"]),
	)
]

_check contains {
	"urn": r.urn,
	"property": want.path,
	"seen": seen,
	"good": lib.fold(seen) in {lower(value) | some value in want.accepted},
	"wanted": concat(" or ", sort(want.accepted)),
	"msg": sprintf("%s keeps its backups in the region of production, or nowhere else that they can be restored from", [r.name]),
} if {
	some r in _subjects
	some want in _wanted[r.type]
	seen := values.otherwise(lib.prop(r, want.path), want["default"])
}

_check contains {
	"urn": r.urn,
	"property": "properties.storageSettings",
	"seen": seen,
	"good": lib.fold(seen) == "georedundant",
	"wanted": "GeoRedundant",
	"msg": sprintf("%s keeps its copies in one region", [r.name]),
} if {
	some r in _subjects
	r.type == "azure-native:dataprotection:BackupVault"
	seen := _vault_store(lib.prop(r, "properties.storageSettings"))
}

# _vault_store is the redundancy of a Backup vault's vault tier.
_vault_store(settings) := type if {
	type := [s.type | some s in settings; lib.fold(s.datastoreType) == "vaultstore"][0]
} else := settings if {
	lib.unknown(settings)
} else := null

_accounts := [r |
	lib.promised(promise)
	some r in array.concat(stores.documents, stores.document_archives)
]

_check contains {
	"urn": r.urn,
	"property": "sku.name",
	"seen": seen,
	"good": _safe(r, seen),
	"wanted": concat(" or ", sort(data.facts.storage_geo_skus.value)),
	"msg": sprintf("%s has no copy in another region", [r.name]),
} if {
	some r in _accounts
	seen := lib.prop(r, "sku.name")
}

default _safe(_, _) := false

_safe(_, sku) if lib.fold(sku) in {lower(geo) | some geo in data.facts.storage_geo_skus.value}

_safe(r, _) if stores.copies[r.urn]

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
