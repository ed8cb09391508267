# Ways to change the small estate: patches that break it, and the view that the engine
# has of it before anything is made.
package tillit.small_estate

# broken is the estate after some JSON patches, each {"urn", "op", "path", "value"}
# with a path inside the resource, such as /props/location; op is "drop" for the
# whole resource and "make" for one more.
broken(patches) := {"promises": promises, "resources": array.concat(
	[json.patch(r, [object.remove(p, ["urn"]) | some p in patches; p.urn == r.urn]) |
		some r in resources
		every p in patches { not _dropped(p, r) }
	],
	[p.value | some p in patches; p.op == "make"],
)}

_dropped(p, r) if {
	p.op == "drop"
	p.urn == r.urn
}

# set, unset, drop and make are the patches that break an estate.
set(urn, path, value) := {"urn": urn, "op": "add", "path": concat("", ["/props/", path]), "value": value}

hide(urn, path) := set(urn, path, {"$unknown": true})

unset(urn, path) := {"urn": urn, "op": "remove", "path": concat("", ["/props/", path])}

drop(urn) := {"urn": urn, "op": "drop"}

make(type, urn, path, props) := {"urn": "", "op": "make", "value": _r(type, urn, path, props)}

# preview is the estate as the engine shows it before anything is made: no id is
# known as a value, only what a property depends on.
preview := {"promises": promises, "resources": [previewed(r) | some r in resources]}

previewed(r) := object.union(
	json.patch(r, [{"op": "replace", "path": path, "value": {"$unknown": true}} |
		some [path, _, _] in _references(r)
	]),
	{"propertyDependsOn": {top: urns |
		some [_, top, _] in _references(r)
		urns := [urn | some [_, t, urn] in _references(r); t == top]
	}},
)

_references(r) := {[sprintf("/props/%s", [concat("/", [sprintf("%v", [p]) | some p in path])]), path[0], urn] |
	walk(r.props, [path, v])
	is_string(v)
	path[0] != "scope"
	urn := _ids[v]
}

_ids := {r.id: r.urn | some r in resources; r.type != "azure-native:resources:ResourceGroup"}

# moved is a resource in another region.
moved(r, region) := json.patch(r, [{"op": "replace", "path": "/props/location", "value": region}]) if r.props.location

moved(r, _) := r if not r.props.location

# judged is two sets of findings, of one evaluation.
judged(some_findings, others) := [some_findings, others]
