package tillit.rules.backup.off_provider_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.backup.off_provider

_promises := {"backup.off-provider": {"target": "s3"}}

_environment := "Microsoft.App/managedEnvironments/e"

_identity := "Microsoft.ManagedIdentity/userAssignedIdentities/copy"

_env := array.concat(
	[{"name": "AZURE_CLIENT_ID", "value": fx.unknown}],
	[{"name": sprintf("COPY_%s", [name]), "secretRef": lower(name)} | some name in ["ACCESS_KEY", "SECRET_KEY", "RECIPIENT"]],
)

_job := object.union({"propertyDependsOn": {"template": ["copy-identity"]}}, fx.resource("app:Job", "copy", "Microsoft.App/jobs/copy", {
	"location": "swedencentral",
	"environmentId": fx.id(_environment),
	"identity": {"type": "UserAssigned", "userAssignedIdentities": [fx.id(_identity)]},
	"configuration": {
		"triggerType": "Schedule",
		"scheduleTriggerConfig": {"cronExpression": "*/5 * * * *"},
		"secrets": [{"name": name, "identity": fx.id(_identity), "keyVaultUrl": sprintf("https://kv.vault.azure.net/secrets/%s", [name])} |
			some name in ["access_key", "secret_key", "recipient"]
		],
	},
	"template": {"containers": [{
		"args": ["copy", "--target", "s3", "--endpoint", "https://s3.provider.example", "--bucket", "copies"],
		"env": _env,
	}]},
}))

_assigned(name, role, scope) := fx.resource("authorization:RoleAssignment", name, sprintf("Microsoft.Authorization/roleAssignments/%s", [name]), {
	"roleDefinitionId": sprintf("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/%s", [role]),
	"principalId": "11111111-AAAA-4111-8111-111111111111",
	"principalType": "ServicePrincipal",
	"scope": fx.id(scope),
})

_reader := "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"

_own := object.union(
	fx.resource("authorization:RoleDefinition", "finder", "Microsoft.Authorization/roleDefinitions/own", {"permissions": [{
		"actions": ["Microsoft.Sql/servers/read"],
		"dataActions": [],
	}]}),
	{"id": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/own"},
)

_all := [
	_job,
	fx.resource("app:ManagedEnvironment", "environment", _environment, {}),
	fx.resource("managedidentity:UserAssignedIdentity", "copy-identity", _identity, {"principalId": "11111111-aaaa-4111-8111-111111111111"}),
	_own,
	_assigned("on-docs", _reader, "Microsoft.Storage/storageAccounts/docs"),
	_assigned("on-pg", "own", "Microsoft.DBforPostgreSQL/flexibleServers/pg"),
	_assigned("on-sql", "own", "Microsoft.Sql/servers/s"),
	_assigned("on-secret", "4633458b-17de-408a-b874-0445c86b69e6", "Microsoft.KeyVault/vaults/kv"),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {"kind": "StorageV2"}),
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {}),
	fx.resource("sql:Server", "server", "Microsoft.Sql/servers/s", {}),
	fx.resource("sql:Database", "db", "Microsoft.Sql/servers/s/databases/db", {}),
	fx.resource("network:AzureFirewall", "fw", "Microsoft.Network/azureFirewalls/fw", {
		"location": "swedencentral",
		"firewallPolicy": {"id": fx.id("Microsoft.Network/firewallPolicies/p")},
	}),
	fx.resource("network:AzureFirewall", "far", "Microsoft.Network/azureFirewalls/far", {"location": "norwayeast"}),
	fx.resource("network:FirewallPolicy", "policy", "Microsoft.Network/firewallPolicies/p", {}),
	fx.resource("network:FirewallPolicyRuleCollectionGroup", "rules", "Microsoft.Network/firewallPolicies/p/ruleCollectionGroups/g", {"ruleCollections": [
		{"action": {"type": "Allow"}, "rules": [{"targetFqdns": ["mcr.microsoft.com", "ledger.example"]}]},
		{"action": {"type": "Allow"}, "rules": [{"targetFqdns": ["S3.provider.example"]}]},
	]}),
]

_on(resources) := fx.inventory(_promises, resources)

_args(words) := fx.changed(_all, "copy", "/template/containers/0/args", array.concat(["copy"], words))

test_a_copy_of_every_store if {
	found := off_provider.witness with input as _on(_all)
	{w.urn | some w in found} == {"copy", "docs", "pg", "db", "on-docs", "on-pg", "on-sql", "on-secret"}
	{w.designed.target | some w in found} == {"s3"}
	count(off_provider.violation) == 0 with input as _on(_all)
	count(off_provider.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	inventory := fx.inventory({}, _all)
	count(off_provider.witness) == 0 with input as inventory
	count(off_provider.violation) == 0 with input as inventory
}

test_over_sftp if {
	resources := fx.changed(
		fx.changed(_args(["--target", "sftp", "--endpoint", "sftp://s3.provider.example:2222"]), "copy", "/template/containers/0/env", [{"name": sprintf("COPY_%s", [name]), "secretRef": "recipient"} |
			some name in ["PRIVATE_KEY", "HOST_KEY", "RECIPIENT"]
		]),
		"rules", "/ruleCollections/1/rules/0", {"destinationFqdns": ["s3.provider.example"]},
	)
	inventory := fx.inventory({"backup.off-provider": {"target": "sftp"}}, resources)
	count(off_provider.violation) == 0 with input as inventory
	count(off_provider.witness) == 8 with input as inventory
}

test_no_job if {
	found := off_provider.violation with input as _on(fx.without(_all, {"copy"}))
	fx.at(found) == {["docs", ""], ["pg", ""], ["db", ""]}
	other := off_provider.violation with input as _on(fx.changed(_all, "copy", "/template/containers/0/args", ["run", "pitr"]))
	fx.at(other) == {["docs", ""], ["pg", ""], ["db", ""]}
}

test_a_store_left_out if {
	every case in [["on-docs", "docs"], ["on-pg", "pg"], ["on-sql", "db"]] {
		found := off_provider.violation with input as _on(fx.without(_all, {case[0]}))
		fx.at(found) == {[case[1], ""]}
	}

	# To see an account is not to read its blobs.
	looking := fx.changed(_all, "on-docs", "/roleDefinitionId", "/x/acdd72a7-3385-48ef-bd42-f606fba81ae7")
	found := off_provider.violation with input as _on(looking)
	fx.at(found) == {["docs", ""]}
}

test_a_database_without_its_server if {
	found := off_provider.violation with input as _on(fx.without(_all, {"server"}))
	fx.at(found) == {["db", ""]}
}

test_too_seldom if {
	every case in [
		["/configuration/scheduleTriggerConfig/cronExpression", "0 * * * *", "0 * * * *"],
		["/configuration/scheduleTriggerConfig/cronExpression", "*/5 8-16 * * *", "*/5 8-16 * * *"],
		["/configuration/triggerType", "Manual", "Manual"],
	] {
		found := off_provider.violation with input as _on(fx.changed(_all, "copy", case[0], case[1]))
		{[v.property, v.seen, v.wanted] | some v in found} == {["configuration.scheduleTriggerConfig.cronExpression", case[2], "a run every 10m or oftener"]}
	}
}

test_a_place_that_is_no_other if {
	every endpoint in [
		"https://copies.blob.core.windows.net",
		"https://storage.azure.com:443",
		"https://Copies.AZURE.com",
		"https://windows.net",
		"https://10.0.0.4",
	] {
		found := off_provider.violation with input as _on(_args(["--target", "s3", "--endpoint", endpoint]))
		some v in found
		v.seen == endpoint
		contains(v.msg, "is not independent of Azure")
	}
	notazure := _args(["--target", "s3", "--endpoint", "https://notazure.com"])
	found := off_provider.violation with input as _on(notazure)
	fx.at(found) == {["copy", "egress"]}
}

test_an_address_in_the_clear if {
	found := off_provider.violation with input as _on(_args(["--target", "s3", "--endpoint", "http://s3.provider.example"]))
	{v.msg | some v in found} == {"copy does not send its copy over https"}
	missing := off_provider.violation with input as _on(_args(["--target", "s3"]))
	"copy does not send its copy over https" in {v.msg | some v in missing}
}

test_another_target if {
	found := off_provider.violation with input as _on(_args(["--target", "sftp", "--endpoint", "https://s3.provider.example"]))
	{v.msg | some v in found} == {"copy does not copy over s3"}
	missing := off_provider.violation with input as _on(_args(["--endpoint", "https://s3.provider.example"]))
	{v.seen | some v in missing} == {null}
}

test_credentials_come_from_a_key_vault if {
	every case in [
		["/template/containers/0/env/1", {"name": "COPY_ACCESS_KEY", "value": "abc"}],
		["/template/containers/0/env/1/name", "OTHER"],
		["/template/containers/0/env/1/secretRef", "other"],
		["/configuration/secrets/0/name", "other"],
		["/configuration/secrets/0/keyVaultUrl", null],
		["/configuration/secrets/0/keyVaultUrl", "https://elsewhere.example/secrets/access_key"],
	] {
		found := off_provider.violation with input as _on(fx.changed(_all, "copy", case[0], case[1]))
		fx.at(found) == {["copy", "template.containers.env[COPY_ACCESS_KEY].secretRef"]}
	}
}

test_an_address_of_a_secret_may_come_later if {
	later := fx.changed(_all, "copy", "/configuration/secrets/0/keyVaultUrl", fx.unknown)
	count(off_provider.violation) == 0 with input as _on(later)
}

test_an_identity_of_its_own if {
	shared := array.concat(_all, [fx.resource("app:ContainerApp", "app", "Microsoft.App/containerApps/app", {"identity": {"userAssignedIdentities": [fx.id(_identity)]}})])
	found := off_provider.violation with input as _on(shared)
	fx.at(found) == {["copy", "identity.userAssignedIdentities"]}
	none := off_provider.violation with input as _on(fx.changed(_all, "copy", "/identity/userAssignedIdentities", []))
	["copy", "identity.userAssignedIdentities"] in fx.at(none)
}

test_identities_as_they_are_read_back if {
	read := fx.changed(_all, "copy", "/identity/userAssignedIdentities", {fx.id(_identity): {"principalId": "x"}})
	count(off_provider.violation) == 0 with input as _on(read)
	count(off_provider.witness) == 8 with input as _on(read)
}

test_an_environment_of_the_estate if {
	elsewhere := fx.changed(_all, "copy", "/environmentId", fx.id("Microsoft.App/managedEnvironments/other"))
	found := off_provider.violation with input as _on(elsewhere)
	fx.at(found) == {["copy", "environmentId"]}
}

test_roles_that_only_read if {
	every case in [
		["on-docs", "/roleDefinitionId", "/x/ba92f5b4-2d11-453d-a403-e96b0029c9fe", {["on-docs", "roleDefinitionId"], ["docs", ""]}],
		["finder", "/permissions/0/actions", ["Microsoft.Sql/servers/write"], {["on-pg", "roleDefinitionId"], ["on-sql", "roleDefinitionId"], ["pg", ""], ["db", ""]}],
		["finder", "/permissions", [], {["on-pg", "roleDefinitionId"], ["on-sql", "roleDefinitionId"], ["pg", ""], ["db", ""]}],
	] {
		found := off_provider.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == case[3]
	}
}

test_firewalls_let_it_through_to_that_host_alone if {
	every rules in [
		[],
		[{"action": {"type": "Allow"}, "rules": [{"targetFqdns": ["s3.provider.example", "elsewhere.example"]}]}],
		[{"action": {"type": "Deny"}, "rules": [{"targetFqdns": ["s3.provider.example"]}]}],
		[{"action": {"type": "Allow"}, "rules": [{"targetFqdns": []}, {"destinationAddresses": ["10.0.0.0/8"]}]}],
	] {
		found := off_provider.violation with input as _on(fx.changed(_all, "rules", "/ruleCollections", rules))
		fx.at(found) == {["copy", "egress"]}
	}
	gone := off_provider.violation with input as _on(fx.without(_all, {"policy"}))
	fx.at(gone) == {["copy", "egress"]}
}

test_before_anything_is_made if {
	bare := [r | some r in fx.dropped(fx.vague(_all, "on-docs", "principalId", {"copy-identity"}), "copy-identity", "/principalId"); not r.name in {"on-pg", "on-sql", "on-secret", "pg", "server", "db", "finder"}]
	later := fx.vague(bare, "copy", "identity", {"copy-identity"})
	count(off_provider.violation) == 0 with input as _on(later)
	{w.urn | some w in off_provider.witness} == {"copy", "docs", "on-docs"} with input as _on(later)
}

test_a_configuration_that_is_not_known_is_no_violation if {
	later := fx.changed(_all, "copy", "/configuration", fx.unknown)
	count(off_provider.violation) == 0 with input as _on(later)
	count(off_provider.undetermined) == 4 with input as _on(later)
}

test_unknown_is_undetermined if {
	every case in [
		["copy", "/configuration/triggerType", ["copy", "configuration.scheduleTriggerConfig.cronExpression"]],
		["copy", "/configuration/scheduleTriggerConfig/cronExpression", ["copy", "configuration.scheduleTriggerConfig.cronExpression"]],
		["copy", "/template/containers/0/args/2", ["copy", "template.containers.args"]],
		["copy", "/template/containers/0/args/4", ["copy", "template.containers.args"]],
		["copy", "/template/containers/0/env/1/secretRef", ["copy", "template.containers.env[COPY_ACCESS_KEY].secretRef"]],
		["copy", "/identity/userAssignedIdentities", ["copy", "identity.userAssignedIdentities"]],
		["rules", "/ruleCollections", ["copy", "egress"]],
		["on-docs", "/roleDefinitionId", ["on-docs", "roleDefinitionId"]],
		["on-docs", "/scope", ["docs", ""]],
	] {
		found := off_provider.undetermined with input as _on(fx.changed(_all, case[0], case[1], fx.unknown))
		case[2] in fx.at(found)
	}
}
