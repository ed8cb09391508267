# METADATA
# title: No person or group has standing access to customer data
# description: >-
#   Roles that reach data, keys or secrets, and the administration of databases,
#   are for workloads only. Whoever supports a customer is let in for the occasion,
#   with consent, outside the estate.
# scope: package
# custom:
#   promise: identity.support-blind
#   controls: [A.5.15, A.5.18, A.8.3]
#   severity: critical
#   remediation: Give the role to the workload's managed identity; let people in for a time, with approval.
#   types:
#     - azure-native:authorization:RoleAssignment
#     - azure-native:authorization:RoleDefinition
#     - azure-native:dbforpostgresql:Administrator
#     - azure-native:sql:Server
#     - azure-native:sql:ServerAzureADAdministrator
#   facts: [data_giving_actions, data_roles]
package tillit.rules.identity.support_blind

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.roles

promise := "identity.support-blind"

# A role that is not known yet may reach data; it does not matter for a workload.
_given := array.concat(
	[{"urn": r.urn, "property": "principalType", "kind": _kind(r)} | some r in roles.assignments; _matters(r)],
	roles.administrators,
)

_matters(r) if roles.reaches_data(r)

_matters(r) if roles.unknown(r)

_kind(r) := roles.kind(r) if roles.reaches_data(r)

_kind(r) := "ServicePrincipal" if {
	roles.unknown(r)
	lib.fold(roles.kind(r)) == "serviceprincipal"
} else := {"$unknown": true} if {
	roles.unknown(r)
}

_check contains {
	"urn": given.urn,
	"property": given.property,
	"seen": given.kind,
	"good": lib.fold(given.kind) == "serviceprincipal",
	"wanted": "ServicePrincipal",
	"msg": sprintf("%s gives people standing access to customer data", [lib.by_urn[given.urn].name]),
} if {
	lib.promised(promise)
	some given in _given
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
