# METADATA
# title: Which subscriptions the estate stands in
# description: >-
#   Tells a subscription of the estate from another one. What is set on a whole
#   subscription, such as a policy or the export of the activity log, keeps nothing
#   when it is set on somebody else's.
# scope: package
package tillit.lib.scopes

import data.tillit.lib

# subscriptions is the subscriptions that the estate's resources stand in, as
# /subscriptions/id in lower case. Only what is in a resource group counts: a thing
# that is set on a subscription may be set on another.
subscriptions := {concat("/", array.slice(parts, 0, 3)) |
	some id, _ in lib.by_id
	parts := split(id, "/")
	parts[3] == "resourcegroups"
}

# whole is the subscription that a scope is, spelled as above; undefined for a part
# of one and for anything else.
whole(scope) := id if {
	is_string(scope)
	id := lower(sprintf("/%s", [trim(scope, "/")]))
	regex.match(`^/subscriptions/[^/]+$`, id)
}

# of is the subscriptions of the estate that a scope is about: itself, or all of
# them for a management group, whose members an inventory does not show.
of(scope) := subscriptions & {id | id := whole(scope)} if not _group(scope)

of(scope) := subscriptions if _group(scope)

_group(scope) if {
	is_string(scope)
	regex.match(`(?i)^/?providers/microsoft\.management/managementgroups/[^/]+/?$`, scope)
}
