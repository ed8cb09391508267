package tillit.rules.identity.no_persons_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.no_persons

_all := [
	fx.resource("authorization:RoleAssignment", "given", "Microsoft.Authorization/roleAssignments/given", {"principalType": "Group"}),
	fx.resource(
		"dbforpostgresql:Administrator", "admin", "Microsoft.DBforPostgreSQL/flexibleServers/pg/administrators/a",
		{"principalType": "ServicePrincipal"},
	),
	fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {"administrators": {"principalType": "Application"}}),
]

_on(resources) := fx.inventory({"identity.least-privilege": {}}, resources)

test_groups_and_workloads if {
	{w.urn | some w in no_persons.witness} == {"given", "admin", "sql"} with input as _on(_all)
	count(no_persons.violation) == 0 with input as _on(_all)
	count(no_persons.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(no_persons.witness) == 0 with input as fx.inventory({}, _all)
}

_cases := [
	["given", "/principalType", "principalType"],
	["admin", "/principalType", "principalType"],
	["sql", "/administrators/principalType", "administrators.principalType"],
]

test_a_person_is_a_violation if {
	every case in _cases {
		every kind in ["User", "ForeignGroup", null] {
			found := no_persons.violation with input as _on(fx.changed(_all, case[0], case[1], kind))
			fx.at(found) == {[case[0], case[2]]}
		}
	}
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := no_persons.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[2]]}
		count(no_persons.violation) == 0 with input as _on(resources)
	}
}
