# METADATA
# title: The activity log is kept and can be searched
# description: >-
#   The activity log says who changed what in a subscription. Azure keeps it 90 days;
#   to be traceable longer it has to be sent to the workspace, from every subscription
#   that the estate stands in.
# scope: package
# custom:
#   promise: log.traceable
#   controls: [A.8.15]
#   severity: high
#   remediation: Give each subscription a diagnostic setting with the categories Administrative, Policy and Security and the estate's workspace.
#   types:
#     - azure-native:insights:DiagnosticSetting
#     - azure-native:insights:SubscriptionDiagnosticSetting
#     - azure-native:insights:ManagementGroupDiagnosticSetting
#   facts: [activity_log_categories]
package tillit.rules.log.activity_log

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.diagnostics

promise := "log.traceable"

_categories := {c | some c in data.facts.activity_log_categories.value}

_check contains {
	"urn": r.urn,
	"property": "logs",
	"seen": seen,
	"good": (_categories - _sent(r)) == set(),
	"wanted": concat(", ", sort(_categories)),
	"msg": sprintf("%s leaves out %s of the activity log", [r.name, concat(", ", sort(_categories - _sent(r)))]),
} if {
	lib.promised(promise)
	some r in diagnostics.activity
	seen := _seen(r)
}

_seen(r) := sort(_sent(r)) if lib.known(lib.prop(r, "logs"))

_seen(r) := {"$unknown": true} if lib.unknown(lib.prop(r, "logs"))

_sent(r) := {log.category | some log in lib.items(r, "logs"); log.enabled == true}

_check contains {
	"urn": r.urn,
	"property": "workspaceId",
	"seen": lib.prop(r, "workspaceId"),
	"good": _searchable(r),
	"wanted": "a workspace of the estate",
	"msg": sprintf("%s does not send the activity log to a workspace of the estate", [r.name]),
} if {
	lib.promised(promise)
	some r in diagnostics.activity
}

default _searchable(_) := false

_searchable(r) if diagnostics.searchable(r)

# One complete setting is enough for a subscription.
_complete := [r |
	kept := checks.kept(_check)
	some r in diagnostics.activity
	r.urn in kept
]

_silent := diagnostics.silent(_complete)

_missing contains {
	"urn": "",
	"property": "resourceUri",
	"seen": lib.unless_veiled({"azure-native:insights:DiagnosticSetting"}, null),
	"good": false,
	"wanted": "a diagnostic setting on the subscription",
	"msg": sprintf("nothing sends the activity log of %s to a workspace", [subscription]),
} if {
	lib.promised(promise)
	some subscription in (_silent & diagnostics.silent(diagnostics.activity))
}

witness contains {"urn": r.urn, "designed": {}} if {
	some r in _complete
	count(diagnostics.about(r)) > 0
}

violation contains found if some found in checks.violations(_missing)

violation contains found if {
	count(_silent) > 0
	some found in checks.violations(_check)
}

undetermined contains found if some found in checks.undetermined(_missing)

undetermined contains found if {
	count(_silent) > 0
	some found in checks.undetermined(_check)
}
