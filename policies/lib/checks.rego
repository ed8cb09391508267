# METADATA
# title: Findings from checks
# description: >-
#   A rule that asks several things of its resources collects them as checks:
#   {"urn", "property", "seen", "good", "wanted", "msg"}. A resource all of whose
#   checks are good is a witness; a known value that is not good is a violation; an
#   unknown one leaves the promise undetermined.
# scope: package
package tillit.lib.checks

import data.tillit.lib

# kept is the URNs of the resources that pass every check.
kept(checks) := {c.urn | some c in checks} - {c.urn | some c in checks; not c.good}

# violations is the findings on known values that are not good.
violations(checks) := {object.remove(c, ["good"]) |
	some c in checks
	not c.good
	lib.known(c.seen)
}

# undetermined is the findings on values that are not known.
undetermined(checks) := {finding |
	some c in checks
	not c.good
	not lib.known(c.seen)
	finding := {
		"urn": c.urn,
		"property": c.property,
		"msg": sprintf("%s of %s is not known yet", [c.property, _named(c.urn)]),
	}
}

# table is the checks of properties that have to have one of a few values: an
# object of lists by type, {"property", "good": values, "wanted", "fault"}. Texts
# are compared as ARM does, without regard to case, so the values are in lower
# case; null among them says that Azure's default is good.
table(wanted) := {check |
	some type, wants in wanted
	some r in lib.by_type[type]
	some want in wants
	seen := lib.prop(r, want.property)
	check := {
		"urn": r.urn,
		"property": want.property,
		"seen": seen,
		"good": lib.fold(seen) in want.good,
		"wanted": want.wanted,
		"msg": sprintf("%s %s", [r.name, want.fault]),
	}
}

# visible is the checks that lists are known, each of their items too: an object of
# lists of paths by type. A rule that looks for something bad in a list cannot
# otherwise say that it is not there.
visible(paths) := {check |
	some type, names in paths
	some r in lib.by_type[type]
	some path in names
	seen := lib.prop(r, path)
	hidden := [v | some v in array.concat([seen], lib.list(seen)); lib.unknown(v)]
	check := {
		"urn": r.urn,
		"property": path,
		"seen": array.concat(hidden, [null])[0],
		"good": hidden == [],
		"wanted": "a list",
		"msg": sprintf("%s of %s is not known", [path, r.name]),
	}
}

default _named(_) := "the estate"

_named(urn) := lib.by_urn[urn].name
