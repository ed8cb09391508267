package tillit.rules.data.separate_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.data.separate

_server(half) := sprintf("Microsoft.Sql/servers/%s", [half])

_postgres(half) := sprintf("Microsoft.DBforPostgreSQL/flexibleServers/%s", [half])

_identity(half) := sprintf("Microsoft.ManagedIdentity/userAssignedIdentities/%s", [half])

_vault(half) := sprintf("Microsoft.KeyVault/vaults/kv-%s", [half])

_uri(half) := sprintf("https://kv-%s.vault.azure.net/keys/database", [half])

_role(name, principal, role, scope) := fx.resource(
	"authorization:RoleAssignment", name, sprintf("Microsoft.Authorization/roleAssignments/%s", [name]),
	{
		"principalId": principal,
		"roleDefinitionId": sprintf("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/%s", [role]),
		"scope": scope,
	},
)

_reader := "acdd72a7-3385-48ef-bd42-f606fba81ae7"

_crypto := "e147488a-f6f5-4113-8e2d-b22465e65bf6"

# _ground is what both means have: identities, vaults and roles.
_ground := array.concat(
	[r |
		some half in ["identity", "financial"]
		some r in [
			fx.resource("managedidentity:UserAssignedIdentity", sprintf("id-%s", [half]), _identity(half), {
				"principalId": sprintf("p-%s", [half]),
				"clientId": sprintf("c-%s", [half]),
			}),
			fx.resource("keyvault:Vault", sprintf("kv-%s", [half]), _vault(half), {"vaultName": sprintf("kv-%s", [half])}),
			fx.resource("keyvault:Key", sprintf("key-%s", [half]), sprintf("%s/keys/database", [_vault(half)]), {"vaultName": sprintf("kv-%s", [half])}),
			_role(sprintf("use-%s", [half]), sprintf("p-%s", [half]), _crypto, fx.id(_vault(half))),
		]
	],
	[
		_role("look", "auditors", _reader, "/subscriptions/s"),
		_role("elsewhere", "p-identity", _crypto, fx.id("Microsoft.KeyVault/vaults/other")),
		_role("checks", "c-own", "own", "/subscriptions/s"),
		object.union(
			fx.resource("authorization:RoleDefinition", "own-role", "", {"permissions": [{"actions": ["Microsoft.Sql/servers/read"]}]}),
			{"id": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/own"},
		),
	],
)

_sql := array.concat(_ground, [r |
	some half in ["identity", "financial"]
	some r in [
		fx.resource("sql:Server", sprintf("server-%s", [half]), _server(half), {
			"serverName": half,
			"minimalTlsVersion": "1.2",
			"keyId": sprintf("%s/0123", [_uri(half)]),
			"primaryUserAssignedIdentityId": fx.id(_identity(half)),
			"identity": {"userAssignedIdentities": [fx.id(_identity(half))]},
			"administrators": {"sid": sprintf("c-%s", [half])},
		}),
		fx.resource("sql:EncryptionProtector", sprintf("protector-%s", [half]), sprintf("%s/encryptionProtector/current", [_server(half)]), {
			"serverKeyType": "AzureKeyVault",
			"serverKeyName": sprintf("kv-%s_database_0123", [half]),
		}),
		fx.resource("sql:Database", half, sprintf("%s/databases/main", [_server(half)]), {"tags": {"purpose": half}}),
	]
])

_flexible := array.concat(_ground, [r |
	some half in ["identity", "financial"]
	some r in [
		fx.resource("dbforpostgresql:Server", half, _postgres(half), {
			"serverName": half,
			"tags": {"purpose": half},
			"identity": {"userAssignedIdentities": {fx.id(_identity(half)): {}}},
			"dataEncryption": {"primaryKeyURI": _uri(half), "primaryUserAssignedIdentityId": fx.id(_identity(half))},
		}),
		fx.resource("dbforpostgresql:Administrator", sprintf("admin-%s", [half]), sprintf("%s/administrators/p", [_postgres(half)]), {
			"serverName": half,
			"objectId": sprintf("p-%s", [half]),
		}),
		fx.resource(
			"dbforpostgresql:Configuration", sprintf("tls-%s", [half]), sprintf("%s/configurations/require_secure_transport", [_postgres(half)]),
			{"configurationName": "require_secure_transport", "value": "on"},
		),
		fx.resource(
			"dbforpostgresql:Configuration", sprintf("least-%s", [half]), sprintf("%s/configurations/ssl_min_protocol_version", [_postgres(half)]),
			{"configurationName": "ssl_min_protocol_version", "value": "TLSv1.3"},
		),
	]
])

_on(resources) := fx.inventory({"data.separate": {}}, resources)

test_kept_with_both_means if {
	every resources in [_sql, _flexible] {
		{w.urn | some w in separate.witness} == {"identity", "financial"} with input as _on(resources)
		count(separate.violation) == 0 with input as _on(resources)
		count(separate.undetermined) == 0 with input as _on(resources)
	}
}

test_nothing_without_the_promise if {
	count(separate.witness) == 0 with input as fx.inventory({}, _sql)
	count(separate.violation) == 0 with input as fx.inventory({}, fx.without(_sql, ["identity"]))
}

test_no_database_keeps_nothing if {
	count(separate.witness) == 0 with input as _on(_ground)
}

_cases := [
	[_sql, "financial", "/tags", {}, {["financial", "tags.purpose"], ["identity", "tags.purpose"]}],
	[_sql, "financial", "/tags/purpose", "identity", {["financial", "tags.purpose"], ["identity", "tags.purpose"]}],
	[_sql, "identity", "/tags/purpose", "both", {["financial", "tags.purpose"], ["identity", "tags.purpose"]}],
	[_sql, "server-identity", "/minimalTlsVersion", "1.0", {["server-identity", "minimalTlsVersion"]}],
	[_sql, "server-identity", "/minimalTlsVersion", null, {["server-identity", "minimalTlsVersion"]}],
	[_sql, "server-identity", "/keyId", null, {["server-identity", "keyId"]}],
	[_sql, "protector-identity", "/serverKeyType", "ServiceManaged", {["protector-identity", "serverKeyType"]}],
	[_sql, "protector-identity", "/serverKeyName", "kv-financial_database_0", {
		["protector-identity", "serverKeyName"],
		["protector-financial", "serverKeyName"],
		["server-financial", "keyId"],
		["use-financial", "principalId"],
		["server-financial", "administrators.sid"],
		["server-financial", "identity.userAssignedIdentities"],
		["server-financial", "primaryUserAssignedIdentityId"],
	}],
	[_flexible, "tls-identity", "/value", "OFF", {["tls-identity", "value"]}],
	[_flexible, "least-financial", "/value", "TLSv1", {["least-financial", "value"]}],
	[_flexible, "identity", "/dataEncryption/primaryKeyURI", null, {["identity", "dataEncryption.primaryKeyURI"]}],
]

test_each_fault_is_a_violation if {
	every case in _cases {
		print(case[1], case[2])
		found := separate.violation with input as _on(fx.changed(case[0], case[1], case[2], case[3]))
		fx.at(found) == case[4]
	}
}

test_one_server_for_both if {
	moved := [object.union(r, {"id": fx.id("Microsoft.Sql/servers/identity/databases/more")}) |
		some r in _sql
		r.name == "financial"
	]
	found := separate.violation with input as _on(array.concat(fx.without(_sql, ["financial"]), moved))
	{["identity", "serverName"], ["financial", "serverName"]} - fx.at(found) == set()
	count(separate.witness) == 0 with input as _on(array.concat(fx.without(_sql, ["financial"]), moved))
}

test_a_server_that_is_not_the_estates if {
	found := separate.violation with input as _on(fx.without(_sql, ["server-identity"]))
	["identity", "serverName"] in fx.at(found)
	not "identity" in {w.urn | some w in separate.witness} with input as _on(fx.without(_sql, ["server-identity"]))
}

test_one_key_for_both if {
	shared := fx.changed(_flexible, "financial", "/dataEncryption/primaryKeyURI", _uri("identity"))
	found := separate.violation with input as _on(shared)
	{["identity", "dataEncryption.primaryKeyURI"], ["financial", "dataEncryption.primaryKeyURI"]} - fx.at(found) == set()
	count(separate.witness) == 0 with input as _on(shared)
	lent := fx.changed(_flexible, "financial", "/dataEncryption/geoBackupKeyURI", _uri("identity"))
	crossed := separate.violation with input as _on(lent)
	["financial", "dataEncryption.geoBackupKeyURI"] in fx.at(crossed)
}

# However an identity is named, it is seen to be the same one.
_lent := [
	[_sql, "server-financial", "/administrators/sid", "C-identity", "administrators.sid"],
	[_sql, "server-financial", "/administrators/sid", "p-identity", "administrators.sid"],
	[_sql, "server-financial", "/primaryUserAssignedIdentityId", fx.id(_identity("identity")), "primaryUserAssignedIdentityId"],
	[_sql, "server-financial", "/identity/userAssignedIdentities/0", fx.id(_identity("identity")), "identity.userAssignedIdentities"],
]

test_one_identity_on_both if {
	every case in _lent {
		print(case[2])
		found := separate.violation with input as _on(fx.changed(case[0], case[1], case[2], case[3]))
		[case[1], case[4]] in fx.at(found)
		some v in found
		v.seen == "id-identity"
	}
	admin := separate.violation with input as _on(fx.changed(_flexible, "admin-financial", "/objectId", "p-identity"))
	["admin-financial", "objectId"] in fx.at(admin)
	older := array.concat(_sql, [fx.resource(
		"sql:ServerAzureADAdministrator", "older", sprintf("%s/administrators/ActiveDirectory", [_server("financial")]),
		{"serverName": "financial", "sid": "p-identity"},
	)])
	older_found := separate.violation with input as _on(older)
	["older", "sid"] in fx.at(older_found)
}

_scopes := [
	"/subscriptions/s",
	"/subscriptions/s/resourceGroups/G/",
	fx.id(_server("financial")),
	fx.id(sprintf("%s/databases/main", [_server("financial")])),
	fx.id(_vault("financial")),
]

test_a_role_on_both if {
	every scope in _scopes {
		print(scope)
		found := separate.violation with input as _on(array.concat(_sql, [_role("more", "p-identity", _crypto, scope)]))
		["more", "principalId"] in fx.at(found)
	}
	outsider := array.concat(_sql, [_role("more", "somebody", _crypto, "/subscriptions/s")])
	some v in separate.violation with input as _on(outsider)
	v.seen == "somebody"
	contains(v.msg, "lets somebody reach identity data and financial data both")
}

test_a_custom_role_that_does_more_than_read if {
	every permission in [
		{"actions": ["Microsoft.Sql/servers/write"]},
		{"actions": ["*/read"]},
		{"actions": [], "dataActions": ["Microsoft.KeyVault/vaults/keys/read"]},
	] {
		found := separate.violation with input as _on(fx.changed(_sql, "own-role", "/permissions", [permission]))
		fx.at(found) == {["checks", "principalId"]}
	}
}

test_a_backup_vault_may_copy_both if {
	every vault in [["dataprotection:BackupVault", "Microsoft.DataProtection/backupVaults/v"], ["recoveryservices:Vault", "Microsoft.RecoveryServices/vaults/v"]] {
		resources := array.concat(_sql, [
			fx.resource(vault[0], "vault", vault[1], {"identity": {"principalId": "p-vault"}}),
			_role("copies", "p-vault", _crypto, "/subscriptions/s"),
		])
		count(separate.violation) == 0 with input as _on(resources)
		unmade := fx.vague(resources, "copies", "principalId", ["vault"])
		count(separate.violation) == 0 with input as _on(unmade)
		count(separate.undetermined) == 0 with input as _on(unmade)
	}
}

# What the engine shows before anything is made: no id is known, only what it
# depends on.
_unmade := _hide(_sql, [
	["server-identity", "keyId", ["key-identity", "use-identity"]],
	["server-financial", "keyId", ["key-financial", "use-financial"]],
	["server-identity", "primaryUserAssignedIdentityId", ["id-identity"]],
	["server-financial", "primaryUserAssignedIdentityId", ["id-financial"]],
	["server-identity", "administrators", ["id-identity"]],
	["server-financial", "administrators", ["id-financial"]],
	["server-identity", "identity", ["id-identity"]],
	["server-financial", "identity", ["id-financial"]],
	["use-identity", "principalId", ["id-identity"]],
	["use-financial", "principalId", ["id-financial"]],
	["use-identity", "scope", ["kv-identity"]],
	["use-financial", "scope", ["kv-financial"]],
	["elsewhere", "principalId", ["id-identity"]],
	["protector-identity", "serverKeyName", ["key-identity"]],
	["protector-financial", "serverKeyName", ["key-financial"]],
])

_hide(resources, list) := [hidden |
	some r in resources
	patches := [x | some x in list; x[0] == r.name]
	hidden := object.union(
		object.union(r, {"props": object.union(r.props, {x[1]: fx.unknown | some x in patches})}),
		{"propertyDependsOn": {x[1]: x[2] | some x in patches}},
	)
]

test_a_preview_says_the_same if {
	{w.urn | some w in separate.witness} == {"identity", "financial"} with input as _on(_unmade)
	count(separate.violation) == 0 with input as _on(_unmade)
	count(separate.undetermined) == 0 with input as _on(_unmade)
	lent := _hide(_unmade, [["use-financial", "principalId", ["id-identity"]], ["use-financial", "scope", ["kv-financial"]]])
	found := separate.violation with input as _on(lent)
	["use-financial", "principalId"] in fx.at(found)
}

_hidden := [
	[_sql, "server-identity", "/keyId", {["server-identity", "keyId"]}],
	[_sql, "server-identity", "/minimalTlsVersion", {["server-identity", "minimalTlsVersion"]}],
	[_sql, "server-identity", "/administrators/sid", {["server-identity", "administrators.sid"]}],
	[_sql, "server-identity", "/identity/userAssignedIdentities", {["server-identity", "identity.userAssignedIdentities"]}],
	[_sql, "protector-identity", "/serverKeyType", {["protector-identity", "serverKeyType"]}],
	[_sql, "use-identity", "/principalId", {["use-identity", "principalId"]}],
	[_sql, "identity", "/tags", {["identity", "tags.purpose"], ["financial", "tags.purpose"]}],
	[_flexible, "tls-identity", "/value", {["tls-identity", "value"]}],
	[_flexible, "admin-identity", "/objectId", {["admin-identity", "objectId"]}],
]

test_unknown_is_undetermined if {
	every case in _hidden {
		print(case[1], case[2])
		inventory := _on(fx.changed(case[0], case[1], case[2], fx.unknown))
		found := separate.undetermined with input as inventory
		fx.at(found) == case[3]
		count(separate.violation) == 0 with input as inventory
	}
}

test_a_role_that_is_not_known_yet if {
	resources := fx.changed(array.concat(_sql, [_role("more", "somebody", _crypto, "/subscriptions/s")]), "more", "/roleDefinitionId", fx.unknown)
	found := separate.undetermined with input as _on(resources)
	fx.at(found) == {["more", "principalId"]}
	count(separate.violation) == 0 with input as _on(resources)
}

_partner(uri) := array.concat(_sql, [fx.resource(
	"sql:ServerKey", "partner", sprintf("%s/keys/partner", [_server("identity")]),
	{"uri": uri, "keyName": ""},
)])

test_the_key_of_a_copy if {
	count(separate.violation) == 0 with input as _on(_partner("https://kv-away.vault.azure.net/keys/database/1"))
	found := separate.violation with input as _on(_partner(_uri("financial")))
	["partner", "uri"] in fx.at(found)
}
