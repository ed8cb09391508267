package tillit.rules.log.activity_log_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.log.activity_log

_workspace := "Microsoft.OperationalInsights/workspaces/w"

_logs := [{"category": category, "enabled": true} | some category in ["Administrative", "Policy", "Security", "Alert"]]

_all := [
	fx.resource("operationalinsights:Workspace", "workspace", _workspace, {}),
	fx.resource("insights:DiagnosticSetting", "activity", "Microsoft.Insights/diagnosticSettings/a", {
		"resourceUri": "/subscriptions/s",
		"workspaceId": fx.id(_workspace),
		"logs": _logs,
	}),
]

_on(resources) := fx.inventory({"log.traceable": {"for": fx.days(365)}}, resources)

test_the_activity_log_is_sent if {
	activity_log.witness == {{"urn": "activity", "designed": {}}} with input as _on(_all)
	count(activity_log.violation) == 0 with input as _on(_all)
	count(activity_log.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(activity_log.witness) == 0 with input as fx.inventory({}, _all)
	count(activity_log.violation) == 0 with input as fx.inventory({}, [])
}

test_no_setting if {
	found := activity_log.violation with input as _on([_all[0]])
	{v.msg | some v in found} == {"nothing sends the activity log of /subscriptions/s to a workspace"}
}

test_a_setting_that_leaves_something_out if {
	every logs in [[_logs[0], _logs[1]], array.concat([_logs[0], _logs[1]], [{"category": "Security", "enabled": false}])] {
		found := activity_log.violation with input as _on(fx.changed(_all, "activity", "/logs", logs))
		{v.msg | some v in found} == {"activity leaves out Security of the activity log"}
	}
}

test_a_setting_on_another_subscription if {
	found := activity_log.violation with input as _on(fx.changed(_all, "activity", "/resourceUri", "/subscriptions/other"))
	{v.msg | some v in found} == {"nothing sends the activity log of /subscriptions/s to a workspace"}
	count(activity_log.witness) == 0 with input as _on(fx.changed(_all, "activity", "/resourceUri", "/subscriptions/other"))
}

test_every_subscription_counts if {
	more := [object.union(_all[0], {"urn": "w2", "id": "/subscriptions/two/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"})]
	found := activity_log.violation with input as _on(array.concat(_all, more))
	{v.msg | some v in found} == {"nothing sends the activity log of /subscriptions/two to a workspace"}
	group := [object.union(_all[1], {"urn": "group", "type": "azure-native:insights:ManagementGroupDiagnosticSetting", "id": "/x"})]
	count(activity_log.violation) == 0 with input as _on(array.concat([_all[0]], array.concat(more, group)))
}

test_a_setting_that_sends_elsewhere if {
	found := activity_log.violation with input as _on(fx.dropped(_all, "activity", "/workspaceId"))
	fx.at(found) == {["activity", "workspaceId"]}
}

test_one_complete_setting_is_enough if {
	partial := [object.union(_all[1], {"urn": "partial", "props": {"logs": []}})]
	count(activity_log.violation) == 0 with input as _on(array.concat(_all, partial))
}

test_unknown_is_undetermined if {
	resources := fx.changed(_all, "activity", "/logs", fx.unknown)
	found := activity_log.undetermined with input as _on(resources)
	fx.at(found) == {["activity", "logs"]}
	count(activity_log.violation) == 0 with input as _on(resources)
	subject := fx.changed(_all, "activity", "/resourceUri", fx.unknown)
	on_subject := activity_log.undetermined with input as _on(subject)
	fx.at(on_subject) == {["", "resourceUri"]}
	count(activity_log.violation) == 0 with input as _on(subject)
}
