# METADATA
# title: Logs can be searched for as long as promised
# description: >-
#   The workspace keeps every table for the promised time, no table is shortened,
#   and no daily cap stops the logs when there are many, as in an attack. Beyond two
#   years a workspace as a whole cannot keep logs; then every table that the estate's
#   diagnostic settings fill must.
# scope: package
# custom:
#   promise: log.traceable
#   controls: [A.8.15, A.5.33]
#   severity: high
#   remediation: Set the workspace's retention, and the total retention of its tables, to the promised time; set no daily cap.
#   types:
#     - azure-native:insights:DiagnosticSetting
#     - azure-native:operationalinsights:Workspace
#     - azure-native:operationalinsights:Table
#   facts: [log_tables, workspace_retention_default, workspace_retention_most]
package tillit.rules.log.kept_long_enough

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.diagnostics
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

# Beyond what a workspace can keep as a whole, each table that is filled has to say
# for itself how long it is kept.
_check contains {
	"urn": r.urn,
	"property": sprintf("tables[%s]", [table]),
	"seen": lib.unless_veiled({"azure-native:operationalinsights:Table"}, null),
	"good": false,
	"wanted": sprintf("a table %s with a total retention of at least %d days", [table, _days]),
	"msg": sprintf("%s keeps logs %d days at most, and nothing keeps its table %s for %s", [r.name, _most, table, values.spell(_for)]),
} if {
	_days > _most
	some r in _workspaces
	some table in (object.get(_filled, r.urn, {"AzureActivity"}) - {name | some urn in _tables[r.urn]; name := _table_name(urn)})
}

# _filled maps a workspace to the tables that the estate's settings fill in it.
_filled := lib.group(array.concat(
	[[workspace, table] |
		some r in diagnostics.loggable
		some setting in diagnostics.of(r.urn)
		some workspace in diagnostics.workspaces(setting)
		some table in _filling(r.type, setting)
	],
	[[workspace, "AzureActivity"] |
		some setting in diagnostics.activity
		some workspace in diagnostics.workspaces(setting)
	],
))

# A setting fills tables of the resource's own only when it says so, but for types
# that have no others.
_filling(type, _) := data.facts.log_tables.value.always[type]

_filling(type, setting) := data.facts.log_tables.value.dedicated[type] if {
	lib.fold(lib.prop(setting, "logAnalyticsDestinationType")) == "dedicated"
}

_filling(type, setting) := ["AzureDiagnostics"] if {
	not data.facts.log_tables.value.always[type]
	not _dedicated(type, setting)
}

_dedicated(type, setting) if {
	data.facts.log_tables.value.dedicated[type]
	lib.fold(lib.prop(setting, "logAnalyticsDestinationType")) == "dedicated"
}

_table_name(urn) := parts[count(parts) - 1] if parts := split(lib.by_urn[urn].id, "/")

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
