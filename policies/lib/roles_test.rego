package tillit.lib.roles_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.roles

_own := fx.resource("authorization:RoleDefinition", "own", "Microsoft.Authorization/roleDefinitions/own", {"permissions": [{"dataActions": ["Microsoft.Storage/x/read"]}]})

_assignment(props) := fx.resource("authorization:RoleAssignment", "given", "Microsoft.Authorization/roleAssignments/given", props)

_on(resources) := fx.inventory({}, resources)

test_a_role_is_known_by_its_id if {
	roles.id(_assignment({"roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/ABC"})) == "abc"
	not roles.id(_assignment({"roleDefinitionId": fx.unknown}))
}

test_a_role_of_our_own_is_known_by_what_it_allows if {
	roles.reaches_data(_assignment({"roleDefinitionId": _own.id})) with input as _on([_own])
	vague := object.union(_assignment({"roleDefinitionId": fx.unknown}), {"propertyDependsOn": {"roleDefinitionId": ["own"]}})
	roles.reaches_data(vague) with input as _on([_own])
	not roles.unknown(vague) with input as _on([_own])
	roles.unknown(_assignment({"roleDefinitionId": fx.unknown})) with input as _on([_own])
}

test_a_role_that_hands_out_the_means_reaches_data if {
	every action in ["Microsoft.Storage/storageAccounts/listKeys/action", "Microsoft.Storage/*", "*"] {
		handing := fx.changed([_own], "own", "/permissions", [{"actions": [action], "dataActions": []}])
		roles.reaches_data(_assignment({"roleDefinitionId": _own.id})) with input as _on(handing)
	}
	harmless := fx.changed([_own], "own", "/permissions", [{"actions": ["Microsoft.Storage/storageAccounts/read", "*/read"]}])
	not roles.reaches_data(_assignment({"roleDefinitionId": _own.id})) with input as _on(harmless)
}

test_azure_takes_a_principal_for_a_person if {
	roles.kind(_assignment({})) == "User"
	roles.kind(_assignment({"principalType": "Group"})) == "Group"
}

test_wide_is_a_subscription_or_more if {
	every scope in ["/", "/subscriptions/s", "/subscriptions/s/", "/providers/Microsoft.Management/managementGroups/m"] {
		roles.wide(_assignment({"scope": scope}))
	}
	every scope in ["/subscriptions/s/resourceGroups/g", fx.unknown] {
		not roles.wide(_assignment({"scope": scope}))
	}
}

test_administrators_in_the_words_of_role_assignments if {
	resources := [
		fx.resource("dbforpostgresql:Administrator", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg/administrators/a", {"principalType": "Group"}),
		fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {"administrators": {"principalType": "Application"}}),
		fx.resource("sql:Server", "people", "Microsoft.Sql/servers/people", {"administrators": {"principalType": "User"}}),
		fx.resource("sql:Server", "none", "Microsoft.Sql/servers/none", {}),
	]
	found := roles.administrators with input as _on(resources)
	{[a.urn, a.kind] | some a in found} == {["pg", "Group"], ["sql", "ServicePrincipal"], ["people", "User"]}
}

test_an_administrator_of_its_own if {
	identity := fx.resource("managedidentity:UserAssignedIdentity", "workload", "Microsoft.ManagedIdentity/userAssignedIdentities/workload", {"principalId": "1111"})
	every case in [["1111", "ServicePrincipal"], ["2222", null], [null, null], [fx.unknown, fx.unknown]] {
		made := fx.resource("sql:ServerAzureADAdministrator", "admin", "Microsoft.Sql/servers/sql/administrators/ActiveDirectory", {"sid": case[0]})
		found := roles.administrators with input as _on([identity, made])
		{[a.property, a.kind] | some a in found} == {["sid", case[1]]}
	}
}
