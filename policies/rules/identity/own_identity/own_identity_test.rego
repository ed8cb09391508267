package tillit.rules.identity.own_identity_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.own_identity

_path(name) := sprintf("Microsoft.ManagedIdentity/userAssignedIdentities/%s", [name])

_given(name) := {"type": "UserAssigned", "userAssignedIdentities": [fx.id(_path(name))]}

_job(name, image, identity) := fx.resource("app:Job", name, sprintf("Microsoft.App/jobs/%s", [name]), {
	"identity": identity,
	"template": {"containers": [{"image": image}]},
})

_identity(name) := fx.resource("managedidentity:UserAssignedIdentity", name, _path(name), {"resourceName": name})

_all := [
	_identity("drill"),
	_identity("copy"),
	_identity("database"),
	_job("pitr", "runbook:1", _given("drill")),
	_job("year", "runbook:1", {"type": "UserAssigned", "userAssignedIdentities": {upper(fx.id(_path("drill"))): {}}}),
	_job("copier", "copier:1", _given("copy")),
	fx.resource("web:WebApp", "site", "Microsoft.Web/sites/site", {"identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": ["/outside/the/estate"]}}),
	fx.resource("containerinstance:ContainerGroup", "group", "Microsoft.ContainerInstance/containerGroups/group", {
		"identity": {"type": "SystemAssigned"},
		"containers": [{"image": "g"}],
	}),
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {"identity": _given("database")}),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {"identity": _given("database")}),
]

_on(resources) := fx.inventory({"identity.personal-accounts": {}}, resources)

test_every_program_has_its_own if {
	{w.urn | some w in own_identity.witness} == {"pitr", "year", "copier", "site", "group"} with input as _on(_all)
	count(own_identity.violation) == 0 with input as _on(_all)
	count(own_identity.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(own_identity.witness) == 0 with input as fx.inventory({}, _all)
	count(own_identity.violation) == 0 with input as fx.inventory({}, [_job("bare", "x", null)])
}

test_no_identity if {
	every identity in [null, {"type": "None"}, {"type": "UserAssigned"}, {"type": "UserAssigned", "userAssignedIdentities": []}] {
		found := own_identity.violation with input as _on(fx.changed(_all, "copier", "/identity", identity))
		fx.at(found) == {["copier", "identity.type"]}
	}
}

test_a_shared_identity if {
	shared := own_identity.violation with input as _on(fx.changed(_all, "copier", "/identity", _given("drill")))
	{[v.urn, v.seen] | some v in shared} == {
		["copier", ["runbook:1"]],
		["pitr", ["copier:1"]],
		["year", ["copier:1"]],
	}
	platform := own_identity.violation with input as _on(fx.changed(_all, "copier", "/identity", _given("database")))
	{v.msg | some v in platform} == {"copier shares its identity with a service of the platform"}
	other := own_identity.violation with input as _on(fx.changed(_all, "year", "/template/containers/0/image", "another:1"))
	fx.at(other) == {["pitr", "identity.userAssignedIdentities"], ["year", "identity.userAssignedIdentities"]}
}

test_trust_in_somebody_outside if {
	trust := fx.resource("managedidentity:FederatedIdentityCredential", "trust", "x", {"resourceName": "copy"})
	found := own_identity.violation with input as _on(array.concat(_all, [trust]))
	{v.msg | some v in found} == {"copier shares its identity with somebody outside"}
	late := object.union(trust, {"props": {"resourceName": fx.unknown}, "propertyDependsOn": {"resourceName": ["copy"]}})
	{v.urn | some v in found} == {"copier"} with input as _on(array.concat(_all, [late]))
	again := own_identity.violation with input as _on(array.concat(_all, [late]))
	{v.urn | some v in again} == {"copier"}
}

test_by_dependency_while_unknown if {
	given := {"type": "UserAssigned", "userAssignedIdentities": [fx.unknown]}
	own := fx.vague(_all, "copier", "identity", ["copy"])
	sound := own_identity.violation with input as _on([_with(r, "copier", {"identity": given}) | some r in own])
	count(sound) == 0
	shared := fx.vague(_all, "copier", "identity", ["drill", "pg"])
	found := own_identity.violation with input as _on([_with(r, "copier", {"identity": given}) | some r in shared])
	{v.urn | some v in found} == {"copier", "pitr", "year"}
}

_with(r, name, _) := r if r.name != name

_with(r, name, props) := json.patch(r, [{"op": "add", "path": "/props/identity", "value": props.identity}]) if r.name == name

test_unknown_is_undetermined if {
	typed := fx.changed(_all, "copier", "/identity/type", fx.unknown)
	found := own_identity.undetermined with input as _on(typed)
	fx.at(found) == {["copier", "identity.type"]}
	count(own_identity.violation) == 0 with input as _on(typed)
	imaged := fx.changed(_all, "year", "/template/containers/0/image", fx.unknown)
	images := own_identity.undetermined with input as _on(imaged)
	fx.at(images) == {["pitr", "identity.userAssignedIdentities"]}
	whole := fx.changed(_all, "pitr", "/identity", fx.unknown)
	wholly := own_identity.undetermined with input as _on(whole)
	fx.at(wholly) == {["pitr", "identity.type"]}
}
