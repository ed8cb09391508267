# METADATA
# title: Roles are given to groups and workloads, not to persons
# description: >-
#   A role given to a person outlives the person's task and is seen in no group's
#   review. Azure takes a principal of no stated kind for a person.
# scope: package
# custom:
#   promise: identity.least-privilege
#   controls: [A.5.16, A.5.18]
#   severity: high
#   remediation: Give the role to a group, and say so with principalType.
#   types:
#     - azure-native:authorization:RoleAssignment
#     - azure-native:dbforpostgresql:Administrator
#     - azure-native:sql:Server
#     - azure-native:sql:ServerAzureADAdministrator
#   facts: []
package tillit.rules.identity.no_persons

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.roles

promise := "identity.least-privilege"

_accepted := {"group", "serviceprincipal"}

_given := array.concat(
	[{"urn": r.urn, "property": "principalType", "kind": roles.kind(r)} | some r in roles.assignments],
	roles.administrators,
)

_check contains {
	"urn": given.urn,
	"property": given.property,
	"seen": given.kind,
	"good": lib.fold(given.kind) in _accepted,
	"wanted": "Group or ServicePrincipal",
	"msg": sprintf("%s gives a role to a person, or to a principal of no stated kind", [lib.by_urn[given.urn].name]),
} if {
	lib.promised(promise)
	some given in _given
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
