package tillit.lib.lifecycle_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.lifecycle

_resources(rules) := [
	fx.resource("storage:StorageAccount", "uploads", "Microsoft.Storage/storageAccounts/uploads", {}),
	fx.resource(
		"storage:BlobContainer", "in", "Microsoft.Storage/storageAccounts/uploads/blobServices/default/containers/in",
		{"containerName": "in"},
	),
	fx.resource(
		"storage:ManagementPolicy", "policy", "Microsoft.Storage/storageAccounts/uploads/managementPolicies/default",
		{"policy": {"rules": rules}},
	),
]

_rule(filters, base, snapshot) := {"name": "r", "type": "Lifecycle", "definition": {
	"filters": object.union({"blobTypes": ["blockBlob", "appendBlob"]}, filters),
	"actions": {"baseBlob": {"delete": base}, "snapshot": {"delete": snapshot}},
}}

_created(n) := {"daysAfterCreationGreaterThan": n}

_written(n) := {"daysAfterModificationGreaterThan": n}

_cases := [
	{"case": "at once", "rules": [_rule({}, _created(0), _created(0))], "gone": 86400},
	{"case": "the later of blob and snapshot", "rules": [_rule({}, _written(1), _created(3))], "gone": 345600},
	{"case": "the stricter of two rules", "rules": [_rule({}, _created(9), _created(9)), _rule({}, _created(1), _created(1))], "gone": 172800},
	{"case": "every container by name", "rules": [_rule({"prefixMatch": ["i"]}, _created(0), _created(0))], "gone": 86400},
	{"case": "no rule", "rules": [], "gone": null},
	{"case": "a part of a container", "rules": [_rule({"prefixMatch": ["in/old"]}, _created(0), _created(0))], "gone": null},
	{"case": "tagged blobs", "rules": [_rule({"blobIndexMatch": [{"name": "a", "op": "==", "value": "b"}]}, _created(0), _created(0))], "gone": null},
	{"case": "one type of blob", "rules": [_rule({"blobTypes": ["blockBlob"]}, _created(0), _created(0))], "gone": null},
	{"case": "a rule that is off", "rules": [object.union(_rule({}, _created(0), _created(0)), {"enabled": false})], "gone": null},
	{"case": "a rule of another type", "rules": [object.union(_rule({}, _created(0), _created(0)), {"type": "Other"})], "gone": null},
	{"case": "no age", "rules": [_rule({}, {}, _created(0))], "gone": null},
	{"case": "an age that is not known", "rules": [_rule({}, _created(fx.unknown), _created(0))], "gone": fx.unknown},
	{"case": "rules that are not known", "rules": fx.unknown, "gone": fx.unknown},
]

test_gone if {
	every c in _cases {
		print(c.case)
		lifecycle.gone("uploads") == c.gone with input as fx.inventory({}, _resources(c.rules))
	}
}

test_an_account_without_a_policy_keeps_everything if {
	lifecycle.gone("uploads") == null with input as fx.inventory({}, fx.without(_resources([]), ["policy"]))
}
