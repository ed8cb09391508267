package tillit.rules.data.transient_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.data.transient

_account := "Microsoft.Storage/storageAccounts/uploads"

_all := [
	fx.resource("storage:StorageAccount", "uploads", _account, {"tags": {"class": "transient"}}),
	fx.resource("storage:BlobServiceProperties", "blobs", sprintf("%s/blobServices/default", [_account]), {
		"isVersioningEnabled": false,
		"deleteRetentionPolicy": {"enabled": false},
	}),
	fx.resource("storage:BlobContainer", "in", sprintf("%s/blobServices/default/containers/in", [_account]), {"containerName": "in"}),
	fx.resource("storage:ManagementPolicy", "policy", sprintf("%s/managementPolicies/default", [_account]), {"policy": {"rules": [{
		"enabled": true,
		"type": "Lifecycle",
		"definition": {
			"filters": {"blobTypes": ["blockBlob", "appendBlob"]},
			"actions": {
				"baseBlob": {"delete": {"daysAfterCreationGreaterThan": 0}},
				"snapshot": {"delete": {"daysAfterCreationGreaterThan": 0}},
			},
		},
	}]}}),
	fx.resource("storage:StorageAccount", "documents", "Microsoft.Storage/storageAccounts/documents", {"tags": {"class": "documents"}}),
	fx.resource("storage:BlobServiceProperties", "kept", "Microsoft.Storage/storageAccounts/documents/blobServices/default", {"isVersioningEnabled": true}),
]

_on(resources) := fx.inventory({"data.transient": {"within": fx.days(1)}}, resources)

_with(type, name, path, props) := array.concat(_all, [fx.resource(type, name, path, props)])

test_kept if {
	transient.witness == {{"urn": "uploads", "designed": {"within": 86400}}} with input as _on(_all)
	count(transient.violation) == 0 with input as _on(_all)
	count(transient.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(transient.witness) == 0 with input as fx.inventory({}, _all)
	count(transient.violation) == 0 with input as fx.inventory({}, fx.without(_all, ["policy"]))
}

test_no_account_is_no_witness if {
	count(transient.witness) == 0 with input as _on(fx.without(_all, ["uploads"]))
}

_rule := "/policy/rules/0"

_cases := [
	["uploads", "/immutableStorageWithVersioning", {"enabled": true}, {["uploads", "immutableStorageWithVersioning.enabled"]}],
	["in", "/immutableStorageWithVersioning", {"enabled": true}, {["in", "immutableStorageWithVersioning.enabled"]}],
	["blobs", "/isVersioningEnabled", true, {["blobs", "isVersioningEnabled"]}],
	["blobs", "/deleteRetentionPolicy/enabled", true, {["blobs", "deleteRetentionPolicy.enabled"]}],
	["blobs", "/containerDeleteRetentionPolicy", {"enabled": true}, {["blobs", "containerDeleteRetentionPolicy.enabled"]}],
	["blobs", "/restorePolicy", {"enabled": true, "days": 1}, {["blobs", "restorePolicy.enabled"]}],
	["policy", sprintf("%s/enabled", [_rule]), false, {["uploads", "managementPolicies"]}],
	["policy", sprintf("%s/definition/actions/baseBlob/delete/daysAfterCreationGreaterThan", [_rule]), 1, {["uploads", "managementPolicies"]}],
	["policy", "/accountName", "documents", {["uploads", "managementPolicies"]}],
]

test_each_way_of_keeping_is_a_violation if {
	every case in _cases {
		found := transient.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == case[3]
	}
}

test_the_arithmetic_is_said if {
	late := fx.changed(_all, "policy", sprintf("%s/definition/actions/snapshot/delete/daysAfterCreationGreaterThan", [_rule]), 6)
	some v in transient.violation with input as _on(late)
	v.seen == "7d"
	v.wanted == "1d at most"
	contains(v.msg, "after up to 7d")
	some never in transient.violation with input as _on(fx.without(_all, ["policy"]))
	never.seen == null
	contains(never.msg, "never")
}

_added := [
	["storage:BlobContainerImmutabilityPolicy", sprintf("%s/blobServices/default/containers/in/immutabilityPolicies/default", [_account]), {}, "accountName"],
	["storage:BlobContainerLegalHold", sprintf("%s/blobServices/default/containers/in/legalHold", [_account]), {}, "accountName"],
	["storage:ObjectReplicationPolicy", sprintf("%s/objectReplicationPolicies/p", [_account]), {"sourceAccount": fx.id(_account)}, "sourceAccount"],
	["storage:ObjectReplicationPolicy", sprintf("%s/objectReplicationPolicies/p", [_account]), {"sourceAccount": "named"}, "sourceAccount"],
	[
		"dataprotection:BackupInstance", "Microsoft.DataProtection/backupVaults/v/backupInstances/i",
		{"properties": {"dataSourceInfo": {"resourceID": fx.id(_account)}}}, "properties.dataSourceInfo.resourceID",
	],
]

test_each_hold_or_copy_is_a_violation if {
	every case in _added {
		found := transient.violation with input as _on(_with(case[0], "more", case[1], case[2]))
		fx.at(found) == {["more", case[3]]}
	}
}

_hidden := [
	["uploads", "/tags", "uploads", "tags.class"],
	["uploads", "/immutableStorageWithVersioning", "uploads", "immutableStorageWithVersioning.enabled"],
	["blobs", "/isVersioningEnabled", "blobs", "isVersioningEnabled"],
	["policy", "/policy", "uploads", "managementPolicies"],
]

test_unknown_is_undetermined if {
	every case in _hidden {
		inventory := _on(fx.changed(_all, case[0], case[1], fx.unknown))
		found := transient.undetermined with input as inventory
		fx.at(found) == {[case[2], case[3]]}
		count(transient.violation) == 0 with input as inventory
		count(transient.witness & {{"urn": case[2], "designed": {"within": 86400}}}) == 0 with input as inventory
	}
}
