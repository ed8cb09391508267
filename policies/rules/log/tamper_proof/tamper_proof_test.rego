package tillit.rules.log.tamper_proof_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.log.tamper_proof

_workspace := "Microsoft.OperationalInsights/workspaces/w"

_archive := "Microsoft.Storage/storageAccounts/archive"

_setting(name, target) := fx.resource("insights:DiagnosticSetting", name, sprintf("Microsoft.Insights/diagnosticSettings/%s", [name]), {
	"resourceUri": target,
	"storageAccountId": fx.id(_archive),
	"logs": [{"categoryGroup": "allLogs", "enabled": true}],
})

_all := [
	fx.resource("operationalinsights:Workspace", "workspace", _workspace, {}),
	fx.resource("storage:StorageAccount", "archive", _archive, {
		"allowSharedKeyAccess": false,
		"immutableStorageWithVersioning": {
			"enabled": true,
			"immutabilityPolicy": {
				"state": "Locked",
				"allowProtectedAppendWrites": true,
				"immutabilityPeriodSinceCreationInDays": 365,
			},
		},
	}),
	fx.resource("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/vault", {}),
	_setting("of-workspace", fx.id(_workspace)),
	_setting("of-vault", fx.id("Microsoft.KeyVault/vaults/vault")),
	_setting("activity", "/subscriptions/s"),
]

_on(resources) := fx.inventory({"log.tamper-proof": {"for": fx.days(365)}}, resources)

test_designed_is_the_archives_period if {
	tamper_proof.witness == {{"urn": "archive", "designed": {"for": 365 * 86400}}} with input as _on(_all)
	count(tamper_proof.violation) == 0 with input as _on(_all)
	count(tamper_proof.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(tamper_proof.witness) == 0 with input as fx.inventory({}, _all)
	count(tamper_proof.violation) == 0 with input as fx.inventory({}, [])
}

_policy := "immutableStorageWithVersioning.immutabilityPolicy"

_cases := [
	["archive", "/immutableStorageWithVersioning/enabled", false, "immutableStorageWithVersioning.enabled"],
	["archive", "/immutableStorageWithVersioning/immutabilityPolicy/state", "Unlocked", sprintf("%s.state", [_policy])],
	["archive", "/immutableStorageWithVersioning/immutabilityPolicy/allowProtectedAppendWrites", false, sprintf("%s.allowProtectedAppendWrites", [_policy])],
	[
		"archive", "/immutableStorageWithVersioning/immutabilityPolicy/immutabilityPeriodSinceCreationInDays", 364,
		sprintf("%s.immutabilityPeriodSinceCreationInDays", [_policy]),
	],
	["archive", "/allowSharedKeyAccess", true, "allowSharedKeyAccess"],
	["workspace", "/features", {"immediatePurgeDataOn30Days": true}, "features.immediatePurgeDataOn30Days"],
]

test_a_weak_archive_is_a_violation if {
	every case in _cases {
		found := tamper_proof.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := tamper_proof.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(tamper_proof.violation) == 0 with input as _on(resources)
	}
	vague := fx.changed(_all, "of-vault", "/logs", fx.unknown)
	found := tamper_proof.undetermined with input as _on(vague)
	fx.at(found) == {["vault", "diagnosticSettings"]}
}

_replication(account) := fx.resource("storage:ObjectReplicationPolicy", "replication", sprintf("Microsoft.Storage/storageAccounts/%s/objectReplicationPolicies/default", [account]), {
	"sourceAccount": fx.id(_archive),
	"destinationAccount": fx.id("Microsoft.Storage/storageAccounts/elsewhere"),
})

test_an_archive_that_is_replicated if {
	found := tamper_proof.violation with input as _on(array.concat(_all, [_replication("archive")]))
	{[v.urn, v.property, v.seen] | some v in found} == {["replication", "accountName", ["archive"]]}
}

test_other_accounts_may_be_replicated if {
	count(tamper_proof.violation) == 0 with input as _on(array.concat(_all, [_replication("documents")]))
	count(tamper_proof.undetermined) == 0 with input as _on(array.concat(_all, [_replication("documents")]))
}

test_a_replication_of_what_is_not_known if {
	vague := array.concat(_all, fx.changed([_replication("archive")], "replication", "/accountName", fx.unknown))
	found := tamper_proof.undetermined with input as _on(vague)
	fx.at(found) == {["replication", "accountName"]}
	told := array.concat(_all, [object.union(r, {"propertyDependsOn": {"accountName": ["archive"]}}) |
		some r in fx.changed([_replication("archive")], "replication", "/accountName", fx.unknown)
	])
	found_too := tamper_proof.violation with input as _on(told)
	fx.at(found_too) == {["replication", "accountName"]}
}

test_logs_that_bypass_the_archive if {
	every resources in [
		fx.without(_all, {"of-vault"}),
		fx.dropped(_all, "of-vault", "/storageAccountId"),
		fx.changed(_all, "of-vault", "/storageAccountId", "/subscriptions/elsewhere"),
		fx.changed(_all, "of-vault", "/logs", []),
	] {
		found := tamper_proof.violation with input as _on(resources)
		fx.at(found) == {["vault", "diagnosticSettings"]}
	}
}

test_an_activity_log_that_bypasses_the_archive if {
	found := tamper_proof.violation with input as _on(fx.dropped(_all, "activity", "/storageAccountId"))
	fx.at(found) == {["activity", "storageAccountId"]}
	missing := tamper_proof.violation with input as _on(fx.without(_all, {"activity"}))
	{v.msg | some v in missing} == {"nothing sends the activity log of /subscriptions/s to an archive that cannot be altered"}
}
