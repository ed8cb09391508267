package tillit.rules.identity.narrow_roles_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.narrow_roles

_definition(id) := sprintf("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/%s", [id])

_owner := _definition("8e3af657-a8ff-443c-a75c-2fe8c4bcb635")

_contributor := _definition("b24988ac-6180-42a0-ab88-20f7382dd24c")

_reader := _definition("acdd72a7-3385-48ef-bd42-f606fba81ae7")

_data := _definition("ba92f5b4-2d11-453d-a403-e96b0029c9fe")

_given(definition, kind, scope) := fx.resource("authorization:RoleAssignment", "given", "Microsoft.Authorization/roleAssignments/given", {
	"roleDefinitionId": definition,
	"principalType": kind,
	"scope": scope,
})

_group := "/subscriptions/s/resourceGroups/g"

_own := fx.resource("authorization:RoleDefinition", "own", "Microsoft.Authorization/roleDefinitions/own", {"permissions": [{
	"actions": ["Microsoft.Storage/storageAccounts/read"],
	"dataActions": [],
}]})

_on(resources) := fx.inventory({"identity.least-privilege": {}}, resources)

test_narrow_roles_are_witnesses if {
	every given in [
		_given(_reader, "Group", "/subscriptions/s"),
		_given(_contributor, "serviceprincipal", _group),
		_given(_data, "ServicePrincipal", _group),
		_given(fx.id("Microsoft.Authorization/roleDefinitions/own"), "Group", _group),
	] {
		{w.urn | some w in narrow_roles.witness} == {"given", "own"} with input as _on([given, _own])
		count(narrow_roles.violation) == 0 with input as _on([given, _own])
		count(narrow_roles.undetermined) == 0 with input as _on([given, _own])
	}
}

test_nothing_without_the_promise if {
	count(narrow_roles.witness) == 0 with input as fx.inventory({}, [_own])
	count(narrow_roles.violation) == 0 with input as fx.inventory({}, [_given(_owner, "User", "/subscriptions/s")])
}

test_broad_roles_are_violations if {
	every given in [
		_given(_owner, "ServicePrincipal", "/subscriptions/s"),
		_given(_owner, "ServicePrincipal", "/providers/Microsoft.Management/managementGroups/m"),
		_given(_contributor, "Group", _group),
		_given(_contributor, "User", _group),
		_given(_owner, fx.unknown, "/subscriptions/s"),
		_given(_owner, "ServicePrincipal", _group),
		_given(_data, "ServicePrincipal", "/subscriptions/s"),
	] {
		found := narrow_roles.violation with input as _on([given])
		fx.at(found) == {["given", "roleDefinitionId"]}
	}
	found := narrow_roles.violation with input as _on([_given(_owner, "Group", "/subscriptions/s")])
	{v.msg | some v in found} == {"given gives Owner to a group on everything"}
}

test_a_wildcard_or_a_role_that_gives_roles_is_a_violation if {
	every case in [
		["/permissions/0/actions", ["Microsoft.Storage/*"]],
		["/permissions/0/actions", ["Microsoft.Authorization/roleAssignments/write"]],
		["/permissions/0/dataActions", ["*"]],
	] {
		found := narrow_roles.violation with input as _on(fx.changed([_own], "own", case[0], case[1]))
		fx.at(found) == {["own", "permissions"]}
	}
}

test_unknown_is_undetermined if {
	every given in [
		_given(fx.unknown, "Group", _group),
		_given(_contributor, fx.unknown, _group),
	] {
		found := narrow_roles.undetermined with input as _on([given])
		fx.at(found) == {["given", "roleDefinitionId"]}
		count(narrow_roles.violation) == 0 with input as _on([given])
	}
	every hidden in ["/permissions", "/permissions/0/actions/0"] {
		vague := fx.changed([_own], "own", hidden, fx.unknown)
		found := narrow_roles.undetermined with input as _on(vague)
		fx.at(found) == {["own", "permissions"]}
	}
}
