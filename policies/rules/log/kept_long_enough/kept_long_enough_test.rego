package tillit.rules.log.kept_long_enough_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.log.kept_long_enough

_workspace := "Microsoft.OperationalInsights/workspaces/w"

_table(props) := fx.resource("operationalinsights:Table", "table", sprintf("%s/tables/AzureActivity", [_workspace]), props)

_all := [fx.resource("operationalinsights:Workspace", "workspace", _workspace, {"retentionInDays": 400})]

_promises(days) := {"log.traceable": {"for": fx.days(days)}}

_on(resources) := fx.inventory(_promises(365), resources)

test_kept_as_long_as_promised if {
	kept_long_enough.witness == {{"urn": "workspace", "designed": {"for": 400 * 86400}}} with input as _on(_all)
	count(kept_long_enough.violation) == 0 with input as _on(_all)
	count(kept_long_enough.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(kept_long_enough.witness) == 0 with input as fx.inventory({}, _all)
	count(kept_long_enough.violation) == 0 with input as fx.inventory({}, _all)
}

test_forgotten_early if {
	every resources in [fx.changed(_all, "workspace", "/retentionInDays", 364), fx.dropped(_all, "workspace", "/retentionInDays")] {
		found := kept_long_enough.violation with input as _on(resources)
		fx.at(found) == {["workspace", "retentionInDays"]}
	}
}

test_a_daily_cap_loses_logs if {
	found := kept_long_enough.violation with input as _on(fx.changed(_all, "workspace", "/workspaceCapping", {"dailyQuotaGb": 5}))
	{v.msg | some v in found} == {"workspace takes no more logs on a day when there are more than 5 GB"}
	count(kept_long_enough.violation) == 0 with input as _on(fx.changed(_all, "workspace", "/workspaceCapping", {"dailyQuotaGb": -1}))
}

test_a_table_may_not_forget_earlier if {
	every props in [{"totalRetentionInDays": 30}, {"retentionInDays": 30}] {
		found := kept_long_enough.violation with input as _on(array.concat(_all, [_table(props)]))
		fx.at(found) == {["table", "totalRetentionInDays"]}
	}
	kept_long_enough.witness == {
		{"urn": "workspace", "designed": {"for": 400 * 86400}},
		{"urn": "table", "designed": {"for": 400 * 86400}},
	} with input as _on(array.concat(_all, [_table({})]))
}

test_longer_than_a_workspace_can if {
	longest := fx.changed(_all, "workspace", "/retentionInDays", 730)
	bare := kept_long_enough.violation with input as fx.inventory(_promises(1000), longest)
	fx.at(bare) == {["workspace", "tables[AzureActivity]"]}
	with_table := fx.inventory(_promises(1000), array.concat(longest, [_table({"totalRetentionInDays": 1095})]))
	kept_long_enough.witness == {
		{"urn": "workspace", "designed": {"for": 1095 * 86400}},
		{"urn": "table", "designed": {"for": 1095 * 86400}},
	} with input as with_table
	count(kept_long_enough.violation) == 0 with input as with_table
}

test_unknown_is_undetermined if {
	every case in [
		["workspace", "/retentionInDays", "retentionInDays"],
		["workspace", "/workspaceCapping", "workspaceCapping.dailyQuotaGb"],
		["table", "/totalRetentionInDays", "totalRetentionInDays"],
	] {
		resources := fx.changed(array.concat(_all, [_table({"totalRetentionInDays": 400})]), case[0], case[1], fx.unknown)
		found := kept_long_enough.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[2]]}
		count(kept_long_enough.violation) == 0 with input as _on(resources)
	}
}

_sending(name, uri, more) := fx.resource("insights:DiagnosticSetting", name, sprintf("Microsoft.Insights/diagnosticSettings/%s", [name]), object.union(
	{"resourceUri": uri, "workspaceId": fx.id(_workspace)},
	more,
))

_logging := array.concat(fx.changed(_all, "workspace", "/retentionInDays", 730), [
	fx.resource("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/v", {}),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {}),
	fx.resource("network:PublicIPAddress", "pip", "Microsoft.Network/publicIPAddresses/pip", {}),
	_sending("of-vault", fx.id("Microsoft.KeyVault/vaults/v"), {"logAnalyticsDestinationType": "Dedicated"}),
	_sending("of-docs", concat("", [fx.id("Microsoft.Storage/storageAccounts/docs"), "/blobServices/default"]), {}),
	_sending("of-pip", fx.id("Microsoft.Network/publicIPAddresses/pip"), {}),
	_sending("activity", "/subscriptions/s", {}),
])

test_every_table_that_is_filled_must_be_kept if {
	found := kept_long_enough.violation with input as fx.inventory(_promises(1000), _logging)
	fx.at(found) == {["workspace", sprintf("tables[%s]", [table])] |
		some table in ["AZKVAuditLogs", "AzureActivity", "AzureDiagnostics", "StorageBlobLogs"]
	}
	shared := fx.dropped(_logging, "of-vault", "/logAnalyticsDestinationType")
	less := kept_long_enough.violation with input as fx.inventory(_promises(1000), shared)
	count(less) == 3
	count(kept_long_enough.violation) == 0 with input as fx.inventory(_promises(700), _logging)
}

test_a_table_that_is_not_known_may_be_there if {
	hidden := array.concat(_logging, [fx.resource("operationalinsights:Table", "table", "?", {"tableName": fx.unknown})])
	found := kept_long_enough.undetermined with input as fx.inventory(_promises(1000), hidden)
	count(found) == 4
	count(kept_long_enough.violation) == 0 with input as fx.inventory(_promises(1000), hidden)
}
