# METADATA
# title: Values as Azure writes them
# description: Durations in ISO 8601, defaults for absent properties, comparisons that are false rather than undefined.
# scope: package
package tillit.lib.values

# otherwise is the value, or Azure's default where the property is absent.
otherwise(null, fallback) := fallback

otherwise(v, _) := v if v != null

# at_least compares numbers; anything else, an unknown included, is not enough.
default at_least(_, _) := false

at_least(v, least) if {
	is_number(v)
	v >= least
}

_duration := `^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`

# A year is 365 days and a month 30, as in promises.
_units := [31536000, 2592000, 604800, 86400, 3600, 60, 1]

# seconds is the length of an ISO 8601 duration such as P54W; undefined for
# anything else.
seconds(s) := sum([n | some i, unit in _units; n := unit * _number(found[i + 1])]) if {
	is_string(s)
	[found] := regex.find_all_string_submatch_n(_duration, s, 1)
	s != "P"
	not endswith(s, "T")
}

_number("") := 0

_number(s) := to_number(s) if s != ""

# spell writes seconds in the largest unit that divides them, as 364d or 10m.
spell(s) := sprintf("%d%s", [s / unit[0], unit[1]]) if {
	unit := [u | some u in _spelled; s % u[0] == 0][0]
}

_spelled := [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]]
