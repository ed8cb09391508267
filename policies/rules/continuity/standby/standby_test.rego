package tillit.rules.continuity.standby_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.continuity.standby

_promises := {"continuity.standby": {"within": {"text": "15m", "seconds": 900}}}

_pg := "Microsoft.DBforPostgreSQL/flexibleServers"

_policy(home) := fx.resource(
	"storage:ObjectReplicationPolicy", sprintf("policy-%s", [home]),
	sprintf("Microsoft.Storage/%s/%s/objectReplicationPolicies/default", ["storageAccounts", home]),
	{
		"sourceAccount": fx.id("Microsoft.Storage/storageAccounts/docs"),
		"destinationAccount": fx.id("Microsoft.Storage/storageAccounts/copy"),
		"rules": [{
			"sourceContainer": "files",
			"destinationContainer": "files",
			"filters": {"minCreationTime": "1601-01-01T00:00:00Z"},
		}],
	},
)

_all := [
	fx.resource("dbforpostgresql:Server", "pg", sprintf("%s/pg", [_pg]), {"location": "westeurope"}),
	fx.resource("dbforpostgresql:Server", "pg-copy", sprintf("%s/pg-copy", [_pg]), {
		"location": "norwayeast",
		"createMode": "Replica",
		"sourceServerResourceId": fx.id(sprintf("%s/pg", [_pg])),
	}),
	fx.resource("sql:Server", "home", "Microsoft.Sql/servers/home", {"location": "West Europe"}),
	fx.resource("sql:Server", "away", "Microsoft.Sql/servers/away", {"location": "Norway East"}),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/home/databases/db", {"location": "West Europe"}),
	fx.resource("sql:FailoverGroup", "fog", "Microsoft.Sql/servers/home/failoverGroups/fog", {
		"databases": [fx.id("Microsoft.Sql/servers/home/databases/db")],
		"partnerServers": [{"id": fx.id("Microsoft.Sql/servers/away")}],
	}),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {"location": "westeurope"}),
	fx.resource("storage:StorageAccount", "copy", "Microsoft.Storage/storageAccounts/copy", {"location": "norwayeast"}),
	fx.resource(
		"storage:BlobContainer", "files", "Microsoft.Storage/storageAccounts/docs/blobServices/default/containers/files",
		{"containerName": "files"},
	),
	_policy("docs"),
	_policy("copy"),
]

_on(resources) := fx.inventory(_promises, resources)

test_every_store_is_followed if {
	standby.witness == {
		{"urn": "pg", "designed": {}},
		{"urn": "db", "designed": {"within": 5}},
		{"urn": "docs", "designed": {}},
	} with input as _on(_all)
	count(standby.violation) == 0 with input as _on(_all)
	count(standby.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(standby.witness) == 0 with input as fx.inventory({}, _all)
	count(standby.violation) == 0 with input as fx.inventory({}, _all)
}

test_no_standby if {
	every case in [["pg-copy", "pg"], ["fog", "db"], ["policy-docs", "docs"], ["policy-copy", "docs"]] {
		found := standby.violation with input as _on(fx.without(_all, {case[0]}))
		{v.urn | some v in found} == {case[1]}
		every v in found { startswith(v.msg, sprintf("no standby in another region follows %s", [case[1]])) }
	}
}

test_a_standby_in_the_same_region if {
	every case in [["pg-copy", "pg"], ["away", "db"], ["copy", "docs"]] {
		found := standby.violation with input as _on(fx.changed(_all, case[0], "/location", "westeurope"))
		{v.urn | some v in found} == {case[1]}
	}
}

test_a_standby_of_something_else if {
	every case in [
		["fog", "/databases", [], "db"],
		["policy-copy", "/rules/0/sourceContainer", "other", "docs"],
		["policy-docs", "/rules/0/filters/prefixMatch", ["a"], "docs"],
		["policy-docs", "/rules/0/filters", {}, "docs"],
	] {
		found := standby.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		{v.urn | some v in found} == {case[3]}
	}
}

test_a_replica_that_follows_nothing_needs_a_standby_too if {
	lost := fx.changed(_all, "pg-copy", "/sourceServerResourceId", fx.id(sprintf("%s/other", [_pg])))
	found := standby.violation with input as _on(lost)
	{v.urn | some v in found} == {"pg", "pg-copy"}
}

test_a_secondary_database_is_a_standby if {
	secondary := fx.resource("sql:Database", "db-copy", "Microsoft.Sql/servers/away/databases/db", {
		"location": "norwayeast",
		"createMode": "Secondary",
		"sourceDatabaseId": fx.id("Microsoft.Sql/servers/home/databases/db"),
	})
	count(standby.violation) == 0 with input as _on(array.concat(fx.without(_all, {"fog"}), [secondary]))
}

test_a_promise_that_the_platform_cannot_keep if {
	found := standby.violation with input as fx.inventory({"continuity.standby": {"within": {"seconds": 2}}}, _all)
	{v.msg | some v in found} == {"the standby of db may be 5s behind"}
}

test_by_dependency_while_unknown if {
	replica := fx.vague(_all, "pg-copy", "sourceServerResourceId", ["pg"])
	count(standby.violation) == 0 with input as _on(replica)
	members := [object.union(r, {"propertyDependsOn": {"databases": ["db"], "partnerServers": ["away"]}}) |
		some r in fx.changed(fx.changed(_all, "fog", "/databases/0", fx.unknown), "fog", "/partnerServers/0/id", fx.unknown)
	]
	count(standby.violation) == 0 with input as _on(members)
}

test_unknown_is_undetermined if {
	every case in [["pg", "pg"], ["pg-copy", "pg"], ["docs", "docs"]] {
		resources := fx.changed(_all, case[0], "/location", fx.unknown)
		found := standby.undetermined with input as _on(resources)
		{u.urn | some u in found} == {case[1]}
		count(standby.violation) == 0 with input as _on(resources)
	}
}

test_a_policy_that_is_not_known_may_be_whole if {
	resources := fx.changed(_all, "policy-docs", "/rules/0/filters", fx.unknown)
	found := standby.undetermined with input as _on(resources)
	{u.urn | some u in found} == {"docs"}
	count(standby.violation) == 0 with input as _on(resources)
}
