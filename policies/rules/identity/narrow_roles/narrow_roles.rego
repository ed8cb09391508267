# METADATA
# title: Roles are as narrow as the task
# description: >-
#   Nobody owns the subscription, no person or group holds a role that changes
#   everything, nobody at all one that hands out roles, and no role of the estate's own
#   making has a wildcard or hands out roles. A workload may change everything on less than a
#   subscription, and reach data there only.
# scope: package
# custom:
#   promise: identity.least-privilege
#   controls: [A.5.15, A.5.18, A.8.2]
#   severity: critical
#   remediation: Give a role made for the task, on the resource it is for; elevate people for a time through Privileged Identity Management.
#   types: [azure-native:authorization:RoleAssignment, azure-native:authorization:RoleDefinition]
#   facts: [broad_roles, role_giving_actions, role_giving_roles]
package tillit.rules.identity.narrow_roles

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.roles

promise := "identity.least-privilege"

_check contains {
	"urn": r.urn,
	"property": "roleDefinitionId",
	"seen": _seen(r),
	"good": _good(r),
	"wanted": "a role for the task",
	"msg": sprintf("%s gives %s to a %s on %s", [r.name, _role(r), _kind(r), _scope(r)]),
} if {
	lib.promised(promise)
	some r in roles.assignments
}

_broad(r) := data.facts.broad_roles.value[roles.id(r)]

_role(r) := _broad(r)

_role(r) := "a role" if {
	not _broad(r)
	not _exposed(r)
}

_role(r) := "a role that reaches data" if {
	not _broad(r)
	_exposed(r)
}

_kind(r) := lower(roles.kind(r)) if is_string(roles.kind(r))

_kind(r) := "principal that is not known" if lib.unknown(roles.kind(r))

_scope(r) := "everything" if roles.wide(r)

_scope(r) := "a resource" if not roles.wide(r)

_seen(r) := {"$unknown": true} if {
	roles.unknown(r)
} else := {"$unknown": true} if {
	lib.unknown(roles.kind(r))
	not roles.wide(r)
} else := _role(r)

default _good(_) := false

_good(r) if {
	not roles.unknown(r)
	not _broad(r)
	not _exposed(r)
}

_good(r) if {
	_broad(r)
	not roles.id(r) in data.facts.role_giving_roles.value
	lib.fold(roles.kind(r)) == "serviceprincipal"
	not roles.wide(r)
}

# _exposed holds for a role that reaches the data of a whole subscription.
_exposed(r) if {
	roles.reaches_data(r)
	roles.wide(r)
}

_check contains {
	"urn": r.urn,
	"property": "permissions",
	"seen": seen,
	"good": _plain(seen),
	"wanted": "actions named one by one, none that gives roles",
	"msg": sprintf("the role %s is wider than a task: %s", [r.name, concat(", ", _wide(seen))]),
} if {
	lib.promised(promise)
	some r in roles.definitions
	seen := lib.veil(lib.prop(r, "permissions"))
}

_wide(permissions) := sort({action |
	some permission in permissions
	some kind in ["actions", "dataActions"]
	some action in permission[kind]
	is_string(action)
	_too_much(action)
})

_too_much(action) if contains(action, "*")

_too_much(action) if lower(action) in data.facts.role_giving_actions.value

_plain(permissions) := count(_wide(permissions)) == 0 if lib.known(permissions)

_plain(permissions) := false if lib.unknown(permissions)

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
