# METADATA
# title: Schedules as cron writes them
# description: Tells how long a schedule that runs in every hour rests at most.
# scope: package
package tillit.lib.cron

# gap is the longest time in seconds between two runs of an expression such as
# */5 * * * *; undefined for one that does not run in every hour of every day.
gap(expression) := 60 * max(_rests(sort(_minutes(fields[0])))) if {
	is_string(expression)
	fields := regex.split(`\s+`, trim_space(expression))
	count(fields) == 5
	every field in array.slice(fields, 1, 5) { field in {"*", "*/1"} }
}

# _rests is the minutes from each run to the next, the last to the first included.
_rests(minutes) := [rest |
	again := array.concat(minutes, [minutes[0] + 60])
	some i, minute in minutes
	rest := again[i + 1] - minute
]

_minutes(field) := {minute |
	some item in split(field, ",")
	some minute in _range(item)
}

# _range is the minutes of *, 5, 5-20, */5, 5/10 or 5-20/5.
_range(item) := numbers.range_step(first, last, step) if {
	[found] := regex.find_all_string_submatch_n(`^(\*|\d{1,2})(?:-(\d{1,2}))?(?:/([1-9]\d?))?$`, item, 1)
	first := _number(found[1], 0)
	step := _number(found[3], 1)
	last := _number(found[2], _last(found[1], found[3]))
	first <= last
	last < 60
}

# A single minute is a range of itself, unless it has a step.
_last(first, step) := to_number(first) if {
	first != "*"
	step == ""
} else := 59

_number(text, fallback) := fallback if text in {"", "*"}

_number(text, _) := to_number(text) if not text in {"", "*"}
