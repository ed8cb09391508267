package tillit.rules.identity.entra_only_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.entra_only

_all := [
	fx.resource("dbforpostgresql:Server", "pg", "Microsoft.DBforPostgreSQL/flexibleServers/pg", {"authConfig": {
		"activeDirectoryAuth": "Enabled",
		"passwordAuth": "Disabled",
	}}),
	fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {"administrators": {"azureADOnlyAuthentication": true}}),
]

_on(resources) := fx.inventory({"identity.mfa": {}}, resources)

test_entra_only if {
	{w.urn | some w in entra_only.witness} == {"pg", "sql"} with input as _on(_all)
	count(entra_only.violation) == 0 with input as _on(_all)
	count(entra_only.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(entra_only.witness) == 0 with input as fx.inventory({}, _all)
	count(entra_only.violation) == 0 with input as fx.inventory({}, _all)
}

_cases := [
	["pg", "/authConfig/passwordAuth", "Enabled", "authConfig.passwordAuth"],
	["pg", "/authConfig/activeDirectoryAuth", "Disabled", "authConfig.activeDirectoryAuth"],
	["sql", "/administrators/azureADOnlyAuthentication", false, "administrators.azureADOnlyAuthentication"],
]

test_passwords_are_a_violation if {
	every case in _cases {
		found := entra_only.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_azure_lets_passwords_in_by_default if {
	found := entra_only.violation with input as _on(fx.dropped(fx.dropped(_all, "pg", "/authConfig"), "sql", "/administrators"))
	count(found) == 3
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := entra_only.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(entra_only.violation) == 0 with input as _on(resources)
	}
}

_separate(value) := fx.resource(
	"sql:ServerAzureADOnlyAuthentication", "separate", "Microsoft.Sql/servers/sql/azureADOnlyAuthentications/Default",
	{"azureADOnlyAuthentication": value},
)

test_the_resource_under_a_server_has_the_last_word if {
	lifted := array.concat(_all, [_separate(false)])
	found := entra_only.violation with input as _on(lifted)
	fx.at(found) == {["sql", "administrators.azureADOnlyAuthentication"]}
	set_apart := array.concat(fx.dropped(_all, "sql", "/administrators"), [_separate(true)])
	count(entra_only.violation) == 0 with input as _on(set_apart)
}

_gateway(props) := fx.resource("network:VirtualNetworkGateway", "gateway", "Microsoft.Network/virtualNetworkGateways/gateway", props)

test_who_dials_in_signs_in_through_entra if {
	every props in [{}, {"vpnClientConfiguration": {"vpnAuthenticationTypes": ["aad"]}}] {
		count(entra_only.violation) == 0 with input as _on(array.concat(_all, [_gateway(props)]))
	}
	every kinds in [["Certificate"], ["AAD", "Radius"], []] {
		found := entra_only.violation with input as _on([_gateway({"vpnClientConfiguration": {"vpnAuthenticationTypes": kinds}})])
		fx.at(found) == {["gateway", "vpnClientConfiguration.vpnAuthenticationTypes"]}
	}
	vague := [_gateway({"vpnClientConfiguration": fx.unknown})]
	found := entra_only.undetermined with input as _on(vague)
	fx.at(found) == {["gateway", "vpnClientConfiguration.vpnAuthenticationTypes"]}
}
