# METADATA
# title: Databases log who signs in and what is changed
# description: >-
#   A database's diagnostic setting sends what the database logs, which is little unless
#   it is told to log more. PostgreSQL servers log connections and, through pgAudit,
#   what is written, defined and granted; SQL servers audit every statement and every
#   sign-in, without a filter, to the workspace.
# scope: package
# custom:
#   promise: log.traceable
#   controls: [A.8.15, A.8.16]
#   severity: high
#   remediation: >-
#     Load pgAudit and let it log write, ddl and role; leave the logging of connections
#     on. Give a SQL server an auditing policy that is enabled and sends to Azure
#     Monitor.
#   types:
#     - azure-native:dbforpostgresql:Configuration
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:ExtendedServerBlobAuditingPolicy
#     - azure-native:sql:Server
#   facts: [postgres_audit, sql_audit]
package tillit.rules.log.database_audited

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "log.traceable"

# PostgreSQL: a server and what its parameters say.

_check contains {
	"urn": _holder(r, name),
	"property": sprintf("parameters[%s]", [name]),
	"seen": seen,
	"good": _says(seen, want.words),
	"wanted": concat(",", want.words),
	"msg": sprintf("%s does not log all that is done in it: its parameter %s leaves out %s", [r.name, name, concat(", ", want.words)]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:dbforpostgresql:Server"]
	some name, want in data.facts.postgres_audit.value
	seen := _parameter(r, name, want["default"])
}

# _holder is the resource that sets a server's parameter, else the server.
_holder(r, name) := urn if {
	some urn in _set(r, name)
} else := r.urn

_parameter(r, name, fallback) := values.otherwise(lib.prop(lib.by_urn[urn], "value"), fallback) if {
	some urn in _set(r, name)
} else := {"$unknown": true} if {
	_nameless
} else := fallback

# A parameter whose name is not known yet may be any.
_nameless if {
	some r in lib.by_type["azure-native:dbforpostgresql:Configuration"]
	lib.unknown(lib.prop(r, "configurationName"))
}

_set(r, name) := object.get(_parameters, [[r.urn, name]], set())

_parameters := lib.group([[[server, lower(name)], r.urn] |
	some r in lib.by_type["azure-native:dbforpostgresql:Configuration"]
	name := lib.prop(r, "configurationName")
	is_string(name)
	some server in lib.container(r)
])

default _says(_, _) := false

# The value is a list of words; pgAudit knows one for all of them.
_says(seen, wanted) if {
	is_string(seen)
	words := {trim_space(word) | some word in split(lower(seen), ",")}
	count({word | some word in wanted} - words) == 0
}

_says(seen, _) if lib.fold(seen) == "all"

# Azure SQL: a server and its auditing policies.

_check contains {
	"urn": r.urn,
	"property": "auditing",
	"seen": lib.unless_veiled({"azure-native:sql:ExtendedServerBlobAuditingPolicy"}, null),
	"good": count(object.get(_policies, r.urn, set())) > 0,
	"wanted": "an auditing policy",
	"msg": sprintf("%s has no auditing policy, so nothing tells who did what in its databases", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:sql:Server"]
}

_policies := stores.children(["azure-native:sql:ExtendedServerBlobAuditingPolicy"])

_check contains check if {
	lib.promised(promise)
	some check in checks.table({"azure-native:sql:ExtendedServerBlobAuditingPolicy": [
		{
			"property": "state",
			"good": {"enabled"},
			"wanted": "Enabled",
			"fault": "is off, so nothing tells who did what in the databases",
		},
		{
			"property": "isAzureMonitorTargetEnabled",
			"good": {true},
			"wanted": true,
			"fault": "does not send what is done in the databases to the workspace",
		},
		{
			"property": "predicateExpression",
			"good": {null, ""},
			"wanted": "no filter",
			"fault": "leaves out what its filter says",
		},
	]})
}

# Without a list Azure audits what is wanted.
_check contains {
	"urn": r.urn,
	"property": "auditActionsAndGroups",
	"seen": lib.veil(seen),
	"good": _audits(seen),
	"wanted": data.facts.sql_audit.value,
	"msg": sprintf("%s leaves statements or sign-ins out", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:sql:ExtendedServerBlobAuditingPolicy"]
	seen := lib.prop(r, "auditActionsAndGroups")
}

default _audits(_) := false

_audits(seen) if seen in {null, []}

_audits(seen) if {
	is_array(seen)
	groups := {upper(group) | some group in seen; is_string(group)}
	count({group | some group in data.facts.sql_audit.value} - groups) == 0
}

# The servers are what keeps the promise; their settings only help.
witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	some r in lib.of(["azure-native:dbforpostgresql:Server", "azure-native:sql:Server"])
	count(({r.urn} | _helpers(r.urn)) & _faulty) == 0
}

_faulty := {check.urn | some check in _check; not check.good}

_helpers(urn) := object.get(_policies, urn, set()) | {helper |
	some name, _ in data.facts.postgres_audit.value
	some helper in object.get(_parameters, [[urn, name]], set())
}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
