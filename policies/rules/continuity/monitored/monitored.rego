# METADATA
# title: Somebody is told when something goes wrong, or when nothing happens
# description: >-
#   For what the estate has there must be alarms that are on, that watch something
#   of the estate and that reach somebody: on a failed or late backup, a failed or
#   late drill, a hit on a firewall and access to a key. What is late makes no event,
#   so those alarms fire when a query finds nothing.
# scope: package
# custom:
#   promise: continuity.monitored
#   controls: [A.8.16, A.5.24]
#   severity: high
#   remediation: Add the alert, enable it and wire it to an action group that is enabled and has receivers.
#   types:
#     - azure-native:insights:ActionGroup
#     - azure-native:insights:MetricAlert
#     - azure-native:insights:ScheduledQueryRule
#     - azure-native:insights:ActivityLogAlert
#   facts: [alarm_topics]
package tillit.rules.continuity.monitored

import data.tillit.lib
import data.tillit.lib.checks

promise := "continuity.monitored"

_receivers := [
	"armRoleReceivers",
	"automationRunbookReceivers",
	"azureAppPushReceivers",
	"azureFunctionReceivers",
	"emailReceivers",
	"eventHubReceivers",
	"itsmReceivers",
	"logicAppReceivers",
	"smsReceivers",
	"voiceReceivers",
	"webhookReceivers",
]

_groups := [r | lib.promised(promise); some r in lib.by_type["azure-native:insights:ActionGroup"]]

_alerts := [r |
	lib.promised(promise)
	some r in lib.of([
		"azure-native:insights:MetricAlert",
		"azure-native:insights:ScheduledQueryRule",
		"azure-native:insights:ActivityLogAlert",
	])
]

_check contains {
	"urn": r.urn,
	"property": "enabled",
	"seen": seen,
	"good": seen in {null, true},
	"wanted": true,
	"msg": sprintf("%s is switched off", [r.name]),
} if {
	some r in array.concat(_groups, _alerts)
	seen := lib.prop(r, "enabled")
}

_check contains {
	"urn": r.urn,
	"property": "emailReceivers",
	"seen": seen,
	"good": _told(seen),
	"wanted": "somebody to tell",
	"msg": sprintf("%s tells nobody", [r.name]),
} if {
	some r in _groups
	seen := _receiving(r)
}

# _receiving is the kinds of receivers that a group has, or unknown while the only
# ones there may be are unknown.
_receiving(r) := known if {
	known := [kind | some kind in _receivers; count(lib.items(r, kind)) > 0]
	count(known) > 0
} else := {"$unknown": true} if {
	some kind in _receivers
	lib.unknown(lib.prop(r, kind))
} else := []

_told(seen) := count(seen) > 0 if is_array(seen)

_told(seen) := false if lib.unknown(seen)

_check contains {
	"urn": r.urn,
	"property": "actions",
	"seen": sort({lib.by_urn[urn].name | some urn in _wired(r)}),
	"good": count(_wired(r)) > 0,
	"wanted": "an action group of the estate",
	"msg": sprintf("%s tells no action group of the estate", [r.name]),
} if {
	some r in _alerts
}

_wired(r) := {urn |
	some id in _actions(r)
	some urn in lib.targets(r, "actions", id, "azure-native:insights:ActionGroup")
}

# _actions is the action group ids of an alert, wherever its type keeps them.
_actions(r) := [v | v := lib.prop(r, "actions")] if {
	lib.unknown(lib.prop(r, "actions"))
} else := [action.actionGroupId | some action in lib.items(r, "actions")] if {
	r.type == "azure-native:insights:MetricAlert"
} else := [group.actionGroupId | some group in lib.items(r, "actions.actionGroups")] if {
	r.type == "azure-native:insights:ActivityLogAlert"
} else := lib.items(r, "actions.actionGroups")

_check contains {
	"urn": r.urn,
	"property": "scopes",
	"seen": lib.veil(lib.prop(r, "scopes")),
	"good": _watches(r),
	"wanted": "a resource of the estate, or its subscription",
	"msg": sprintf("%s watches nothing of the estate", [r.name]),
} if {
	some r in _alerts
}

default _watches(_) := false

_watches(r) if {
	some scope in lib.items(r, "scopes")
	count(object.get(lib.by_id, lib.fold(scope), set())) > 0
}

_watches(r) if {
	some scope in lib.items(r, "scopes")
	is_string(scope)
	regex.match(`(?i)^/subscriptions/[^/]+/?$`, scope)
	split(lower(scope), "/")[2] in _subscriptions
}

_watches(r) if {
	some scope in array.concat([lib.prop(r, "scopes")], lib.items(r, "scopes"))
	lib.unknown(scope)
	count(object.get(r, ["propertyDependsOn", "scopes"], [])) > 0
}

_subscriptions := {split(id, "/")[2] | some id, _ in lib.by_id}

# What the estate has calls for alarms. An alert on the activity log tells what was
# done to a resource, not what happens in it.
_sound := checks.kept(_check)

_alarms := [{"late": _late(r), "text": lower(json.marshal(lib.prop(r, "criteria")))} |
	some r in _alerts
	r.type != "azure-native:insights:ActivityLogAlert"
	r.urn in _sound
]

default _late(_) := false

_late(r) if {
	some condition in lib.items(r, "criteria.allOf")
	lib.fold(condition.operator) in {"lessthan", "lessthanorequal", "equal", "equals"}
}

violation contains {
	"urn": "",
	"msg": sprintf("no alarm tells of %s", [topic]),
	"property": "",
	"seen": null,
	"wanted": "an alert that is on and wired to an action group",
} if {
	lib.promised(promise)
	some topic, need in data.facts.alarm_topics.value
	_called_for(need)
	not _alarmed(need)
}

# A job calls for an alarm by the command that it runs.
_called_for(need) if {
	some r in lib.of(need.types)
	commands := {lib.list(lib.at(container, "args"))[0] | some container in lib.items(r, "template.containers")}
	every command in object.get(need, "only", []) { command in commands }
	every command in object.get(need, "except", []) { not command in commands }
}

_alarmed(need) if {
	some alarm in _alarms
	alarm.late == need.late
	some word in need.words
	contains(alarm.text, word)
}

witness contains {"urn": urn, "designed": {}} if some urn in _sound

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
