package tillit.rules.identity.personal_accounts_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.personal_accounts

_r(type, name, props) := fx.resource(type, name, sprintf("Microsoft.%s/%s", [type, name]), props)

_all := [
	_r("app:ManagedEnvironment", "environment", {"appLogsConfiguration": {"destination": "azure-monitor"}}),
	_r("app:ContainerApp", "app", {
		"configuration": {"registries": [{"server": "r", "identity": "i"}]},
		"template": {"containers": [{"env": [{"name": "AZURE_CLIENT_ID", "value": "x"}]}]},
	}),
	_r("app:Job", "job", {"template": {"containers": [{}]}}),
	_r("compute:VirtualMachine", "machine", {"osProfile": {"linuxConfiguration": {"disablePasswordAuthentication": true}}}),
	_r("containerregistry:Registry", "registry", {}),
	_r("containerservice:ManagedCluster", "cluster", {"disableLocalAccounts": true}),
	_r("dbforpostgresql:Server", "pg", {"authConfig": {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"}}),
	_r("keyvault:Vault", "keys", {"properties": {"enableRbacAuthorization": true}}),
	_r("operationalinsights:Workspace", "workspace", {"features": {"disableLocalAuth": true}}),
	_r("servicebus:Namespace", "bus", {"disableLocalAuth": true}),
	fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {"administrators": {"azureADOnlyAuthentication": true}}),
	_r("storage:StorageAccount", "docs", {"allowSharedKeyAccess": false}),
]

_on(resources) := fx.inventory({"identity.personal-accounts": {}}, resources)

test_nothing_has_accounts_of_its_own if {
	{w.urn | some w in personal_accounts.witness} == {r.urn | some r in _all} with input as _on(_all)
	count(personal_accounts.violation) == 0 with input as _on(_all)
	count(personal_accounts.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(personal_accounts.witness) == 0 with input as fx.inventory({}, _all)
	count(personal_accounts.violation) == 0 with input as fx.inventory({}, [_r("storage:StorageAccount", "open", {}), _password])
}

_cases := [
	["environment", "/appLogsConfiguration/logAnalyticsConfiguration", {"sharedKey": "k"}, "appLogsConfiguration.logAnalyticsConfiguration"],
	["app", "/configuration/registries/0/passwordSecretRef", "registry", "configuration.registries"],
	["app", "/template/containers/0/env/0/name", "AZURE_CLIENT_SECRET", "template.containers.env"],
	["machine", "/osProfile/adminPassword", "p", "osProfile.adminPassword"],
	["registry", "/adminUserEnabled", true, "adminUserEnabled"],
	["registry", "/anonymousPullEnabled", true, "anonymousPullEnabled"],
	["cluster", "/disableLocalAccounts", false, "disableLocalAccounts"],
	["pg", "/authConfig/passwordAuth", "Enabled", "authConfig.passwordAuth"],
	["pg", "/authConfig/activeDirectoryAuth", "Disabled", "authConfig.activeDirectoryAuth"],
	["keys", "/properties/enableRbacAuthorization", null, "properties.enableRbacAuthorization"],
	["workspace", "/features/disableLocalAuth", false, "features.disableLocalAuth"],
	["bus", "/disableLocalAuth", null, "disableLocalAuth"],
	["sql", "/administrators/azureADOnlyAuthentication", false, "administrators.azureADOnlyAuthentication"],
	["docs", "/allowSharedKeyAccess", null, "allowSharedKeyAccess"],
	["docs", "/isLocalUserEnabled", true, "isLocalUserEnabled"],
	["docs", "/isSftpEnabled", true, "isSftpEnabled"],
]

test_an_account_of_its_own_is_a_violation if {
	every case in _cases {
		found := personal_accounts.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_a_password_is_never_told if {
	found := personal_accounts.violation with input as _on(fx.changed(_all, "machine", "/osProfile/adminPassword", {"$secret": true}))
	{v.seen | some v in found} == {"a password"}
}

test_the_last_word_on_sign_in if {
	separate := fx.resource("sql:ServerAzureADOnlyAuthentication", "only", "Microsoft.Sql/servers/sql/azureADOnlyAuthentications/Default", {"azureADOnlyAuthentication": false})
	found := personal_accounts.violation with input as _on(array.concat(_all, [separate]))
	fx.at(found) == {["sql", "administrators.azureADOnlyAuthentication"]}
}

_password := {"urn": "password", "name": "password", "type": "azuread:index/applicationPassword:ApplicationPassword", "props": {}}

test_a_secret_of_an_application if {
	found := personal_accounts.violation with input as _on(array.concat(_all, [_password]))
	fx.at(found) == {["password", ""]}
}

test_unknown_is_undetermined if {
	every case in array.concat(_cases, [
		["app", "/configuration", null, "configuration.registries"],
		["job", "/template", null, "template.containers"],
	]) {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := personal_accounts.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(personal_accounts.violation) == 0 with input as _on(resources)
	}
}
