# METADATA
# title: Every store of data goes on when a zone fails
# description: >-
#   A database keeps a synchronous standby in another zone, documents and archives are stored
#   in three zones, and vaults keep their copies in several zones or two regions. The
#   primaries have to; a copy in another region is redundancy itself. Some regions have zones and
#   take no new zone-redundant PostgreSQL server, and there the promise cannot be kept by
#   one.
# scope: package
# custom:
#   promise: continuity.redundant
#   controls: [A.7.11, A.8.14]
#   severity: critical
#   remediation: >-
#     Choose zone redundancy for the database, ZRS or GZRS for the account, and zone- or geo-redundant storage for the vault. Where
#     the region takes no new zone-redundant server, choose another region or Azure SQL; for a server that is
#     older than the stop, waive the finding.
#   types:
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dbforpostgresql:Server
#     - azure-native:recoveryservices:Vault
#     - azure-native:sql:Database
#     - azure-native:storage:StorageAccount
#   facts: [postgres_zone_redundancy_refused, zone_redundant_storage]
package tillit.rules.continuity.redundant_data

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "continuity.redundant"

_refused := data.facts.postgres_zone_redundancy_refused

_check contains {
	"urn": r.urn,
	"property": "location",
	"seen": lib.prop(r, "location"),
	"good": false,
	"wanted": "a region that takes new zone-redundant servers, or Azure SQL",
	"msg": sprintf("%s takes no new zone-redundant PostgreSQL server such as %s (%s, %s)", [lib.location(r), r.name, _refused.source, _refused.dated]),
} if {
	lib.promised(promise)
	some r in stores.postgres
	lib.location(r) in _refused.value
}

_check contains {
	"urn": r.urn,
	"property": "location",
	"seen": lib.prop(r, "location"),
	"good": false,
	"wanted": "a region that takes new zone-redundant servers",
	"msg": sprintf("the region of %s is not known", [r.name]),
} if {
	lib.promised(promise)
	some r in stores.postgres
	lib.unknown(lib.prop(r, "location"))
}

# Where zone redundancy is refused, asking for it would be no help.
_check contains {
	"urn": r.urn,
	"property": "highAvailability.mode",
	"seen": seen,
	"good": lib.fold(seen) == "zoneredundant",
	"wanted": "ZoneRedundant",
	"msg": sprintf("%s has no standby in another zone", [r.name]),
} if {
	lib.promised(promise)
	some r in stores.postgres
	not lib.location(r) in _refused.value
	seen := lib.prop(r, "highAvailability.mode")
}

_check contains {
	"urn": r.urn,
	"property": "zoneRedundant",
	"seen": seen,
	"good": seen == true,
	"wanted": true,
	"msg": sprintf("%s runs in one zone", [r.name]),
} if {
	lib.promised(promise)
	some r in stores.sql
	seen := lib.prop(r, "zoneRedundant")
}

_check contains {
	"urn": r.urn,
	"property": "sku.name",
	"seen": seen,
	"good": lib.fold(seen) in data.facts.zone_redundant_storage.value,
	"wanted": "a SKU with ZRS in its name",
	"msg": sprintf("%s is stored in one building", [r.name]),
} if {
	lib.promised(promise)
	some r in array.concat(stores.documents, stores.archives)
	seen := lib.prop(r, "sku.name")
}

_check contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": lib.fold(seen) in {"georedundant", "zoneredundant"},
	"wanted": "ZoneRedundant or GeoRedundant",
	"msg": sprintf("%s keeps its copies in one building", [r.name]),
} if {
	lib.promised(promise)
	some [r, property, seen] in _vaults
}

# A Recovery Services vault is geo-redundant unless told otherwise.
_vaults := array.concat(
	[[r, _rsv, values.otherwise(lib.prop(r, _rsv), "GeoRedundant")] |
		some r in lib.by_type["azure-native:recoveryservices:Vault"]
	],
	[[r, "properties.storageSettings", _vault_store(lib.prop(r, "properties.storageSettings"))] |
		some r in lib.by_type["azure-native:dataprotection:BackupVault"]
	],
)

_rsv := "properties.redundancySettings.standardTierStorageRedundancy"

# _vault_store is the redundancy of a Backup vault's vault tier.
_vault_store(settings) := type if {
	type := [s.type | some s in settings; lib.fold(lib.at(s, "datastoreType")) == "vaultstore"][0]
} else := lib.veil(settings)

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
