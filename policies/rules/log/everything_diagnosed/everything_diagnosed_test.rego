package tillit.rules.log.everything_diagnosed_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.log.everything_diagnosed

_workspace := "Microsoft.OperationalInsights/workspaces/w"

_setting(name, target) := fx.resource("insights:DiagnosticSetting", name, sprintf("Microsoft.Insights/diagnosticSettings/%s", [name]), {
	"resourceUri": fx.id(target),
	"workspaceId": fx.id(_workspace),
	"logs": [{"categoryGroup": "allLogs", "enabled": true}],
})

_all := [
	fx.resource("operationalinsights:Workspace", "workspace", _workspace, {}),
	fx.resource("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/vault", {}),
	fx.resource("storage:StorageAccount", "docs", "Microsoft.Storage/storageAccounts/docs", {}),
	fx.resource("resources:ResourceGroup", "group", "g", {}),
	_setting("of-workspace", _workspace),
	_setting("of-vault", "Microsoft.KeyVault/vaults/vault"),
	_setting("of-docs", "Microsoft.Storage/storageAccounts/docs/blobServices/default"),
]

_on(resources) := fx.inventory({"log.traceable": {"for": fx.days(365)}}, resources)

test_everything_logs if {
	{w.urn | some w in everything_diagnosed.witness} == {"workspace", "vault", "docs"} with input as _on(_all)
	count(everything_diagnosed.violation) == 0 with input as _on(_all)
	count(everything_diagnosed.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(everything_diagnosed.witness) == 0 with input as fx.inventory({}, _all)
	count(everything_diagnosed.violation) == 0 with input as fx.inventory({}, fx.without(_all, {"of-vault"}))
}

_said(resources) := messages if {
	found := everything_diagnosed.violation with input as _on(resources)
	messages := {v.msg | some v in found}
}

test_no_setting if {
	every name in ["vault", "docs", "workspace"] {
		_said(fx.without(_all, {sprintf("of-%s", [name])})) == {sprintf("%s has no diagnostic setting for its logs", [name])}
	}
}

test_a_setting_that_sends_some if {
	every logs in [[], [{"categoryGroup": "allLogs", "enabled": false}], [{"category": "AuditEvent", "enabled": true}]] {
		_said(fx.changed(_all, "of-vault", "/logs", logs)) == {"vault does not send all of its logs"}
	}
}

test_a_setting_that_sends_elsewhere if {
	_said(fx.changed(_all, "of-vault", "/workspaceId", "/subscriptions/elsewhere")) == {"vault does not send its logs to a workspace of the estate"}
	_said(fx.changed(_all, "of-docs", "/resourceUri", fx.id("Microsoft.Storage/storageAccounts/docs"))) == {"docs has no diagnostic setting for its logs"}
}

_environment := "Microsoft.App/managedEnvironments/jobs"

_with_jobs := array.concat(_all, [
	fx.resource("app:ManagedEnvironment", "jobs", _environment, {"appLogsConfiguration": {"destination": "azure-monitor"}}),
	_setting("of-jobs", _environment),
])

test_what_jobs_print if {
	_said(_with_jobs) == set()
	every destination in [null, "log-analytics"] {
		_said(fx.changed(_with_jobs, "jobs", "/appLogsConfiguration/destination", destination)) == {"jobs does not give what its jobs print to its diagnostic setting"}
	}
	hidden := everything_diagnosed.undetermined with input as _on(fx.changed(_with_jobs, "jobs", "/appLogsConfiguration", fx.unknown))
	fx.at(hidden) == {["jobs", "appLogsConfiguration.destination"]}
}

test_unknown_is_undetermined if {
	resources := fx.changed(_all, "of-vault", "/logs", fx.unknown)
	found := everything_diagnosed.undetermined with input as _on(resources)
	fx.at(found) == {["vault", "diagnosticSettings"]}
	count(everything_diagnosed.violation) == 0 with input as _on(resources)
}

test_by_dependency_while_unknown if {
	count(everything_diagnosed.violation) == 0 with input as _on(fx.vague(_all, "of-vault", "resourceUri", ["vault"]))
}
