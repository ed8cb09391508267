# METADATA
# title: Recovery points are close enough
# description: The mechanism of a store's backup decides how far apart its recovery points are.
# scope: package
# custom:
#   promise: backup.interval
#   controls: [A.8.13]
#   severity: critical
#   remediation: Choose a backup with closer recovery points.
#   types: [test:data:Store]
#   facts: [point_spacing]
package tillit.rules.backup.points

import data.tillit.lib

promise := "backup.interval"

_spacing[r.urn] := data.facts.point_spacing.value[lib.prop(r, "backup")] if {
	some r in lib.by_type["test:data:Store"]
}

witness contains {"urn": urn, "designed": {"every": spacing, "for": lib.by_urn[urn].props.days * 86400}} if {
	some urn, spacing in _spacing
	spacing <= lib.promised(promise).every.seconds
}

violation contains {
	"urn": urn,
	"msg": "recovery points are too far apart",
	"property": "backup",
	"seen": spacing,
	"wanted": lib.promised(promise).every.seconds,
} if {
	some urn, spacing in _spacing
	spacing > lib.promised(promise).every.seconds
}
