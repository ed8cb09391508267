# METADATA
# title: Inventories for the tests of rules
# scope: package
package tillit.lib.fixtures_test

unknown := {"$unknown": true}

# inventory makes an input of promises and resources.
inventory(promises, resources) := {"promises": promises, "resources": resources}

# duration is a promise's duration in days.
days(n) := {"text": sprintf("%dd", [n]), "seconds": n * 86400}

# id is the ARM id at a path such as Microsoft.Storage/storageAccounts/docs.
id(path) := concat("", ["/subscriptions/s/resourceGroups/g/providers/", path])

# resource makes a resource whose URN is its name.
resource(type, name, path, props) := {
	"urn": name,
	"name": name,
	"type": concat(":", ["azure-native", type]),
	"id": id(path),
	"props": object.union(_account(split(path, "/")), props),
}

# Whatever belongs to a storage account has its name.
_account(parts) := {"accountName": parts[2]} if parts[0] == "Microsoft.Storage"

_account(parts) := {} if parts[0] != "Microsoft.Storage"

# without leaves resources out.
without(resources, names) := [r | some r in resources; not r.name in names]

# changed sets a property, given as a JSON pointer beneath props.
changed(resources, name, pointer, value) := [c |
	some r in resources
	c := _changed(r, name, pointer, value)
]

_changed(r, name, _, _) := r if r.name != name

_changed(r, name, pointer, value) := json.patch(r, [{
	"op": "add",
	"path": concat("", ["/props", pointer]),
	"value": value,
}]) if {
	r.name == name
}

# dropped removes a property.
dropped(resources, name, pointer) := [json.patch(r, [patch | r.name == name; patch := {"op": "remove", "path": concat("", ["/props", pointer])}]) |
	some r in resources
]

# vague makes a property unknown, dependent on resources.
vague(resources, name, property, depends) := [c |
	some r in changed(resources, name, concat("", ["/", property]), unknown)
	c := object.union(r, {"propertyDependsOn": {property: [urn | some urn in depends; r.name == name]}})
]

# at names a finding: whose it is and on what property.
at(findings) := {[f.urn, f.property] | some f in findings}
