package tillit.rules.identity.no_shared_keys_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.identity.no_shared_keys

_all := [
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {"allowSharedKeyAccess": false}),
	fx.resource("operationalinsights:Workspace", "workspace", "Microsoft.OperationalInsights/workspaces/w", {"features": {"disableLocalAuth": true}}),
	fx.resource("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/vault", {"properties": {"enableRbacAuthorization": true}}),
	fx.resource("insights:Component", "component", "Microsoft.Insights/components/c", {"disableLocalAuth": true}),
]

_on(resources) := fx.inventory({"identity.mfa": {}}, resources)

test_no_shared_keys if {
	{w.urn | some w in no_shared_keys.witness} == {"docs", "workspace", "vault", "component"} with input as _on(_all)
	count(no_shared_keys.violation) == 0 with input as _on(_all)
	count(no_shared_keys.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(no_shared_keys.witness) == 0 with input as fx.inventory({}, _all)
	count(no_shared_keys.violation) == 0 with input as fx.inventory({}, _all)
}

_cases := [
	["docs", "/allowSharedKeyAccess", true, "allowSharedKeyAccess"],
	["docs", "/allowSharedKeyAccess", null, "allowSharedKeyAccess"],
	["docs", "/isLocalUserEnabled", true, "isLocalUserEnabled"],
	["docs", "/isSftpEnabled", true, "isSftpEnabled"],
	["workspace", "/features/disableLocalAuth", false, "features.disableLocalAuth"],
	["vault", "/properties/enableRbacAuthorization", false, "properties.enableRbacAuthorization"],
	["component", "/disableLocalAuth", null, "disableLocalAuth"],
]

test_a_way_past_entra_is_a_violation if {
	every case in _cases {
		found := no_shared_keys.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		fx.at(found) == {[case[0], case[3]]}
	}
}

test_unknown_is_undetermined if {
	every case in _cases {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := no_shared_keys.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[3]]}
		count(no_shared_keys.violation) == 0 with input as _on(resources)
	}
}
