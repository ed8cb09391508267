package tillit.rules.identity.support_blind_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.support_blind

_blob_reader := "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"

_reader := "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"

_given(name, definition, kind) := fx.resource(
	"authorization:RoleAssignment", name, sprintf("Microsoft.Authorization/roleAssignments/%s", [name]),
	{"roleDefinitionId": definition, "principalType": kind},
)

_all := [
	_given("workload", _blob_reader, "ServicePrincipal"),
	_given("auditors", _reader, "Group"),
	fx.resource(
		"dbforpostgresql:Administrator", "admin", "Microsoft.DBforPostgreSQL/flexibleServers/pg/administrators/a",
		{"principalType": "ServicePrincipal"},
	),
	fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {"administrators": {"principalType": "Application"}}),
]

_on(resources) := fx.inventory({"identity.support-blind": {}}, resources)

test_only_workloads_reach_data if {
	{w.urn | some w in support_blind.witness} == {"workload", "admin", "sql"} with input as _on(_all)
	count(support_blind.violation) == 0 with input as _on(_all)
	count(support_blind.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(support_blind.witness) == 0 with input as fx.inventory({}, _all)
}

test_people_with_data_roles_are_violations if {
	every kind in ["Group", "User", null] {
		found := support_blind.violation with input as _on(fx.changed(_all, "workload", "/principalType", kind))
		fx.at(found) == {["workload", "principalType"]}
	}
	found := support_blind.violation with input as _on(fx.changed(_all, "auditors", "/roleDefinitionId", _blob_reader))
	fx.at(found) == {["auditors", "principalType"]}
}

test_people_who_administer_databases_are_violations if {
	every case in [["admin", "/principalType", "principalType"], ["sql", "/administrators/principalType", "administrators.principalType"]] {
		found := support_blind.violation with input as _on(fx.changed(_all, case[0], case[1], "Group"))
		fx.at(found) == {[case[0], case[2]]}
	}
}

test_unknown_is_undetermined if {
	kind := support_blind.undetermined with input as _on(fx.changed(_all, "workload", "/principalType", fx.unknown))
	fx.at(kind) == {["workload", "principalType"]}
	role := support_blind.undetermined with input as _on(fx.changed(_all, "auditors", "/roleDefinitionId", fx.unknown))
	fx.at(role) == {["auditors", "principalType"]}
	workload := support_blind.undetermined with input as _on(fx.changed(_all, "workload", "/roleDefinitionId", fx.unknown))
	count(workload) == 0
}
