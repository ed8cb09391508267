# METADATA
# title: What every rule may ask of an inventory
# description: >-
#   Indexes over the resources, the three values a property can have (known,
#   unknown, secret) and the relations between resources, by id where it is
#   known and by dependency where it is not.
# scope: package
package tillit.lib

# The indexes are complete rules over object.union_n, and not partial ones
# (by_id[id] contains urn), because OPA evaluates a partial rule again for every
# key that is looked up and copies it for every key that is added: both cost the
# square of the number of resources.

# by_type maps a type to the list of its resources.
by_type := {type: [r | some r in rs] |
	some type, rs in object.union_n([{r.type: {r.urn: r}} | some r in input.resources])
}

# by_urn maps a URN to its resource.
by_urn := {r.urn: r | some r in input.resources}

# by_id maps a lower-case ARM id to the set of URNs that have it.
by_id := group([[lower(r.id), r.urn] | some r in input.resources; r.id])

# group turns a list of [key, value] pairs into an object of sets.
group(pairs) := {key: object.keys(values) |
	some key, values in object.union_n([{key: {value: true}} | some [key, value] in pairs])
}

# of is the list of resources of any of the types.
of(types) := [r | some t in types; some r in by_type[t]]

# promised is the canonical parameters of a declared promise; undefined when the
# estate does not declare it.
promised(id) := input.promises[id]

unknown(v) if v["$unknown"] == true

secret(v) if v["$secret"] == true

known(v) if {
	not unknown(v)
	not secret(v)
}

# prop is the value at a dotted path; null when absent, the unknown mark when it
# or anything above it is unknown.
prop(r, path) := at(r.props, path)

# at is prop for any object; null for what is no object.
at(obj, path) := v if {
	is_object(obj)
	v := object.get(obj, split(path, "."), null)
	v != null
} else := {"$unknown": true} if {
	is_object(obj)
	_hidden(obj, split(path, "."))
} else := null

_hidden(obj, parts) if {
	some i in numbers.range(0, count(parts))
	unknown(object.get(obj, array.slice(parts, 0, i), null))
}

# fold is a text in lower case, as ARM compares words, and anything else as it is.
fold(v) := lower(v) if is_string(v)

fold(v) := v if not is_string(v)

# label names something in a path or a message, ? when it has no known name.
label(obj, path) := v if {
	v := at(obj, path)
	is_string(v)
} else := "?"

# list is a list, or the empty one for anything else.
list(v) := v if is_array(v)

list(v) := [] if not is_array(v)

# veil is a value, or the unknown mark when anything inside it is unknown.
veil(v) := {true: {"$unknown": true}, false: v}[hidden] if hidden := contains(json.marshal(v), `{"$unknown":true}`)

# unless_veiled is what a rule saw where it looked for a resource of one of the
# types and found none: the unknown mark when one of them has a property that is
# not known and that no resource of the estate explains, since it may turn out to
# be the one.
unless_veiled(types, _) := {"$unknown": true} if _veiled(types)

unless_veiled(types, seen) := seen if not _veiled(types)

_veiled(types) if {
	some type in types
	type in _veiled_types
}

_veiled_types := {r.type |
	some r in input.resources
	unknown(veil(r.props))
	some top, v in r.props
	unknown(veil(v))
	not _explained(r, top)
}

_explained(r, top) if {
	urns := object.get(r, ["propertyDependsOn", top], [])
	count(urns) > 0
	every urn in urns { startswith(by_urn[urn].type, "azure-native:") }
}

# refs is the set of URNs that a property refers to: the resource whose id it
# holds, or, when it is unknown, what the property depends on.
refs(r, path) := by_id[lower(v)] if {
	v := prop(r, path)
	is_string(v)
	by_id[lower(v)]
}

refs(r, path) := {u | some u in r.propertyDependsOn[split(path, ".")[0]]} if {
	unknown(prop(r, path))
}

# targets is the set of URNs of one type that a value inside resource r refers
# to: the one whose id it is, or, when it is unknown, those that the property top
# depends on. Empty when there is none.
targets(r, top, value, type) := {urn | some urn in _candidates(r, top, value); by_urn[urn].type == type}

_candidates(_, _, value) := object.get(by_id, lower(value), set()) if is_string(value)

_candidates(r, top, value) := {u | some u in object.get(r, ["propertyDependsOn", top], [])} if unknown(value)

_candidates(_, _, value) := set() if {
	not is_string(value)
	not unknown(value)
}

# outside holds for an id that no resource of the inventory has.
outside(value) if {
	is_string(value)
	not by_id[lower(value)]
}

# items is the list at a path; empty when it is absent or not known.
items(r, path) := list(prop(r, path))

# container is the set of URNs of the ARM parent: the virtual network of a
# subnet, the server of a database.
container(r) := by_id[lower(concat("/", array.slice(parts, 0, count(parts) - 2)))] if {
	parts := split(r.id, "/")
	count(parts) > 10
}

# location is a resource's region in ARM's short form; undefined when it has none.
location(r) := replace(lower(r.props.location), " ", "") if is_string(r.props.location)
