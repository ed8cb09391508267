# METADATA
# title: Logs can be searched for as long as promised
# description: >-
#   The workspace keeps every table for the promised time, no table is shortened,
#   and no daily cap stops the logs when there are many, as in an attack. Beyond two
#   years a workspace as a whole cannot keep logs; then tables must.
# scope: package
# custom:
#   promise: log.traceable
#   controls: [A.8.15, A.5.33]
#   severity: high
#   remediation: Set the workspace's retention, and the total retention of its tables, to the promised time; set no daily cap.
#   types: [azure-native:operationalinsights:Workspace, azure-native:operationalinsights:Table]
#   facts: [workspace_retention_default, workspace_retention_most]
package tillit.rules.log.kept_long_enough

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "log.traceable"

_for := lib.promised(promise).for.seconds

_day := 86400

_days := ceil(_for / _day)

_most := data.facts.workspace_retention_most.value

_workspaces := [r | _for; some r in lib.by_type["azure-native:operationalinsights:Workspace"]]

_kept(r) := values.otherwise(lib.prop(r, "retentionInDays"), data.facts.workspace_retention_default.value)

_check contains {
	"urn": r.urn,
	"property": "retentionInDays",
	"seen": seen,
	"good": values.at_least(seen, min({_days, _most})),
	"wanted": sprintf("at least %d", [min({_days, _most})]),
	"msg": sprintf("%s forgets logs before %s have passed", [r.name, values.spell(_for)]),
} if {
	some r in _workspaces
	seen := _kept(r)
}

_check contains {
	"urn": r.urn,
	"property": "workspaceCapping.dailyQuotaGb",
	"seen": seen,
	"good": seen in {null, -1},
	"wanted": "no daily cap",
	"msg": sprintf("%s takes no more logs on a day when there are more than %v GB", [r.name, _shown(seen)]),
} if {
	some r in _workspaces
	seen := lib.prop(r, "workspaceCapping.dailyQuotaGb")
}

_shown(v) := v if lib.known(v)

_shown(v) := "an unknown number of" if lib.unknown(v)

_check contains {
	"urn": r.urn,
	"property": "totalRetentionInDays",
	"seen": null,
	"good": false,
	"wanted": sprintf("at least %d", [_days]),
	"msg": sprintf("%s keeps logs %d days at most, and none of its tables keeps them for %s", [r.name, _most, values.spell(_for)]),
} if {
	_days > _most
	some r in _workspaces
	not _tables[r.urn]
}

_tables := stores.children(["azure-native:operationalinsights:Table"])

# A table that says nothing takes the workspace's retention.
_check contains {
	"urn": urn,
	"property": "totalRetentionInDays",
	"seen": seen,
	"good": values.at_least(seen, _days),
	"wanted": sprintf("at least %d", [_days]),
	"msg": sprintf("the table %s is forgotten before %s have passed", [lib.by_urn[urn].name, values.spell(_for)]),
} if {
	some r in _workspaces
	some urn in _tables[r.urn]
	seen := _total(lib.by_urn[urn], r)
}

_total(table, workspace) := values.otherwise(
	lib.prop(table, "totalRetentionInDays"),
	values.otherwise(lib.prop(table, "retentionInDays"), _kept(workspace)),
)

witness contains {"urn": urn, "designed": {"for": _designed(urn) * _day}} if some urn in checks.kept(_check)

_designed(urn) := days if {
	some workspace in lib.container(lib.by_urn[urn])
	days := _total(lib.by_urn[urn], lib.by_urn[workspace])
} else := min({days | some table in _tables[urn]; days := _total(lib.by_urn[table], lib.by_urn[urn])}) if {
	_days > _most
} else := _kept(lib.by_urn[urn])

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
