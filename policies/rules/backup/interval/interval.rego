# METADATA
# title: Recovery points are as dense as promised, as far back as promised
# description: >-
#   A database's recovery points come from its log backups, whose pace Azure sets;
#   a document's from point-in-time restore, which needs versions, the change feed
#   and soft delete, each kept longer than the restore window. What the platform
#   cannot do at the promised pace is refused with the arithmetic.
# scope: package
# custom:
#   promise: backup.interval
#   controls: [A.8.13]
#   severity: critical
#   remediation: Keep the log backups, versions, change feed and soft-deleted blobs for the promised time.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:sql:BackupShortTermRetentionPolicy
#     - azure-native:storage:StorageAccount
#     - azure-native:storage:BlobServiceProperties
#     - azure-native:storage:BlobContainer
#     - azure-native:storage:BlobContainerImmutabilityPolicy
#     - azure-native:insights:DiagnosticSetting
#   facts: [blob_restore_most, database_backups_most, postgres_recovery_point, postgres_retention_default, sql_log_backup_interval, sql_retention_default]
package tillit.rules.backup.interval

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.diagnostics
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "backup.interval"

_every := lib.promised(promise).every.seconds

_for := lib.promised(promise).for.seconds

_day := 86400

# _points is the means of a database: how far apart its recovery points are, the
# days they are kept, and where that is set.
_points := object.union(_postgres, _sql)

_postgres := {r.urn: points |
	_every
	some r in stores.postgres
	points := {
		"every": data.facts.postgres_recovery_point.value,
		"days": values.otherwise(lib.prop(r, "backup.backupRetentionDays"), data.facts.postgres_retention_default.value),
		"property": "backup.backupRetentionDays",
	}
}

_sql := {r.urn: points |
	_every
	some r in stores.sql
	points := {
		"every": data.facts.sql_log_backup_interval.value,
		"days": _sql_days(r.urn),
		"property": "retentionDays",
	}
}

_sql_days(urn) := [lib.prop(lib.by_urn[policy], "retentionDays") | some policy in _short_term[urn]][0]

_sql_days(urn) := data.facts.sql_retention_default.value if not _short_term[urn]

_short_term := stores.children(["azure-native:sql:BackupShortTermRetentionPolicy"])

_check contains {
	"urn": urn,
	"property": "",
	"seen": values.spell(points.every),
	"good": points.every <= _every,
	"wanted": sprintf("at most %s", [values.spell(_every)]),
	"msg": sprintf("%s cannot have a recovery point every %s: Azure makes one every %s", [
		lib.by_urn[urn].name,
		values.spell(_every),
		values.spell(points.every),
	]),
} if {
	some urn, points in _points
}

_check contains {
	"urn": urn,
	"property": points.property,
	"seen": points.days,
	"good": values.at_least(points.days, _for / _day),
	"wanted": sprintf("at least %v", [ceil(_for / _day)]),
	"msg": sprintf("%s keeps its recovery points for less than %s", [lib.by_urn[urn].name, values.spell(_for)]),
} if {
	some urn, points in _points
}

# What makes point-in-time restore impossible on an account.
_impossible := {
	"isHnsEnabled": {null, false},
	"immutableStorageWithVersioning.enabled": {null, false},
	"allowedCopyScope": {null},
	"kind": {"StorageV2"},
	"sku.name": {"Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS"},
}

_check contains {
	"urn": r.urn,
	"property": path,
	"seen": seen,
	"good": seen in accepted,
	"wanted": concat(" or ", sort({sprintf("%v", [v]) | some v in accepted})),
	"msg": sprintf("point-in-time restore does not work on %s: %s is %v", [r.name, path, _shown(seen)]),
} if {
	_every
	some r in stores.documents
	some path, accepted in _impossible
	seen := lib.prop(r, path)
}

# The same holds of a single container that is write-once.
_check contains {
	"urn": account,
	"property": "immutableStorageWithVersioning.enabled",
	"seen": seen,
	"good": seen in {null, false},
	"wanted": "no write-once container beside those that are restored",
	"msg": sprintf("point-in-time restore does not work on %s: its container %s is write-once", [lib.by_urn[account].name, r.name]),
} if {
	_every
	some r in lib.by_type["azure-native:storage:BlobContainer"]
	some account in stores.account(r)
	account in _urns
	seen := lib.prop(r, "immutableStorageWithVersioning.enabled")
}

_check contains {
	"urn": account,
	"property": "immutabilityPeriodSinceCreationInDays",
	"seen": r.name,
	"good": false,
	"wanted": "no write-once container beside those that are restored",
	"msg": sprintf("point-in-time restore does not work on %s: %s makes a container write-once", [lib.by_urn[account].name, r.name]),
} if {
	_every
	some r in lib.by_type["azure-native:storage:BlobContainerImmutabilityPolicy"]
	some account in stores.account(r)
	account in _urns
}

_urns := {r.urn | some r in stores.documents}

# Logs are append blobs, which point-in-time restore and object replication leave out.
_check contains {
	"urn": account,
	"property": "storageAccountId",
	"seen": setting.name,
	"good": false,
	"wanted": "an account of its own for logs",
	"msg": sprintf("%s sends logs to %s: they are append blobs, which point-in-time restore leaves out", [setting.name, lib.by_urn[account].name]),
} if {
	_every
	some setting in lib.by_type["azure-native:insights:DiagnosticSetting"]
	some account in diagnostics.archives(setting)
	account in _urns
}

_shown(v) := v if lib.known(v)

_shown(v) := "not known" if not lib.known(v)

_check contains {
	"urn": r.urn,
	"property": "restorePolicy",
	"seen": null,
	"good": false,
	"wanted": "blob service settings with point-in-time restore",
	"msg": sprintf("%s has no point-in-time restore", [r.name]),
} if {
	_every
	some r in stores.documents
	not stores.blob_services[r.urn]
}

# The blob service's side: a window of at least the promised time, and versions,
# change feed and soft delete that outlast the window.
_check contains {
	"urn": urn,
	"property": need.property,
	"seen": need.seen,
	"good": need.good,
	"wanted": need.wanted,
	"msg": sprintf("%s cannot be restored to any point of the last %s: %s", [
		lib.by_urn[urn].name,
		values.spell(_for),
		need.why,
	]),
} if {
	_every
	some r in stores.documents
	urn := r.urn
	some service in stores.blob_services[urn]
	some need in _needs(lib.by_urn[service])
}

_needs(service) := {
	_on(service, "restorePolicy.enabled", "point-in-time restore is off"),
	_on(service, "isVersioningEnabled", "versioning is off"),
	_on(service, "changeFeed.enabled", "the change feed is off"),
	_on(service, "deleteRetentionPolicy.enabled", "soft delete is off"),
	_on(service, "containerDeleteRetentionPolicy.enabled", "a container that is deleted is gone with its points"),
	_long(service, "restorePolicy.days", ceil(_for / _day), "the restore window is too short"),
	_long(service, "deleteRetentionPolicy.days", _window(service) + 1, "soft delete does not outlast the restore window"),
	_long(service, "containerDeleteRetentionPolicy.days", _window(service), "deleted containers are gone before their points are"),
	_feed(service),
}

_window(service) := days if {
	days := lib.prop(service, "restorePolicy.days")
	is_number(days)
} else := ceil(_for / _day)

_on(service, path, why) := {
	"property": path,
	"seen": seen,
	"good": seen == true,
	"wanted": true,
	"why": why,
} if {
	seen := lib.prop(service, path)
}

_long(service, path, least, why) := {
	"property": path,
	"seen": seen,
	"good": values.at_least(seen, least),
	"wanted": sprintf("at least %d", [least]),
	"why": why,
} if {
	seen := lib.prop(service, path)
}

# A change feed without a retention is kept for good.
_feed(service) := {
	"property": "changeFeed.retentionInDays",
	"seen": seen,
	"good": values.at_least(values.otherwise(seen, least), least),
	"wanted": sprintf("none, or at least %d", [least]),
	"why": "the change feed does not outlast the restore window",
} if {
	seen := lib.prop(service, "changeFeed.retentionInDays")
	least := _window(service) + 1
}

# What reaches further back than Azure keeps points is refused, whatever is asked for.
_check contains {
	"urn": urn,
	"property": "",
	"seen": sprintf("%dd", [most]),
	"good": false,
	"wanted": sprintf("at least %s", [values.spell(_for)]),
	"msg": sprintf("%s cannot keep recovery points for %s: Azure keeps them %d days at most", [
		lib.by_urn[urn].name,
		values.spell(_for),
		most,
	]),
} if {
	some urn, most in _most
	_for > most * _day
}

_most := object.union(
	{urn: data.facts.database_backups_most.value | some urn, _ in _points},
	{r.urn: data.facts.blob_restore_most.value | _every; some r in stores.documents},
)

witness contains {"urn": urn, "designed": _designed(urn)} if some urn in checks.kept(_check)

_designed(urn) := {"every": points.every, "for": points.days * _day} if points := _points[urn]

# Every write of a blob is a point of its own, so only the window is designed.
_designed(urn) := {"for": min({days | some service in stores.blob_services[urn]; days := _window(lib.by_urn[service])}) * _day}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
