# METADATA
# title: The findings of every rule
# description: >-
#   Joins the findings of all rules, and adds the one no single rule can make: a
#   declared promise that nothing keeps.
# scope: package
package tillit.report

# judged maps a promise to the rules that judge it.
judged[promise] contains rule if {
	some group, name
	promise := data.tillit.rules[group][name].promise
	rule := _id(group, name)
}

# violations, witnesses and undetermined are the findings with their rule ids.
violations contains object.union(v, {"rule": _id(group, name)}) if {
	some group, name
	some v in data.tillit.rules[group][name].violation
}

violations contains object.union(v, {"rule": "promise/witnessed"}) if some v in violation

witnesses contains object.union(w, {"rule": _id(group, name)}) if {
	some group, name
	some w in data.tillit.rules[group][name].witness
}

undetermined contains object.union(u, {"rule": _id(group, name)}) if {
	some group, name
	some u in data.tillit.rules[group][name].undetermined
}

# A declared promise without a witness is broken: an empty estate must not pass.
# An undetermined finding stands in for the witness, since what cannot be known
# yet may still turn out to keep the promise.
violation contains {"promise": promise, "urn": "", "msg": msg} if {
	some promise, _ in input.promises
	judged[promise]
	not _witnessed(promise)
	msg := sprintf("nothing in the estate keeps %s", [promise])
}

_witnessed(promise) if {
	some group, name
	data.tillit.rules[group][name].promise == promise
	some _ in data.tillit.rules[group][name].witness
}

_witnessed(promise) if {
	some group, name
	data.tillit.rules[group][name].promise == promise
	some _ in data.tillit.rules[group][name].undetermined
}

_id(group, name) := sprintf("%s/%s", [group, replace(name, "_", "-")])
