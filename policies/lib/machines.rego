# METADATA
# title: Machines, disks and file shares that hold data
# description: >-
#   Tells which of them hold data of their own, and computes how often and for how
#   long Azure Backup makes recovery points of each: a machine through a Recovery
#   Services vault, a disk through a Backup vault or the machine it belongs to.
# scope: package
package tillit.lib.machines

import data.tillit.lib
import data.tillit.lib.values
import data.tillit.lib.vaults

# stores is everything here that holds data.
stores := array.concat(array.concat(machines, disks), shares)

# machines is the machines that say so, or that have disks beside the one they boot
# from.
machines := [r |
	some r in _machines
	_data(r)
]

# disks is the disks that say so or whose machine does, and all that nothing boots
# from.
disks := [r |
	some r in lib.by_type[_disk]
	_data_disk(r)
]

# shares is the file shares. There is no other reason to have one.
shares := object.get(lib.by_type, _share, [])

_disk := "azure-native:compute:Disk"

_share := "azure-native:storage:FileShare"

# _profiles is where each kind of machine says what its disks are.
_profiles := {
	"azure-native:compute:VirtualMachine": "storageProfile",
	"azure-native:compute:VirtualMachineScaleSet": "virtualMachineProfile.storageProfile",
}

_machines := lib.of(object.keys(_profiles))

_says(r) if lib.fold(lib.prop(r, "tags.class")) in {"database", "documents"}

_data(r) if _says(r)

_data(r) if count(_beside(r)) > 0

# _beside is a machine's data disks; one that is not known while the list is not.
_beside(r) := seen if {
	seen := lib.prop(r, sprintf("%s.dataDisks", [_profiles[r.type]]))
	is_array(seen)
} else := [seen | seen := lib.prop(r, sprintf("%s.dataDisks", [_profiles[r.type]])); lib.unknown(seen)]

_data_disk(r) if _says(r)

_data_disk(r) if not _boots(r)

_data_disk(r) if {
	some machine in owners(r)
	_says(lib.by_urn[machine])
}

_boots(r) if is_string(lib.prop(r, "osType"))

_boots(r) if r.urn in {disk | some [disk, _, "osDisk"] in _links}

# owners is the URNs of the machines that a disk belongs to.
owners(r) := object.get(_owners, r.urn, set())

_owners := lib.group([[disk, machine] | some [disk, machine, _] in _links])

# _links is every [disk, machine, where the machine names the disk].
_links := {[disk, r.urn, place] |
	some r in _machines
	some place in ["osDisk", "dataDisks"]
	some entry in _entries(lib.prop(r, sprintf("%s.%s", [_profiles[r.type], place])))
	some disk in lib.targets(r, split(_profiles[r.type], ".")[0], lib.at(entry, "managedDisk.id"), _disk)
}

_entries(v) := [v] if is_object(v)

_entries(v) := lib.list(v) if not is_object(v)

# series is the recovery points of a store that Azure can make as its policies say:
# {"every", "for"} in seconds, either of which may be unknown.
series(r) := {s | some s in declared(r); sustained(s)}

# declared is the same without asking whether Azure can; "by" is what makes them.
declared(r) := {s |
	some policy in _policies(r)
	some s in _made(policy)
} | {s |
	r.type == _disk
	some instance in vaults.protecting(r.urn)
	some policy in vaults.policies(instance)
	some s in _operational(policy)
}

# sustained holds for points that are no denser and no more than Azure makes.
sustained(s) if {
	not _dense(s)
	not excessive(s)
}

_dense(s) if s.every < data.facts.point_limits.value[s.by].least

# excessive holds for more points than Azure keeps.
excessive(s) if {
	is_number(s.every)
	s.every > 0
	is_number(s.for)
	s.for / s.every > data.facts.point_limits.value[s.by].most
}

# _policies is the Recovery Services policies that a store is under.
_policies(r) := {policy |
	some item in _items[_source(r)]
	_covers(lib.by_urn[item], r)
	some policy in _under(lib.by_urn[item])
} | {policy |
	some machine in owners(r)
	some item in _items[machine]
	lib.prop(lib.by_urn[item], "properties.extendedProperties.diskExclusionProperties") == null
	some policy in _under(lib.by_urn[item])
}

_under(item) := lib.targets(item, "properties", lib.prop(item, "properties.policyId"), "azure-native:recoveryservices:ProtectionPolicy")

_items := lib.group([[source, r.urn] |
	some r in lib.by_type["azure-native:recoveryservices:ProtectedItem"]
	lib.fold(lib.prop(r, "properties.protectionState")) != "protectionstopped"
	some type in ["azure-native:compute:VirtualMachine", "azure-native:storage:StorageAccount"]
	some source in lib.targets(r, "properties", lib.prop(r, "properties.sourceResourceId"), type)
])

# A share is protected as a part of its account, by its name.
_source(r) := r.urn if r.type != _share

_source(r) := [urn |
	some urn in object.get(_accounts, lib.fold(lib.prop(r, "accountName")), set())
][0] if {
	r.type == _share
}

_accounts := lib.group([[lib.fold(lib.prop(r, "accountName")), r.urn] |
	some r in lib.by_type["azure-native:storage:StorageAccount"]
])

_covers(_, r) if r.type != _share

_covers(item, r) if lib.fold(lib.prop(item, "properties.friendlyName")) == lib.fold(lib.prop(r, "shareName"))

_kinds := {"azureiaasvm": "machine backup", "azurestorage": "Azure Files backup"}

# _made is the series that a Recovery Services policy makes.
_made(urn) := {{"by": by, "every": schedule, "for": schedule}} if {
	policy := lib.by_urn[urn]
	by := _kinds[lib.fold(lib.prop(policy, "properties.backupManagementType"))]
	schedule := lib.veil([lib.prop(policy, "properties.schedulePolicy"), lib.prop(policy, "properties.retentionPolicy")])
	lib.unknown(schedule)
} else := _hourly(lib.by_urn[urn]) | _kept(lib.by_urn[urn])

# Of a machine's hourly points only one a day outlasts the snapshots; a share keeps
# them all.
_hourly(policy) := {{"by": by, "every": gap, "for": kept} |
	by := _kinds[lib.fold(lib.prop(policy, "properties.backupManagementType"))]
	_frequency(policy) == "hourly"
	gap := _gap(lib.prop(policy, "properties.schedulePolicy.hourlySchedule"))
	kept := _outlast(policy, by)
}

_outlast(policy, "machine backup") := 86400 * days if {
	days := values.otherwise(
		lib.prop(policy, "properties.instantRpRetentionRangeInDays"),
		data.facts.instant_restore_default.value,
	)
	is_number(days)
} else := {"$unknown": true}

_outlast(policy, "Azure Files backup") := _duration(lib.prop(policy, "properties.retentionPolicy.dailySchedule.retentionDuration"))

_frequency(policy) := lib.fold(lib.prop(policy, "properties.schedulePolicy.scheduleRunFrequency"))

# _gap is the longest time between two hourly points: within the day's window, or
# from its last to the first of the next day.
_gap(schedule) := 3600 * max([hours, 24 - (hours * floor(schedule.scheduleWindowDuration / hours))]) if {
	hours := floor(_number(schedule.interval))
	hours > 0
	is_number(schedule.scheduleWindowDuration)
}

_number(v) := v if is_number(v)

_kept(policy) := {{"by": by, "every": every_, "for": kept} |
	by := _kinds[lib.fold(lib.prop(policy, "properties.backupManagementType"))]
	some name, every_ in data.facts.machine_copy_spacing.value
	_runs(policy, name)
	kept := _duration(lib.prop(policy, sprintf("properties.retentionPolicy.%s.retentionDuration", [name])))
} | {{"by": by, "every": data.facts.machine_copy_spacing.value.dailySchedule, "for": kept} |
	by := _kinds[lib.fold(lib.prop(policy, "properties.backupManagementType"))]
	_runs(policy, "dailySchedule")
	kept := _duration(lib.prop(policy, "properties.retentionPolicy.retentionDuration"))
}

_runs(_, name) if name != "dailySchedule"

_runs(policy, "dailySchedule") if _frequency(policy) in {"daily", "hourly"}

_units := {"days": 86400, "weeks": 604800, "months": 2592000, "years": 31536000}

_duration(d) := floor(_number(d.count)) * _units[lib.fold(d.durationType)]

# _operational is the snapshots that a Backup vault has made of a disk.
_operational(policy) := {{"by": "Azure Disk Backup", "every": rules, "for": rules}} if {
	rules := lib.veil(lib.prop(policy, "properties.policyRules"))
	lib.unknown(rules)
} else := {{"by": "Azure Disk Backup", "every": every_, "for": kept} |
	some retention in lib.items(policy, "properties.policyRules")
	retention.isDefault == true
	some lifecycle in retention.lifecycles
	lib.fold(lib.at(lifecycle, "sourceDataStore.dataStoreType")) == "operationalstore"
	kept := values.seconds(lib.at(lifecycle, "deleteAfter.duration"))
	some rule in lib.items(policy, "properties.policyRules")
	some repeating in lib.list(lib.at(rule, "trigger.schedule.repeatingTimeIntervals"))
	is_string(repeating)
	parts := split(repeating, "/")
	every_ := values.seconds(parts[count(parts) - 1])
}
