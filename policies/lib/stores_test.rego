package tillit.lib.stores_test

import data.tillit.lib.stores

_id(name) := sprintf("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/%s", [name])

_account(name, region, props) := {
	"urn": name,
	"name": name,
	"type": "azure-native:storage:StorageAccount",
	"id": _id(name),
	"props": object.union({"location": region, "accountName": name}, props),
}

_child(name, type, path, props) := {"urn": name, "type": type, "id": concat("", [_id("docs"), path]), "props": object.union({"accountName": "docs"}, props)}

_policy(home, rules, more) := object.union(
	{
		"urn": sprintf("policy-%s", [home]),
		"type": "azure-native:storage:ObjectReplicationPolicy",
		"id": sprintf("%s/objectReplicationPolicies/default", [_id(home)]),
		"props": {"accountName": home, "sourceAccount": _id("docs"), "destinationAccount": _id("copy"), "rules": rules},
	},
	more,
)

_worm := {"immutableStorageWithVersioning": {"enabled": true}}

_rule := {"sourceContainer": "files", "destinationContainer": "files", "filters": {"minCreationTime": "1601-01-01T00:00:00Z"}}

_base := [
	_account("docs", "westeurope", {}),
	_account("copy", "norwayeast", {}),
	_account("archive", "westeurope", _worm),
	_account("odd", "westeurope", object.union(_worm, {"tags": {"purpose": "documents"}})),
	_account("claims", "westeurope", {"tags": {"class": "logs", "purpose": "logs"}}),
	_child("service", "azure-native:storage:BlobServiceProperties", "/blobServices/default", {}),
	_child("files", "azure-native:storage:BlobContainer", "/blobServices/default/containers/files", {"containerName": "files"}),
	{"urn": "pg", "id": "/pg", "type": "azure-native:dbforpostgresql:Server", "props": {}},
	{"urn": "pg-copy", "type": "azure-native:dbforpostgresql:Server", "props": {"createMode": "Replica", "sourceServerResourceId": "/pg"}},
	{"urn": "sql", "id": "/sql", "type": "azure-native:sql:Database", "props": {}},
	{"urn": "sql-copy", "type": "azure-native:sql:Database", "props": {"createMode": "Secondary", "sourceDatabaseId": "/sql"}},
]

_pair := [_policy("docs", [_rule], {}), _policy("copy", [_rule], {})]

_urns(rs) := {r.urn | some r in rs}

test_stores_are_what_holds_data_of_its_own if {
	_urns(stores.all) == {"pg", "sql", "docs", "odd", "claims"} with input as {"resources": array.concat(_base, _pair)}
	_urns(stores.postgres_replicas) == {"pg-copy"} with input as {"resources": _base}
	_urns(stores.sql_secondaries) == {"sql-copy"} with input as {"resources": _base}
}

test_a_replica_of_nothing_holds_data_of_its_own if {
	alone := [{"urn": "a", "type": "azure-native:dbforpostgresql:Server", "props": {"createMode": "Replica", "sourceServerResourceId": "/gone"}}]
	_urns(stores.postgres) == {"a"} with input as {"resources": alone}
	circle := [
		{"urn": "a", "id": "/a", "type": "azure-native:dbforpostgresql:Server", "props": {"createMode": "Replica", "sourceServerResourceId": "/b"}},
		{"urn": "b", "id": "/b", "type": "azure-native:dbforpostgresql:Server", "props": {"createMode": "Replica", "sourceServerResourceId": "/a"}},
	]
	_urns(stores.postgres) == {"a", "b"} with input as {"resources": circle}
}

test_a_write_once_account_is_an_archive if {
	_urns(stores.archives) == {"archive"} with input as {"resources": _base}
}

test_blob_service_and_containers_belong_to_their_account if {
	stores.blob_services.docs == {"service"} with input as {"resources": _base}
	stores.containers.docs == {"files"} with input as {"resources": _base}
}

test_replication_needs_both_policies if {
	stores.copies.docs == {"copy"} with input as {"resources": array.concat(_base, _pair)}
	not stores.copies.docs with input as {"resources": array.concat(_base, [_pair[0]])}
}

test_replication_must_copy_every_container_whole if {
	filtered := object.union(_rule, {"filters": {"prefixMatch": ["a"]}})
	not stores.copies.docs with input as {"resources": array.concat(_base, [_policy("docs", [filtered], {}), _policy("copy", [filtered], {})])}
	every since in [object.remove(_rule, ["filters"]), object.union(_rule, {"filters": {"minCreationTime": "2024-01-01T00:00:00Z"}})] {
		not stores.copies.docs with input as {"resources": array.concat(_base, [_policy("docs", [since], {}), _policy("copy", [since], {})])}
	}
	other := object.union(_rule, {"sourceContainer": "other"})
	not stores.copies.docs with input as {"resources": array.concat(_base, [_policy("docs", [other], {}), _policy("copy", [other], {})])}
}

test_replication_by_dependency_while_unknown if {
	unknown := {"$unknown": true}
	dependent := [object.union(policy, {
		"props": {"sourceAccount": unknown, "destinationAccount": unknown, "rules": [{"sourceContainer": unknown, "filters": {"minCreationTime": "1601-01-01T00:00:00Z"}}]},
		"propertyDependsOn": {"sourceAccount": ["docs"], "destinationAccount": ["copy", "files"], "rules": ["docs", "files"]},
	}) |
		some policy in _pair
	]
	stores.copies.docs == {"copy"} with input as {"resources": array.concat(_base, dependent)}
	numbered := [object.remove(policy, ["id"]) | some policy in dependent]
	stores.copies.docs == {"copy"} with input as {"resources": array.concat(_base, numbered)}
	half := [_pair[1], object.union(_pair[0], {"props": {"rules": unknown}})]
	stores.copies.docs == {"copy"} with input as {"resources": array.concat(_base, half)}
}

test_an_account_name_that_is_not_known_yet if {
	service := object.union(_base[5], {
		"props": {"accountName": {"$unknown": true}},
		"propertyDependsOn": {"accountName": ["docs"]},
	})
	stores.blob_services.docs == {"service"} with input as {"resources": [_base[0], service]}
}

test_a_destination_is_a_copy_of_another_account if {
	own := {"props": {"destinationAccount": _id("docs")}}
	"docs" in _urns(stores.documents) with input as {"resources": array.concat(_base, [_policy("docs", [_rule], own)])}
	back := {"props": {"sourceAccount": _id("copy"), "destinationAccount": _id("docs")}}
	both := array.concat(_pair, [object.union(_policy("docs", [_rule], back), {"urn": "back"})])
	{"docs", "copy"} - _urns(stores.documents) == set() with input as {"resources": array.concat(_base, both)}
}

test_words_are_read_as_arm_reads_them if {
	replica := [{"urn": "r", "type": "azure-native:sql:Database", "props": {"createMode": "secondary", "sourceDatabaseId": "/sql"}}]
	_urns(stores.sql_secondaries) == {"sql-copy", "r"} with input as {"resources": array.concat(_base, replica)}
}
