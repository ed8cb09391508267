# METADATA
# title: Copies of every store reach as far back as promised
# description: >-
#   How far back the copies of a store reach at worst is their retention less the
#   spacing between them: just before the next copy is made, the oldest one left is
#   one spacing younger than its retention. Weekly copies kept 53 weeks reach 52
#   weeks back, 364 days, which is not a year.
# scope: package
# custom:
#   promise: backup.retention
#   controls: [A.8.13, A.5.33]
#   severity: critical
#   remediation: Protect the store with a policy whose copies are kept for the promised time and one spacing more, such as weekly copies for P54W.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:sql:LongTermRetentionPolicy
#     - azure-native:storage:StorageAccount
#     - azure-native:dataprotection:BackupInstance
#     - azure-native:dataprotection:BackupPolicy
#   facts: [sql_long_term_spacing, backup_tag_periods]
package tillit.rules.backup.retention

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores
import data.tillit.lib.values
import data.tillit.lib.vaults

promise := "backup.retention"

_for := lib.promised(promise).for.seconds

# _series is the series of copies of a store: how far back each reaches at worst,
# and the property that says so. An unknown reach is kept as it is.
_series := lib.group(array.concat(_long_term, _vaulted))

_long_term := [[r.urn, {"reach": reach, "property": path}] |
	some r in stores.sql
	some policy in _policies[r.urn]
	some path, spacing in data.facts.sql_long_term_spacing.value
	reach := _kept(lib.prop(lib.by_urn[policy], path), spacing)
]

_policies := stores.children(["azure-native:sql:LongTermRetentionPolicy"])

_vaulted := [[r.urn, {"reach": _reach(policy), "property": "properties.policyRules"}] |
	some r in array.concat(stores.postgres, stores.documents)
	some instance in vaults.protecting(r.urn)
	some policy in vaults.policies(instance)
]

_kept(v, spacing) := values.seconds(v) - spacing

_kept(v, _) := v if lib.unknown(v)

_reach(policy) := vaults.reach(policy) if lib.known(lib.prop(policy, "properties.policyRules"))

_reach(policy) := v if {
	v := lib.prop(policy, "properties.policyRules")
	lib.unknown(v)
}

# _furthest is the series that reaches furthest back, or the unknown one.
_furthest(urn) := {"reach": {"$unknown": true}, "property": unknown.property} if {
	not _known_enough(urn)
	some unknown in _series[urn]
	lib.unknown(unknown.reach)
} else := max({[s.reach, s] | some s in _series[urn]; is_number(s.reach)})[1]

_known_enough(urn) if {
	some s in _series[urn]
	values.at_least(s.reach, _for)
}

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": null,
	"good": false,
	"wanted": sprintf("copies that reach %s back", [values.spell(_for)]),
	"msg": sprintf("no backup policy keeps copies of %s", [r.name]),
} if {
	_for
	some r in stores.all
	not _series[r.urn]
}

_check contains {
	"urn": r.urn,
	"property": furthest.property,
	"seen": _spell(furthest.reach),
	"good": values.at_least(furthest.reach, _for),
	"wanted": sprintf("at least %s", [values.spell(_for)]),
	"msg": sprintf("the copies of %s do not reach %s back: retention less spacing is %s at worst", [
		r.name,
		values.spell(_for),
		_spell(furthest.reach),
	]),
} if {
	_for
	some r in stores.all
	furthest := _furthest(r.urn)
}

_spell(reach) := values.spell(reach) if is_number(reach)

_spell(reach) := reach if lib.unknown(reach)

# A container that a vaulted backup leaves out has no old copies.
_check contains {
	"urn": r.urn,
	"property": "properties.policyInfo.policyParameters.backupDatasourceParametersList",
	"seen": sort(_containers(r.urn)),
	"good": false,
	"wanted": name,
	"msg": sprintf("no vault keeps copies of the container %s of %s", [name, r.name]),
} if {
	_for
	some r in stores.documents
	_series[r.urn]
	some name in (stores.containers[r.urn] - _containers(r.urn))
	lib.known(name)
	not _vague(r.urn)
}

_containers(urn) := {name | some instance in vaults.protecting(urn); some name in vaults.containers(instance)}

# A list with a name that is not known yet may hold any container.
_vague(urn) if {
	some name in _containers(urn)
	lib.unknown(name)
}

witness contains {"urn": urn, "designed": {"for": _furthest(urn).reach}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
