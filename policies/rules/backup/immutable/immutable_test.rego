package tillit.rules.backup.immutable_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.backup.immutable

_promises := {"backup.immutable": {"for": {"text": "1y", "seconds": 365 * 86400}}}

_rsv := "Microsoft.RecoveryServices/vaults/rsv"

_vault := "Microsoft.DataProtection/backupVaults/vault"

_guard := "Microsoft.DataProtection/resourceGuards/guard"

_proxy(type, name, vault) := fx.resource(type, name, sprintf("%s/backupResourceGuardProxies/default", [vault]), {"properties": {"resourceGuardResourceId": fx.id(_guard)}})

_all := [
	fx.resource("recoveryservices:Vault", "rsv", _rsv, {"properties": {"securitySettings": {
		"immutabilitySettings": {"state": "Locked"},
		"softDeleteSettings": {"softDeleteState": "AlwaysON"},
	}}}),
	fx.resource("dataprotection:BackupVault", "vault", _vault, {"properties": {"securitySettings": {
		"immutabilitySettings": {"state": "Locked"},
		"softDeleteSettings": {"state": "AlwaysOn"},
	}}}),
	fx.resource("dataprotection:ResourceGuard", "guard", _guard, {}),
	_proxy("recoveryservices:ResourceGuardProxy", "rsv-proxy", _rsv),
	_proxy("dataprotection:DppResourceGuardProxy", "vault-proxy", _vault),
	fx.resource("dataprotection:BackupPolicy", "policy", sprintf("%s/backupPolicies/policy", [_vault]), {"properties": {"policyRules": [
		{
			"objectType": "AzureBackupRule",
			"dataStore": {"dataStoreType": "VaultStore"},
			"trigger": {
				"schedule": {"repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1W"]},
				"taggingCriteria": [{"tagInfo": {"tagName": "Default"}}],
			},
		},
		{
			"objectType": "AzureRetentionRule",
			"name": "Default",
			"lifecycles": [{"deleteAfter": {"duration": "P54W"}, "sourceDataStore": {"dataStoreType": "VaultStore"}}],
		},
	]}}),
	fx.resource("dataprotection:BackupInstance", "instance", sprintf("%s/backupInstances/pg", [_vault]), {"properties": {
		"dataSourceInfo": {"resourceID": fx.id("Microsoft.DBforPostgreSQL/flexibleServers/pg")},
		"policyInfo": {"policyId": fx.id(sprintf("%s/backupPolicies/policy", [_vault]))},
	}}),
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {}),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/s/databases/db", {}),
	fx.resource(
		"sql:LongTermRetentionPolicy", "long", "Microsoft.Sql/servers/s/databases/db/backupLongTermRetentionPolicies/default",
		{"makeBackupsImmutable": true, "weeklyRetention": "P54W", "monthlyRetention": "PT0S"},
	),
	fx.resource("storage:StorageAccount", "archive", "Microsoft.Storage/storageAccounts/archive", {"immutableStorageWithVersioning": {
		"enabled": true,
		"immutabilityPolicy": {"state": "Locked", "immutabilityPeriodSinceCreationInDays": 366},
	}}),
]

_on(resources) := fx.inventory(_promises, resources)

test_designed_is_what_is_held if {
	immutable.witness == {
		{"urn": "rsv", "designed": {}},
		{"urn": "vault", "designed": {"for": (54 * 7) * 86400}},
		{"urn": "archive", "designed": {"for": 366 * 86400}},
		{"urn": "pg", "designed": {}},
		{"urn": "db", "designed": {}},
	} with input as _on(_all)
	count(immutable.violation) == 0 with input as _on(_all)
	count(immutable.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(immutable.witness) == 0 with input as fx.inventory({}, _all)
	count(immutable.violation) == 0 with input as fx.inventory({}, _all)
}

_state := "properties.securitySettings.immutabilitySettings.state"

_archived := "immutableStorageWithVersioning.immutabilityPolicy"

_cases := [
	["rsv", "/properties/securitySettings/immutabilitySettings/state", "Unlocked", _state],
	["vault", "/properties/securitySettings/immutabilitySettings/state", "Disabled", _state],
	["rsv", "/properties/securitySettings/softDeleteSettings/softDeleteState", "Enabled", "properties.securitySettings.softDeleteSettings.softDeleteState"],
	["vault", "/properties/securitySettings/softDeleteSettings/state", "On", "properties.securitySettings.softDeleteSettings.state"],
	["archive", "/immutableStorageWithVersioning/immutabilityPolicy/state", "Unlocked", sprintf("%s.state", [_archived])],
	[
		"archive", "/immutableStorageWithVersioning/immutabilityPolicy/immutabilityPeriodSinceCreationInDays", 364,
		sprintf("%s.immutabilityPeriodSinceCreationInDays", [_archived]),
	],
]

test_what_an_administrator_can_undo_is_a_violation if {
	every case in _cases {
		found := immutable.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := immutable.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(immutable.violation) == 0 with input as _on(resources)
	}
	policy := immutable.undetermined with input as _on(fx.changed(_all, "policy", "/properties/policyRules", fx.unknown))
	fx.at(policy) == {["vault", "properties.policyRules"]}
}

test_a_vault_needs_a_guard_that_excludes_nothing if {
	every gone in ["vault-proxy", "rsv-proxy"] {
		found := immutable.violation with input as _on(fx.without(_all, {gone}))
		fx.at(found) == {[trim_suffix(gone, "-proxy"), "resourceGuardResourceId"]}
	}
	lax := fx.changed(_all, "guard", "/properties", {"vaultCriticalOperationExclusionList": ["Microsoft.DataProtection/backupVaults/backupInstances/delete"]})
	found := immutable.violation with input as _on(lax)
	fx.at(found) == {["vault", "resourceGuardResourceId"], ["rsv", "resourceGuardResourceId"]}
}

test_a_guard_by_dependency_while_unknown if {
	vague := [object.union(r, {"propertyDependsOn": {"properties": ["guard", "vault"]}}) |
		some r in fx.changed(_all, "vault-proxy", "/properties/resourceGuardResourceId", fx.unknown)
	]
	count(immutable.violation) == 0 with input as _on(vague)
}

test_copies_are_immutable_only_while_kept if {
	short := fx.changed(_all, "policy", "/properties/policyRules/1/lifecycles/0/deleteAfter/duration", "P51W")
	found := immutable.violation with input as _on(short)
	fx.at(found) == {["vault", "properties.policyRules"]}
}

# Of long-term copies one series has to be kept for as long as promised.
test_long_term_copies_are_immutable_only_while_kept if {
	short := fx.changed(_all, "long", "/weeklyRetention", "P51W")
	found := immutable.violation with input as _on(short)
	fx.at(found) == {["db", ""]}
	yearly := fx.changed(short, "long", "/yearlyRetention", "P1Y")
	count(immutable.violation) == 0 with input as _on(yearly)
}

test_long_term_copies_that_are_not_known if {
	every property in ["/weeklyRetention", "/makeBackupsImmutable"] {
		vague := _on(fx.changed(_all, "long", property, fx.unknown))
		found := immutable.undetermined with input as vague
		fx.at(found) == {["db", ""]}
		count(immutable.violation) == 0 with input as vague
	}
	loose := fx.changed(fx.changed(_all, "long", "/weeklyRetention", fx.unknown), "long", "/makeBackupsImmutable", false)
	found := immutable.violation with input as _on(loose)
	fx.at(found) == {["db", ""]}
}

test_each_store_needs_such_copies if {
	every case in [["instance", "pg"], ["long", "db"]] {
		found := immutable.violation with input as _on(fx.without(_all, {case[0]}))
		{v.msg | some v in found} == {sprintf("an administrator can delete every copy of %s", [case[1]])}
	}
}
