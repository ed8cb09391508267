package tillit.lib.diagnostics_test

import data.tillit.lib.diagnostics
import data.tillit.lib.fixtures_test as fx

_account := "Microsoft.Storage/storageAccounts/docs"

_vault := "Microsoft.KeyVault/vaults/vault"

_setting(name, props) := fx.resource("insights:DiagnosticSetting", name, sprintf("Microsoft.Insights/diagnosticSettings/%s", [name]), props)

_base := [
	fx.resource("storage:StorageAccount", "docs", _account, {}),
	fx.resource("storage:BlobServiceProperties", "blobs", sprintf("%s/blobServices/default", [_account]), {}),
	fx.resource("keyvault:Vault", "vault", _vault, {}),
	fx.resource("resources:ResourceGroup", "group", "g", {}),
	fx.resource("operationalinsights:Workspace", "workspace", "Microsoft.OperationalInsights/workspaces/w", {}),
]

_of(urn, settings) := found if {
	found := {s.name | some s in diagnostics.of(urn)} with input as fx.inventory({}, array.concat(_base, settings))
}

test_loggable_is_what_offers_logs if {
	found := diagnostics.loggable with input as fx.inventory({}, _base)
	{r.name | some r in found} == {"docs", "vault", "workspace"}
}

test_a_setting_belongs_to_the_resource_it_names if {
	_of("vault", [_setting("a", {"resourceUri": fx.id(_vault)})]) == {"a"}
	_of("vault", [_setting("a", {"resourceUri": fx.id(_account)})]) == set()
}

test_an_account_logs_on_its_blob_service if {
	_of("docs", [_setting("a", {"resourceUri": sprintf("%s/blobServices/default", [fx.id(_account)])})]) == {"a"}
	_of("docs", [_setting("a", {"resourceUri": fx.id(_account)})]) == set()
}

test_by_dependency_while_unknown if {
	_of("docs", [_vague("blobs")]) == {"a"}
	_of("vault", [_vague("vault")]) == {"a"}
}

_vague(on) := object.union(
	_setting("a", {"resourceUri": fx.unknown}),
	{"propertyDependsOn": {"resourceUri": [on]}},
)

test_full_is_all_logs_or_all_audit_logs if {
	diagnostics.full(_setting("a", {"logs": [{"categoryGroup": "allLogs", "enabled": true}]}))
	diagnostics.full(_setting("a", {"logs": [{"categoryGroup": "audit", "enabled": true}]}))
	every logs in [[], [{"categoryGroup": "allLogs", "enabled": false}], [{"category": "AuditEvent", "enabled": true}]] {
		not diagnostics.full(_setting("a", {"logs": logs}))
	}
}

test_where_logs_go if {
	setting := _setting("a", {
		"workspaceId": fx.id("Microsoft.OperationalInsights/workspaces/w"),
		"storageAccountId": fx.id(_account),
	})
	inventory := fx.inventory({}, _base)
	diagnostics.searchable(setting) with input as inventory
	diagnostics.archives(setting) == {"docs"} with input as inventory
	not diagnostics.searchable(_setting("b", {"workspaceId": "/subscriptions/elsewhere"})) with input as inventory
	diagnostics.archives(_setting("b", {})) == set() with input as inventory
}

test_settings_of_the_activity_log if {
	resources := [
		_setting("subscription", {"resourceUri": "/subscriptions/s"}),
		_setting("resource", {"resourceUri": fx.id(_vault)}),
		fx.resource("insights:SubscriptionDiagnosticSetting", "own", "Microsoft.Insights/diagnosticSettings/own", {}),
	]
	found := diagnostics.activity with input as fx.inventory({}, resources)
	{r.name | some r in found} == {"subscription", "own"}
}

test_a_setting_tells_about_its_own_subscription if {
	inventory := fx.inventory({}, _base)
	every case in [
		[_setting("a", {"resourceUri": "/subscriptions/S"}), {"/subscriptions/s"}],
		[_setting("b", {"resourceUri": "/subscriptions/other"}), set()],
		[{"type": "azure-native:insights:SubscriptionDiagnosticSetting", "id": "/subscriptions/s/providers/x/y/z"}, {"/subscriptions/s"}],
		[{"type": "azure-native:insights:ManagementGroupDiagnosticSetting"}, {"/subscriptions/s"}],
	] {
		diagnostics.about(case[0]) == case[1] with input as inventory
	}
	diagnostics.silent([]) == {"/subscriptions/s"} with input as inventory
}

test_a_sql_server_logs_on_its_master_database if {
	server := fx.resource("sql:Server", "sql", "Microsoft.Sql/servers/sql", {})
	setting := _setting("a", {"resourceUri": concat("", [fx.id("Microsoft.Sql/servers/sql"), "/databases/master"])})
	found := diagnostics.of("sql") with input as fx.inventory({}, [server, setting])
	{r.name | some r in found} == {"a"}
}
