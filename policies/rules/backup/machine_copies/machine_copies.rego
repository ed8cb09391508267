# METADATA
# title: Copies of machines, disks and file shares reach as far back as promised
# description: >-
#   A machine, disk or file share that holds data is under a backup policy whose
#   copies reach the promised time back at worst, which is their retention less the
#   spacing between them, and are no more than Azure keeps. Weekly copies for 53 weeks
#   reach 364 days back, which is not a year.
# scope: package
# custom:
#   promise: backup.retention
#   controls: [A.8.13, A.5.33]
#   severity: critical
#   remediation: Protect it in a vault with a policy whose copies are kept for the promised time and one spacing more.
#   types:
#     - azure-native:compute:Disk
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:dataprotection:BackupInstance
#     - azure-native:dataprotection:BackupPolicy
#     - azure-native:recoveryservices:ProtectedItem
#     - azure-native:recoveryservices:ProtectionPolicy
#     - azure-native:storage:FileShare
#   facts: [instant_restore_default, machine_copy_spacing, point_limits]
package tillit.rules.backup.machine_copies

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.machines
import data.tillit.lib.values

promise := "backup.retention"

_for := lib.promised(promise).for.seconds

# _reaches is how far back the copies of a store reach at worst, by what makes them; an
# unknown reach is kept as it is.
_reaches := {r.urn: reaches |
	_for
	some r in machines.stores
	reaches := {reach | some s in machines.series(r); reach := _reach(s)}
}

_reach(s) := s.for - s.every if {
	is_number(s.for)
	is_number(s.every)
} else := {"$unknown": true}

_furthest(reaches) := furthest if {
	furthest := max({reach | some reach in reaches; is_number(reach)})
	furthest >= _for
} else := {"$unknown": true} if {
	some reach in reaches
	lib.unknown(reach)
} else := max(reaches)

_check contains {
	"urn": urn,
	"property": "",
	"seen": null,
	"good": false,
	"wanted": sprintf("copies that reach %s back", [values.spell(_for)]),
	"msg": sprintf("no backup policy keeps copies of %s", [lib.by_urn[urn].name]),
} if {
	some urn, reaches in _reaches
	count(reaches) == 0
	not _too_many[urn]
}

_check contains {
	"urn": urn,
	"property": "",
	"seen": seen,
	"good": values.at_least(furthest, _for),
	"wanted": sprintf("at least %s", [values.spell(_for)]),
	"msg": sprintf("the copies of %s do not reach %s back: retention less spacing is %v at worst", [
		lib.by_urn[urn].name,
		values.spell(_for),
		seen,
	]),
} if {
	some urn, reaches in _reaches
	furthest := _furthest(reaches)
	seen := _spell(furthest)
}

_spell(v) := values.spell(v) if is_number(v)

_spell(v) := v if not is_number(v)

# More copies than Azure keeps are not kept, whatever the policy says.
_check contains {
	"urn": urn,
	"property": "",
	"seen": sprintf("%d copies", [floor(s.for / s.every)]),
	"good": false,
	"wanted": sprintf("at most %d", [data.facts.point_limits.value[s.by].most]),
	"msg": sprintf("%s is to have a copy every %s for %s, which is %d: %s keeps %d of %s", [
		lib.by_urn[urn].name,
		values.spell(s.every),
		values.spell(s.for),
		floor(s.for / s.every),
		s.by,
		data.facts.point_limits.value[s.by].most,
		data.facts.point_limits.value[s.by].of,
	]),
} if {
	some urn, s in _too_many
	not _enough(urn)
}

_enough(urn) if values.at_least(_furthest(_reaches[urn]), _for)

# _too_many maps a store to the series of it that is more than Azure keeps.
_too_many := {r.urn: s |
	_for
	some r in machines.stores
	s := max({s | some s in machines.declared(r); machines.excessive(s); s.for - s.every >= _for})
}

witness contains {"urn": urn, "designed": {"for": _furthest(_reaches[urn])}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
