# METADATA
# title: Machines, disks and file shares have recovery points as dense as promised, or hold no data
# description: >-
#   What Azure makes of disks, machines and file shares are snapshots, and each means
#   has a greatest pace and a greatest number. Points every ten minutes for seven days
#   are 1008, more than any of them keeps and at a pace that only a database's log or
#   blobs have. What cannot be kept is refused with the arithmetic, whatever a policy
#   says; what can be is judged by the policy.
# scope: package
# custom:
#   promise: backup.interval
#   controls: [A.8.13]
#   severity: critical
#   remediation: Move the data into a database or into blobs, whose own logs make such points; or promise what the means can keep.
#   types:
#     - azure-native:compute:Disk
#     - azure-native:compute:RestorePointCollection
#     - azure-native:compute:Snapshot
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:dataprotection:BackupInstance
#     - azure-native:dataprotection:BackupPolicy
#     - azure-native:recoveryservices:ProtectedItem
#     - azure-native:recoveryservices:ProtectionPolicy
#     - azure-native:storage:FileShare
#   facts: [instant_restore_default, machine_copy_spacing, point_limits]
package tillit.rules.backup.machine_points

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.machines

promise := "backup.interval"

_every := lib.promised(promise).every.seconds

_for := lib.promised(promise).for.seconds

_points := ceil(_for / _every)

_limits := data.facts.point_limits.value

# _reasons maps each means to why it cannot keep the promise; empty when it can.
_reasons := {means: reasons |
	some means, limit in _limits
	reasons := array.concat(
		[sprintf("one every %s at most", [_long(limit.least)]) | _every < limit.least],
		[sprintf("%d are kept, which at this pace reach %s back", [limit.most, _long(limit.most * _every)]) | _points > limit.most],
	)
}

_impossible := {means | some means, reasons in _reasons; count(reasons) > 0}

# _means are the means for each kind of thing, all of which hold its data the same way.
_means := {
	"azure-native:compute:Disk": {"incremental snapshots", "Azure Disk Backup"},
	"azure-native:compute:VirtualMachine": {"restore points", "machine backup", "cross-region restore"},
	"azure-native:compute:VirtualMachineScaleSet": {"restore points", "machine backup"},
	"azure-native:storage:FileShare": {"Azure Files backup"},
}

_why(means) := concat("; ", [sprintf("%s: %s", [m, concat(", ", _reasons[m])]) | some m in sort(means)])

_asked := sprintf("a recovery point every %s for %s", [_long(_every), _long(_for)])

# No means there is can keep the promise.
_check contains {
	"urn": r.urn,
	"property": "",
	"seen": sprintf("%d points", [_points]),
	"good": false,
	"wanted": "the data in a database or in blobs",
	"msg": sprintf("%s cannot have %s, %d in all; %s", [r.name, _asked, _points, _why(_means[r.type])]),
} if {
	_every
	some r in machines.stores
	_means[r.type] - _impossible == set()
}

# Some means can; whether it does is for the policies to say.
_check contains {
	"urn": r.urn,
	"property": "",
	"seen": _seen(r),
	"good": _dense(r),
	"wanted": sprintf("every %s for %s", [_long(_every), _long(_for)]),
	"msg": sprintf("%s does not have %s", [r.name, _asked]),
} if {
	_every
	some r in machines.stores
	count(_means[r.type] - _impossible) > 0
}

default _dense(_) := false

_dense(r) if count(_kept_by(r)) > 0

# _kept_by is the series of a store that keep the promise.
_kept_by(r) := {s |
	some s in machines.series(r)
	is_number(s.every)
	s.every <= _every
	is_number(s.for)
	s.for >= _for
}

# _seen is what a store's policies say; the unknown mark while that may be enough.
_seen(r) := {"$unknown": true} if {
	not _dense(r)
	some s in machines.series(r)
	_may(s)
} else := sort({sprintf("every %s for %s", [_long(s.every), _long(s.for)]) |
	some s in machines.declared(r)
	is_number(s.every)
	is_number(s.for)
})

_may(s) if lib.unknown(s.every)

_may(s) if {
	lib.unknown(s.for)
	s.every <= _every
}

# A single snapshot or a collection of restore points is no series, and where a series
# of them could not keep the promise either it is refused by its own name.
_check contains {
	"urn": r.urn,
	"property": "",
	"seen": sprintf("%d points", [_points]),
	"good": false,
	"wanted": "the data in a database or in blobs",
	"msg": sprintf("%s is no means to have %s, %d in all; %s", [r.name, _asked, _points, _why({means})]),
} if {
	_every
	some type, means in {"azure-native:compute:Snapshot": "incremental snapshots", "azure-native:compute:RestorePointCollection": "restore points"}
	means in _impossible
	some r in lib.by_type[type]
}

# _long is a length of time as 3d11h20m.
_long(seconds) := concat("", [sprintf("%d%s", [n, unit]) |
	some [unit, size, whole] in [["d", 86400, 0], ["h", 3600, 86400], ["m", 60, 3600], ["s", 1, 60]]
	n := floor(_rest(floor(seconds), whole) / size)
	n > 0
])

_rest(seconds, 0) := seconds

_rest(seconds, whole) := seconds % whole if whole > 0

witness contains {"urn": urn, "designed": _designed(urn)} if some urn in checks.kept(_check)

_designed(urn) := {"every": every_, "for": max({s.for | some s in kept; s.every == every_})} if {
	kept := _kept_by(lib.by_urn[urn])
	every_ := min({s.every | some s in kept})
}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
