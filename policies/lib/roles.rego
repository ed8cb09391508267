# METADATA
# title: Who gets which role
# description: Reads role assignments by the id of the role, and administrators of databases, who need none.
# scope: package
package tillit.lib.roles

import data.tillit.lib
import data.tillit.lib.principals
import data.tillit.lib.values

# assignments is every role assignment.
assignments := object.get(lib.by_type, "azure-native:authorization:RoleAssignment", [])

# definitions is the roles of the estate's own making.
definitions := object.get(lib.by_type, "azure-native:authorization:RoleDefinition", [])

# id is the id of the role that an assignment gives; undefined while unknown.
id(r) := parts[count(parts) - 1] if {
	definition := lib.prop(r, "roleDefinitionId")
	is_string(definition)
	parts := split(lower(definition), "/")
}

# own is the roles of the estate's own making that an assignment gives.
own(r) := {urn |
	some urn in lib.refs(r, "roleDefinitionId")
	lib.by_urn[urn].type == "azure-native:authorization:RoleDefinition"
}

# unknown holds for an assignment whose role cannot be told yet.
unknown(r) if {
	lib.unknown(lib.prop(r, "roleDefinitionId"))
	not _own(r)
}

_own(r) if count(own(r)) > 0

# kind is the type of an assignment's principal. Azure takes User where none is given.
kind(r) := values.otherwise(lib.prop(r, "principalType"), "User")

# wide holds for an assignment on a whole subscription or management group.
wide(r) if {
	scope := lib.prop(r, "scope")
	is_string(scope)
	regex.match(`(?i)^/?($|subscriptions/[^/]+/?$|providers/Microsoft\.Management/)`, scope)
}

# reaches_data holds for an assignment of a role that reaches data, keys or secrets.
reaches_data(r) if data.facts.data_roles.value[id(r)]

reaches_data(r) if {
	some urn in own(r)
	some permission in lib.items(lib.by_urn[urn], "permissions")
	count(object.get(permission, "dataActions", [])) > 0
}

# Whoever can take a key, or make somebody the administrator, reaches the data too.
reaches_data(r) if {
	some urn in own(r)
	some permission in lib.items(lib.by_urn[urn], "permissions")
	some action in lib.list(lib.at(permission, "actions"))
	is_string(action)
	some giving in data.facts.data_giving_actions.value
	regex.match(sprintf("^%s$", [replace(lower(action), "*", ".*")]), giving)
}

# administrators is who administers databases: the resource, the property and the
# kind of principal in the words of role assignments. Who administers a database
# can read it.
administrators := array.concat(
	array.concat(
		[{"urn": r.urn, "property": "principalType", "kind": lib.prop(r, "principalType")} |
			some r in lib.by_type["azure-native:dbforpostgresql:Administrator"]
		],
		[{"urn": r.urn, "property": "administrators.principalType", "kind": _spoken(kind)} |
			some r in lib.by_type["azure-native:sql:Server"]
			lib.prop(r, "administrators") != null
			kind := lib.prop(r, "administrators.principalType")
		],
	),
	[{"urn": r.urn, "property": "sid", "kind": _holder(r)} |
		some r in lib.by_type["azure-native:sql:ServerAzureADAdministrator"]
	],
)

# An administrator that is a resource of its own does not say of what kind it is.
_holder(r) := "ServicePrincipal" if {
	some who in principals.of(r, "sid", lib.prop(r, "sid"))
	lib.by_urn[who]
} else := lib.prop(r, "sid") if {
	lib.unknown(lib.prop(r, "sid"))
} else := null

# Azure SQL calls a service principal an application.
_spoken(kind) := "ServicePrincipal" if lib.fold(kind) == "application"

_spoken(kind) := kind if lib.fold(kind) != "application"
