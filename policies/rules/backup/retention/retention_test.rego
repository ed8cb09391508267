package tillit.rules.backup.retention_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.backup.retention

_promises := {"backup.retention": {"for": {"text": "1y", "seconds": 365 * 86400}}}

_vault := "Microsoft.DataProtection/backupVaults/vault"

_policy(name, duration) := fx.resource("dataprotection:BackupPolicy", name, sprintf("%s/backupPolicies/%s", [_vault, name]), {"properties": {"policyRules": [
	{
		"objectType": "AzureBackupRule",
		"dataStore": {"dataStoreType": "VaultStore"},
		"trigger": {
			"schedule": {"repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1W"]},
			"taggingCriteria": [{"isDefault": true, "tagInfo": {"tagName": "Default"}}],
		},
	},
	{
		"objectType": "AzureRetentionRule",
		"name": "Default",
		"lifecycles": [{"deleteAfter": {"duration": duration}, "sourceDataStore": {"dataStoreType": "VaultStore"}}],
	},
]}})

_instance(name, store, policy, containers) := fx.resource(
	"dataprotection:BackupInstance", name, sprintf("%s/backupInstances/%s", [_vault, name]),
	{"properties": {
		"dataSourceInfo": {"resourceID": fx.id(store)},
		"policyInfo": {
			"policyId": fx.id(sprintf("%s/backupPolicies/%s", [_vault, policy])),
			"policyParameters": {"backupDatasourceParametersList": [{"containersList": containers}]},
		},
	}},
)

_all := [
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {}),
	_instance("pg-instance", "Microsoft.DBforPostgreSQL/flexibleServers/pg", "pg-policy", []),
	_policy("pg-policy", "P54W"),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {}),
	fx.resource(
		"storage:BlobContainer", "files", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/files",
		{"containerName": "files"},
	),
	_instance("docs-instance", "Microsoft.Storage/storageAccounts/docs", "docs-policy", ["files"]),
	_policy("docs-policy", "P60W"),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/s/databases/db", {}),
	fx.resource(
		"sql:LongTermRetentionPolicy", "long", "Microsoft.Sql/servers/s/databases/db/backupLongTermRetentionPolicies/default",
		{"weeklyRetention": "P4W", "monthlyRetention": "P14M"},
	),
]

_on(resources) := fx.inventory(_promises, resources)

_day := 86400

test_reach_is_retention_less_spacing if {
	retention.witness == {
		{"urn": "pg", "designed": {"for": 371 * _day}},
		{"urn": "docs", "designed": {"for": 413 * _day}},
		{"urn": "db", "designed": {"for": (420 - 35) * _day}},
	} with input as _on(_all)
	count(retention.violation) == 0 with input as _on(_all)
	count(retention.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(retention.witness) == 0 with input as fx.inventory({}, _all)
	count(retention.violation) == 0 with input as fx.inventory({}, _all)
}

test_a_year_of_weekly_copies_does_not_reach_a_year_back if {
	short := array.concat(fx.without(_all, {"pg-policy"}), [_policy("pg-policy", "P53W")])
	found := retention.violation with input as _on(short)
	found == {{
		"urn": "pg",
		"property": "properties.policyRules",
		"seen": "364d",
		"wanted": "at least 365d",
		"msg": "the copies of pg do not reach 365d back: retention less spacing is 364d at worst",
	}}
}

test_monthly_and_yearly_copies_of_sql if {
	every case in [["/monthlyRetention", "P12M"], ["/monthlyRetention", "P13M"]] {
		found := retention.violation with input as _on(fx.changed(_all, "long", case[0], case[1]))
		fx.at(found) == {["db", "monthlyRetention"]}
	}
	yearly := fx.changed(fx.dropped(_all, "long", "/monthlyRetention"), "long", "/yearlyRetention", "P3Y")
	count(retention.violation) == 0 with input as _on(yearly)
}

test_each_store_must_be_covered if {
	every case in [["pg-instance", "pg"], ["docs-instance", "docs"], ["long", "db"]] {
		found := retention.violation with input as _on(fx.without(_all, {case[0]}))
		{v.urn | some v in found} == {case[1]}
		{v.msg | some v in found} == {sprintf("no backup policy keeps copies of %s", [case[1]])}
	}
}

test_each_container_must_be_covered if {
	more := array.concat(_all, [fx.resource(
		"storage:BlobContainer", "seals", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/seals",
		{"containerName": "seals"},
	)])
	found := retention.violation with input as _on(more)
	{v.msg | some v in found} == {"no vault keeps copies of the container seals of docs"}
}

test_a_container_list_that_is_not_known_covers if {
	vague := fx.changed(
		_all, "docs-instance", "/properties/policyInfo/policyParameters/backupDatasourceParametersList/0/containersList",
		[fx.unknown],
	)
	count(retention.violation) == 0 with input as _on(vague)
}

test_unknown_is_undetermined if {
	every case in [
		["pg-policy", "/properties/policyRules", "pg", "properties.policyRules"],
		["long", "/monthlyRetention", "db", "monthlyRetention"],
	] {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := retention.undetermined with input as _on(resources)
		fx.at(found) == {[case[2], case[3]]}
		count(retention.violation) == 0 with input as _on(resources)
	}
}

test_what_reaches_far_enough_needs_nothing_else if {
	resources := fx.changed(_all, "long", "/yearlyRetention", fx.unknown)
	count(retention.undetermined) == 0 with input as _on(resources)
	{"urn": "db", "designed": {"for": (420 - 35) * _day}} in retention.witness with input as _on(resources)
}
