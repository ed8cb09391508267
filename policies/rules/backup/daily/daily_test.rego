package tillit.rules.backup.daily_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.machines_test
import data.tillit.rules.backup.daily

_promises := {"backup.daily": {"for": fx.days(30)}}

_vault := "Microsoft.DataProtection/backupVaults/v"

_all := [
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {"backup": {"backupRetentionDays": 30}}),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/s/databases/db", {}),
	fx.resource(
		"sql:BackupShortTermRetentionPolicy", "short", "Microsoft.Sql/servers/s/databases/db/backupShortTermRetentionPolicies/default",
		{"retentionDays": 35},
	),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {"kind": "StorageV2"}),
	fx.resource("storage:BlobContainer", "received", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/received", {"containerName": "received"}),
	fx.resource("dataprotection:BackupInstance", "item", sprintf("%s/backupInstances/docs", [_vault]), {"properties": {
		"dataSourceInfo": {"resourceID": fx.id("Microsoft.Storage/storageAccounts/docs")},
		"policyInfo": {
			"policyId": fx.id(sprintf("%s/backupPolicies/policy", [_vault])),
			"policyParameters": {"backupDatasourceParametersList": [{"containersList": ["received"]}]},
		},
	}}),
	fx.resource("dataprotection:BackupPolicy", "policy", sprintf("%s/backupPolicies/policy", [_vault]), {"properties": {"policyRules": [
		{
			"objectType": "AzureBackupRule",
			"dataStore": {"dataStoreType": "VaultStore"},
			"trigger": {
				"schedule": {"repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1D"]},
				"taggingCriteria": [{"isDefault": true, "tagInfo": {"tagName": "Default"}}],
			},
		},
		{"name": "Default", "objectType": "AzureRetentionRule", "isDefault": true, "lifecycles": [{
			"sourceDataStore": {"dataStoreType": "VaultStore"},
			"deleteAfter": {"duration": "P31D"},
		}]},
	]}}),
]

_on(resources) := fx.inventory(_promises, resources)

test_every_store_daily if {
	daily.witness == {
		{"urn": "pg", "designed": {"for": 30 * 86400}},
		{"urn": "db", "designed": {"for": 35 * 86400}},
		{"urn": "docs", "designed": {"for": 31 * 86400}},
	} with input as _on(_all)
	count(daily.violation) == 0 with input as _on(_all)
	count(daily.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(daily.witness) == 0 with input as fx.inventory({}, _all)
	count(daily.violation) == 0 with input as fx.inventory({}, fx.without(_all, {"item"}))
}

test_azures_default_is_a_week if {
	found := daily.violation with input as _on(fx.without(fx.dropped(_all, "pg", "/backup"), {"short"}))
	{[v.urn, v.property, v.seen, v.wanted] | some v in found} == {
		["pg", "backup.backupRetentionDays", 7, "at least 30"],
		["db", "retentionDays", 7, "at least 30"],
	}
}

test_longer_than_a_database_keeps_them if {
	quarter := fx.inventory({"backup.daily": {"for": fx.days(90)}}, fx.changed(_all, "pg", "/backup/backupRetentionDays", 90))
	found := daily.violation with input as quarter
	"pg cannot keep daily backups for 90d: Azure keeps those of a database 35 days at most, and what it keeps for longer is weekly" in {v.msg | some v in found}
	fx.at(found) == {["pg", ""], ["db", ""], ["db", "retentionDays"], ["docs", ""]}
}

test_documents_without_a_policy if {
	found := daily.violation with input as _on(fx.without(_all, {"item"}))
	{v.msg | some v in found} == {"nothing backs docs up every day"}
}

test_a_weekly_policy_is_not_daily if {
	weekly := fx.changed(_all, "policy", "/properties/policyRules/0/trigger/schedule/repeatingTimeIntervals", ["R/2024-01-07T02:00:00+00:00/P1W"])
	found := daily.violation with input as _on(weekly)
	{v.msg | some v in found} == {"nothing backs docs up every day"}
}

test_copies_that_are_not_kept if {
	short := fx.changed(_all, "policy", "/properties/policyRules/1/lifecycles/0/deleteAfter/duration", "P7D")
	found := daily.violation with input as _on(short)
	{v.msg | some v in found} == {"the daily copies of docs are kept for 7d; 30d is promised"}
}

test_a_container_left_out if {
	more := array.concat(_all, [fx.resource("storage:BlobContainer", "issued", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/issued", {"containerName": "issued"})])
	found := daily.violation with input as _on(more)
	{v.msg | some v in found} == {"nothing backs the container issued of docs up"}
}

test_machines_disks_and_shares if {
	daily.witness == {
		{"urn": "vm", "designed": {"for": 30 * 86400}},
		{"urn": "data", "designed": {"for": 30 * 86400}},
		{"urn": "share", "designed": {"for": 30 * 86400}},
	} with input as _on(machines_test.estate)
	found := daily.violation with input as _on(machines_test.estate)
	{v.msg | some v in found} == {
		"the daily copies of loose are kept for 10d; 30d is promised",
		"nothing backs files up every day",
	}
}

test_unknown_is_undetermined if {
	every case in [
		["pg", "/backup/backupRetentionDays", "pg", "backup.backupRetentionDays"],
		["short", "/retentionDays", "db", "retentionDays"],
		["policy", "/properties/policyRules", "docs", ""],
	] {
		found := daily.undetermined with input as _on(fx.changed(_all, case[0], case[1], fx.unknown))
		fx.at(found) == {[case[2], case[3]]}
	}
	machine := daily.undetermined with input as _on(fx.changed(machines_test.estate, "machines", "/properties/schedulePolicy", fx.unknown))
	fx.at(machine) == {["vm", ""], ["data", ""]}
}
