package tillit.lib.vaults_test

import data.tillit.lib.vaults

_week := 604800

_instance := {
	"urn": "instance",
	"type": "azure-native:dataprotection:BackupInstance",
	"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i",
	"props": {"properties": {
		"dataSourceInfo": {"resourceID": "/subscriptions/s/server"},
		"policyInfo": {
			"policyId": "/subscriptions/s/policy",
			"policyParameters": {"backupDatasourceParametersList": [{"containersList": ["a", "b"]}]},
		},
	}},
}

_resources := [
	_instance,
	{"urn": "server", "type": "azure-native:dbforpostgresql:Server", "id": "/subscriptions/s/server", "props": {}},
	{"urn": "policy", "type": "azure-native:dataprotection:BackupPolicy", "id": "/subscriptions/s/policy", "props": {}},
	{
		"urn": "vault",
		"type": "azure-native:dataprotection:BackupVault",
		"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v",
		"props": {},
	},
]

_policy(retentions, criteria) := {"props": {"properties": {"policyRules": array.concat(
	[{
		"objectType": "AzureBackupRule",
		"dataStore": {"dataStoreType": "VaultStore"},
		"trigger": {
			"schedule": {"repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1W"]},
			"taggingCriteria": criteria,
		},
	}],
	[rule |
		some name, retention in retentions
		rule := {
			"objectType": "AzureRetentionRule",
			"name": name,
			"lifecycles": [{
				"deleteAfter": {"duration": retention[0]},
				"sourceDataStore": {"dataStoreType": retention[1]},
			}],
		}
	],
)}}}

_default := {"tagInfo": {"tagName": "Default"}}

_monthly := {"tagInfo": {"tagName": "Monthly"}, "criteria": [{"absoluteCriteria": ["FirstOfMonth"]}]}

test_relations if {
	vaults.protecting("server") == [_instance] with input as {"resources": _resources}
	{p.urn | some p in vaults.policies(_instance)} == {"policy"} with input as {"resources": _resources}
	vaults.holders(_instance) == {"vault"} with input as {"resources": _resources}
	vaults.containers(_instance) == {"a", "b"}
}

test_reach_is_retention_less_spacing if {
	vaults.reach(_policy({"Default": ["P54W", "VaultStore"]}, [_default])) == 53 * _week
	vaults.retention(_policy({"Default": ["P54W", "VaultStore"]}, [_default])) == 54 * _week
}

test_a_tag_adds_its_own_spacing if {
	policy := _policy({"Default": ["P4W", "VaultStore"], "Monthly": ["P14M", "VaultStore"]}, [_default, _monthly])
	vaults.reach(policy) == ((420 - 31) - 7) * 86400
}

test_a_retention_no_copy_is_tagged_with_keeps_nothing if {
	vaults.reach(_policy({"Yearly": ["P10Y", "VaultStore"]}, [_default])) == 0
}

test_the_operational_tier_is_no_backup if {
	vaults.reach(_policy({"Default": ["P54W", "OperationalStore"]}, [_default])) == 0
	vaults.retention(_policy({"Default": ["P54W", "OperationalStore"]}, [_default])) == 0
}

_tiered(tier, lifecycle) := {"props": {"properties": {"policyRules": [
	{
		"objectType": "AzureBackupRule",
		"dataStore": {"dataStoreType": tier},
		"trigger": {
			"schedule": {"repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1W"]},
			"taggingCriteria": [_default],
		},
	},
	{
		"objectType": "AzureRetentionRule",
		"name": "Default",
		"lifecycles": array.concat(
			[{
				"deleteAfter": {"duration": "P54W"},
				"sourceDataStore": {"dataStoreType": "vaultstore"},
			}],
			lifecycle,
		),
	},
]}}}

test_copies_must_be_made_in_the_vault_or_moved_there if {
	vaults.retention(_tiered("VAULTSTORE", [])) == 54 * _week
	vaults.retention(_tiered("OperationalStore", [])) == 0
	vaults.retention(_tiered("OperationalStore", [{
		"deleteAfter": {"duration": "P1W"},
		"sourceDataStore": {"dataStoreType": "OperationalStore"},
		"targetDataStoreCopySettings": [{"dataStore": {"dataStoreType": "VaultStore"}}],
	}])) == 54 * _week
}
