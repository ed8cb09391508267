package tillit.rules.backup.interval_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.backup.interval

_promises := {"backup.interval": {"every": {"text": "10m", "seconds": 600}, "for": fx.days(7)}}

_postgres := fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {"backup": {"backupRetentionDays": 14}})

_sql := [
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/s/databases/db", {}),
	fx.resource(
		"sql:BackupShortTermRetentionPolicy", "short", "Microsoft.Sql/servers/s/databases/db/backupShortTermRetentionPolicies/default",
		{"retentionDays": 10},
	),
]

_docs := [
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {
		"kind": "StorageV2",
		"sku": {"name": "Standard_GZRS"},
	}),
	fx.resource("storage:BlobServiceProperties", "blobs", "Microsoft.Storage/storageAccounts/docs/blobServices/default", {
		"isVersioningEnabled": true,
		"changeFeed": {"enabled": true, "retentionInDays": 9},
		"deleteRetentionPolicy": {"enabled": true, "days": 9},
		"containerDeleteRetentionPolicy": {"enabled": true, "days": 8},
		"restorePolicy": {"enabled": true, "days": 8},
	}),
]

_all := array.concat(array.concat([_postgres], _sql), _docs)

_on(resources) := fx.inventory(_promises, resources)

test_designed_values_come_from_the_platform if {
	interval.witness == {
		{"urn": "pg", "designed": {"every": 300, "for": 14 * 86400}},
		{"urn": "db", "designed": {"every": 600, "for": 10 * 86400}},
		{"urn": "docs", "designed": {"for": 8 * 86400}},
	} with input as _on(_all)
	count(interval.violation) == 0 with input as _on(_all)
	count(interval.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	inventory := fx.inventory({}, _all)
	count(interval.witness) == 0 with input as inventory
	count(interval.violation) == 0 with input as inventory
}

test_defaults_are_azures if {
	bare := fx.dropped([_postgres], "pg", "/backup")
	interval.witness == {{"urn": "pg", "designed": {"every": 300, "for": 7 * 86400}}} with input as _on(bare)
	interval.witness == {{"urn": "db", "designed": {"every": 600, "for": 7 * 86400}}} with input as _on([_sql[0]])
}

test_shorter_retention_is_a_violation if {
	every case in [["pg", "/backup/backupRetentionDays", "pg", "backup.backupRetentionDays"], ["short", "/retentionDays", "db", "retentionDays"]] {
		found := interval.violation with input as _on(fx.changed(_all, case[0], case[1], 6))
		fx.at(found) == {[case[2], case[3]]}
	}
}

test_what_the_platform_cannot_do_is_refused if {
	dense := {"backup.interval": {"every": {"text": "5m", "seconds": 300}, "for": fx.days(7)}}
	found := interval.violation with input as fx.inventory(dense, _all)
	found == {{
		"urn": "db",
		"property": "",
		"seen": "10m",
		"wanted": "at most 5m",
		"msg": "db cannot have a recovery point every 5m: Azure makes one every 10m",
	}}
}

test_every_need_of_point_in_time_restore if {
	every case in [
		["/restorePolicy/enabled", false, "restorePolicy.enabled"],
		["/isVersioningEnabled", false, "isVersioningEnabled"],
		["/changeFeed/enabled", false, "changeFeed.enabled"],
		["/deleteRetentionPolicy/enabled", false, "deleteRetentionPolicy.enabled"],
		["/containerDeleteRetentionPolicy/enabled", false, "containerDeleteRetentionPolicy.enabled"],
		["/containerDeleteRetentionPolicy/days", 7, "containerDeleteRetentionPolicy.days"],
		["/restorePolicy/days", 6, "restorePolicy.days"],
		["/deleteRetentionPolicy/days", 8, "deleteRetentionPolicy.days"],
		["/changeFeed/retentionInDays", 8, "changeFeed.retentionInDays"],
	] {
		found := interval.violation with input as _on(fx.changed(_all, "blobs", case[0], case[1]))
		fx.at(found) == {["docs", case[2]]}
	}
}

test_a_change_feed_kept_for_good_is_long_enough if {
	kept := fx.dropped(_all, "blobs", "/changeFeed/retentionInDays")
	count(interval.violation) == 0 with input as _on(kept)
}

test_an_account_that_cannot_be_restored if {
	every case in [
		["/isHnsEnabled", true, "isHnsEnabled"],
		["/allowedCopyScope", "AAD", "allowedCopyScope"],
		["/kind", "BlockBlobStorage", "kind"],
		["/sku/name", "Premium_LRS", "sku.name"],
	] {
		found := interval.violation with input as _on(fx.changed(_all, "docs", case[0], case[1]))
		fx.at(found) == {["docs", case[2]]}
	}
}

test_a_write_once_account_for_documents_is_refused if {
	worm := fx.changed(
		fx.changed(_all, "docs", "/immutableStorageWithVersioning", {"enabled": true}),
		"docs", "/tags", {"purpose": "documents"},
	)
	found := interval.violation with input as _on(worm)
	fx.at(found) == {["docs", "immutableStorageWithVersioning.enabled"]}
}

test_a_write_once_container_is_refused if {
	container := fx.resource("storage:BlobContainer", "final", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/final", {"immutableStorageWithVersioning": {"enabled": true}})
	found := interval.violation with input as _on(array.concat(_all, [container]))
	{v.msg | some v in found} == {"point-in-time restore does not work on docs: its container final is write-once"}
	policy := fx.resource("storage:BlobContainerImmutabilityPolicy", "kept", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/final/immutabilityPolicies/default", {})
	held := interval.violation with input as _on(array.concat(_all, [policy]))
	{v.msg | some v in held} == {"point-in-time restore does not work on docs: kept makes a container write-once"}
}

test_logs_among_the_documents if {
	setting := fx.resource("insights:DiagnosticSetting", "logs", "Microsoft.Insights/diagnosticSettings/logs", {"storageAccountId": fx.id("Microsoft.Storage/storageAccounts/docs")})
	found := interval.violation with input as _on(array.concat(_all, [setting]))
	{v.msg | some v in found} == {"logs sends logs to docs: they are append blobs, which point-in-time restore leaves out"}
}

test_an_account_without_blob_settings if {
	found := interval.violation with input as _on(fx.without(_all, {"blobs"}))
	fx.at(found) == {["docs", "restorePolicy"]}
}

test_longer_than_azure_keeps_points if {
	month := {"backup.interval": {"every": {"seconds": 600}, "for": fx.days(36)}}
	found := interval.violation with input as fx.inventory(month, fx.changed(_all, "pg", "/backup/backupRetentionDays", 36))
	"pg cannot keep recovery points for 36d: Azure keeps them 35 days at most" in {v.msg | some v in found}
	year := {"backup.interval": {"every": {"seconds": 600}, "for": fx.days(365)}}
	beyond := interval.violation with input as fx.inventory(year, _docs)
	"docs cannot keep recovery points for 365d: Azure keeps them 364 days at most" in {v.msg | some v in beyond}
}

test_unknown_is_undetermined if {
	every case in [
		["pg", "/backup/backupRetentionDays", "pg", "backup.backupRetentionDays"],
		["docs", "/kind", "docs", "kind"],
		["blobs", "/isVersioningEnabled", "docs", "isVersioningEnabled"],
		["blobs", "/restorePolicy/days", "docs", "restorePolicy.days"],
	] {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := interval.undetermined with input as _on(resources)
		fx.at(found) == {[case[2], case[3]]}
		count(interval.violation) == 0 with input as _on(resources)
	}
}
