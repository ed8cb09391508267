package tillit.rules.continuity.monitored_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.continuity.monitored

_group := "Microsoft.Insights/actionGroups/group"

_query(name, query, operator) := fx.resource("insights:ScheduledQueryRule", name, sprintf("Microsoft.Insights/scheduledQueryRules/%s", [name]), {
	"enabled": true,
	"criteria": {"allOf": [{"query": query, "operator": operator}]},
	"actions": {"actionGroups": [fx.id(_group)]},
	"scopes": [fx.id("Microsoft.KeyVault/vaults/vault")],
})

_all := [
	fx.resource("insights:ActionGroup", "group", _group, {
		"enabled": true,
		"emailReceivers": [{"name": "contact", "emailAddress": "a@example.org"}],
	}),
	_query("backup-failed", "AddonAzureBackupJobs | where JobStatus == 'Failed'", "GreaterThan"),
	_query("backup-late", "AddonAzureBackupJobs | where JobStatus == 'Completed'", "LessThan"),
	_query("drill-failed", "ContainerAppConsoleLogs | where event == 'drill-finished'", "GreaterThan"),
	_query("drill-late", "ContainerAppConsoleLogs | where event == 'drills-age'", "LessThan"),
	_query("firewall", "AZFWIdpsSignature", "GreaterThan"),
	_query("waf", "AzureDiagnostics | where Category == 'FrontDoorWebApplicationFirewallLog'", "GreaterThan"),
	_query("keys", "AZKVAuditLogs", "GreaterThan"),
	fx.resource("insights:ActivityLogAlert", "removed", "Microsoft.Insights/activityLogAlerts/removed", {
		"condition": {"allOf": [{"field": "category", "equals": "Administrative"}]},
		"actions": {"actionGroups": [{"actionGroupId": fx.id(_group)}]},
		"scopes": ["/subscriptions/s"],
	}),
	fx.resource("insights:MetricAlert", "metric", "Microsoft.Insights/metricAlerts/metric", {
		"enabled": true,
		"actions": [{"actionGroupId": fx.id(_group)}],
		"scopes": ["/SUBSCRIPTIONS/s/"],
	}),
	fx.resource("dataprotection:BackupVault", "backups", "Microsoft.DataProtection/backupVaults/v", {}),
	fx.resource("app:Job", "job", "Microsoft.App/jobs/job", {}),
	fx.resource("network:AzureFirewall", "edge", "Microsoft.Network/azureFirewalls/edge", {}),
	fx.resource("network:Policy", "waf-policy", "Microsoft.Network/frontDoorWebApplicationFirewallPolicies/waf", {}),
	fx.resource("keyvault:Vault", "vault", "Microsoft.KeyVault/vaults/vault", {}),
]

_on(resources) := fx.inventory({"continuity.monitored": {}}, resources)

test_alarms_that_reach_somebody if {
	count(monitored.witness) == 10 with input as _on(_all)
	count(monitored.violation) == 0 with input as _on(_all)
	count(monitored.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(monitored.witness) == 0 with input as fx.inventory({}, _all)
	count(monitored.violation) == 0 with input as fx.inventory({}, fx.without(_all, {"group"}))
}

_tells := {
	"backup-failed": "a failed backup",
	"backup-late": "a late backup",
	"drill-failed": "a failed drill",
	"drill-late": "a late drill",
	"firewall": "a hit on a firewall",
	"waf": "a hit on the web application firewall",
	"keys": "access to a key",
}

test_each_alarm_is_called_for if {
	every name, topic in _tells {
		found := monitored.violation with input as _on(fx.without(_all, {name}))
		{v.msg | some v in found} == {sprintf("no alarm tells of %s", [topic])}
	}
}

test_what_the_estate_lacks_calls_for_no_alarm if {
	count(monitored.violation) == 0 with input as _on(fx.without(_all, {"job", "drill-failed", "drill-late"}))
}

_copy := fx.resource("app:Job", "copy", "Microsoft.App/jobs/copy", {"template": {"containers": [{"args": ["copy"]}]}})

test_a_job_calls_for_alarms_by_what_it_runs if {
	lone := array.concat(fx.without(_all, {"job", "drill-failed", "drill-late"}), [_copy])
	found := monitored.violation with input as _on(lone)
	{v.msg | some v in found} == {"no alarm tells of a late copy"}
	told := array.concat(lone, [_query("copy-late", "ContainerAppConsoleLogs | where event == 'copy-finished'", "LessThan")])
	count(monitored.violation) == 0 with input as _on(told)
}

test_an_alarm_that_is_off_is_none if {
	found := monitored.violation with input as _on(fx.changed(_all, "keys", "/enabled", false))
	{v.msg | some v in found} == {"keys is switched off", "no alarm tells of access to a key"}
}

test_an_alarm_that_tells_nobody_is_none if {
	every case in [
		["keys", "/actions", {"actionGroups": []}],
		["removed", "/actions", {"actionGroups": []}],
		["metric", "/actions", []],
		["keys", "/actions", {"actionGroups": ["/subscriptions/elsewhere"]}],
	] {
		found := monitored.violation with input as _on(fx.changed(_all, case[0], case[1], case[2]))
		[case[0], "actions"] in fx.at(found)
	}
}

test_an_alarm_that_watches_nothing_of_the_estate_is_none if {
	every scopes in [null, [], ["/subscriptions/elsewhere"], [fx.id("Microsoft.KeyVault/vaults/other")]] {
		found := monitored.violation with input as _on(fx.changed(_all, "keys", "/scopes", scopes))
		{v.msg | some v in found} == {"keys watches nothing of the estate", "no alarm tells of access to a key"}
	}
}

test_what_is_done_to_a_resource_is_not_what_happens_in_it if {
	resources := fx.changed(fx.without(_all, {"keys"}), "removed", "/condition", {"allOf": [{"field": "operationName", "equals": "Microsoft.KeyVault/vaults/delete"}]})
	found := monitored.violation with input as _on(resources)
	{v.msg | some v in found} == {"no alarm tells of access to a key"}
}

test_a_group_that_tells_nobody if {
	off := monitored.violation with input as _on(fx.changed(_all, "group", "/enabled", false))
	fx.at(off) == {["group", "enabled"]}
	empty := monitored.violation with input as _on(fx.changed(_all, "group", "/emailReceivers", []))
	fx.at(empty) == {["group", "emailReceivers"]}
}

test_unknown_is_undetermined if {
	every case in [["group", "/enabled", "enabled"], ["group", "/emailReceivers", "emailReceivers"], ["metric", "/enabled", "enabled"], ["metric", "/scopes", "scopes"]] {
		resources := fx.changed(_all, case[0], case[1], fx.unknown)
		found := monitored.undetermined with input as _on(resources)
		fx.at(found) == {[case[0], case[2]]}
		count(monitored.violation) == 0 with input as _on(resources)
	}
}

test_by_dependency_while_unknown if {
	every name in ["keys", "removed", "metric"] {
		count(monitored.violation) == 0 with input as _on(fx.vague(_all, name, "actions", ["group"]))
		count(monitored.violation) == 0 with input as _on(fx.vague(_all, name, "scopes", ["vault"]))
	}
}
