# METADATA
# title: Azure's own copies in the paired region
# description: >-
#   Says of a store where the copy lies that Azure itself keeps of it, and how far
#   behind it may be, for messages that tell why such a copy keeps no promise.
# scope: package
package tillit.lib.geo

import data.tillit.lib
import data.tillit.lib.values

# clause goes on after a message; empty for a store that Azure keeps no such copy of.
clause(r) := sprintf("; %s copies it to %s, the pair of %s, which cannot be chosen", [sku, _pair(r), lib.location(r)]) if {
	r.type == "azure-native:storage:StorageAccount"
	sku := lib.prop(r, "sku.name")
	lib.fold(sku) in {lower(geo) | some geo in data.facts.storage_geo_skus.value}
	_pair(r)
} else := sprintf("; its backups in %s, the pair of %s, are up to %s behind and are no copy in use", [
	_pair(r),
	lib.location(r),
	values.spell(data.facts.geo_copy_lag.value.database),
]) if {
	_backed_up_elsewhere(r)
	_pair(r)
} else := ""

_pair(r) := data.facts.regions.value[lib.location(r)].pair

_backed_up_elsewhere(r) if lib.fold(lib.prop(r, "backup.geoRedundantBackup")) == "enabled"

_backed_up_elsewhere(r) if {
	r.type == "azure-native:sql:Database"
	lib.fold(lib.prop(r, "requestedBackupStorageRedundancy")) in {null, "geo", "geozone"}
}
