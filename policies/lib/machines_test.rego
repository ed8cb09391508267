package tillit.lib.machines_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.machines

_vm := "Microsoft.Compute/virtualMachines/vm"

_rsv := "Microsoft.RecoveryServices/vaults/rsv"

_item(name, source, friendly) := fx.resource("recoveryservices:ProtectedItem", name, sprintf("%s/backupFabrics/Azure/protectionContainers/c/protectedItems/%s", [_rsv, name]), {"properties": {
	"sourceResourceId": fx.id(source),
	"policyId": fx.id(sprintf("%s/backupPolicies/%s", [_rsv, friendly])),
	"friendlyName": friendly,
}})

# estate is a machine with a data disk, a disk of its own and a file share, each under
# a policy: the machine and the share every four hours, the disk every hour.
estate := [
	fx.resource("compute:VirtualMachine", "vm", _vm, {"storageProfile": {
		"osDisk": {"managedDisk": {"id": fx.id("Microsoft.Compute/disks/boot")}},
		"dataDisks": [{"managedDisk": {"id": fx.id("Microsoft.Compute/disks/data")}}],
	}}),
	fx.resource("compute:Disk", "boot", "Microsoft.Compute/disks/boot", {"osType": "Linux"}),
	fx.resource("compute:Disk", "data", "Microsoft.Compute/disks/data", {}),
	fx.resource("compute:Disk", "loose", "Microsoft.Compute/disks/loose", {}),
	_item("vm-item", _vm, "machines"),
	fx.resource("recoveryservices:ProtectionPolicy", "machines", sprintf("%s/backupPolicies/machines", [_rsv]), {"properties": {
		"backupManagementType": "AzureIaasVM",
		"instantRpRetentionRangeInDays": 7,
		"schedulePolicy": {"scheduleRunFrequency": "Hourly", "hourlySchedule": {"interval": 4, "scheduleWindowDuration": 24}},
		"retentionPolicy": {
			"dailySchedule": {"retentionDuration": {"count": 30, "durationType": "Days"}},
			"weeklySchedule": {"retentionDuration": {"count": 54, "durationType": "Weeks"}},
		},
	}}),
	fx.resource("storage:StorageAccount", "files", "Microsoft.Storage/storageAccounts/files", {}),
	fx.resource("storage:FileShare", "share", "Microsoft.Storage/storageAccounts/files/fileServices/default/shares/Shares", {
		"accountName": "files",
		"shareName": "Shares",
	}),
	_item("share-item", "Microsoft.Storage/storageAccounts/files", "shares"),
	fx.resource("recoveryservices:ProtectionPolicy", "shares", sprintf("%s/backupPolicies/shares", [_rsv]), {"properties": {
		"backupManagementType": "AzureStorage",
		"schedulePolicy": {"scheduleRunFrequency": "Hourly", "hourlySchedule": {"interval": 4, "scheduleWindowDuration": 12}},
		"retentionPolicy": {"dailySchedule": {"retentionDuration": {"count": 30, "durationType": "Days"}}},
	}}),
	fx.resource("dataprotection:BackupInstance", "loose-item", "Microsoft.DataProtection/backupVaults/v/backupInstances/loose", {"properties": {
		"dataSourceInfo": {"resourceID": fx.id("Microsoft.Compute/disks/loose")},
		"policyInfo": {"policyId": fx.id("Microsoft.DataProtection/backupVaults/v/backupPolicies/hourly")},
	}}),
	fx.resource("dataprotection:BackupPolicy", "hourly", "Microsoft.DataProtection/backupVaults/v/backupPolicies/hourly", {"properties": {"policyRules": [
		{"objectType": "AzureBackupRule", "trigger": {"schedule": {"repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/PT1H"]}}},
		{"objectType": "AzureRetentionRule", "isDefault": true, "lifecycles": [{
			"sourceDataStore": {"dataStoreType": "OperationalStore"},
			"deleteAfter": {"duration": "P10D"},
		}]},
	]}}),
]

_named(resources) := {r.name | some r in resources}

_series(name) := {[s.every, s.for] |
	some r in machines.stores
	r.name == name
	some s in machines.series(r)
}

_hour := 3600

_day := 86400

test_what_holds_data if {
	_named(machines.stores) == {"vm", "data", "loose", "share"} with input as fx.inventory({}, estate)
}

test_a_machine_that_only_boots_holds_none if {
	bare := fx.changed(estate, "vm", "/storageProfile/dataDisks", [])
	_named(machines.stores) == {"data", "loose", "share"} with input as fx.inventory({}, bare)
	said := fx.changed(bare, "vm", "/tags", {"class": "Database"})
	_named(machines.stores) == {"vm", "boot", "data", "loose", "share"} with input as fx.inventory({}, said)
}

test_a_disk_that_a_machine_boots_from if {
	untyped := fx.dropped(estate, "boot", "/osType")
	_named(machines.disks) == {"data", "loose"} with input as fx.inventory({}, untyped)
	said := fx.changed(estate, "boot", "/tags", {"class": "documents"})
	_named(machines.disks) == {"boot", "data", "loose"} with input as fx.inventory({}, said)
}

test_disks_that_are_not_known_may_hold_data if {
	later := fx.changed(estate, "vm", "/storageProfile/dataDisks", fx.unknown)
	"vm" in _named(machines.machines) with input as fx.inventory({}, later)
}

test_a_set_of_machines if {
	set := fx.resource("compute:VirtualMachineScaleSet", "set", "Microsoft.Compute/virtualMachineScaleSets/set", {"virtualMachineProfile": {"storageProfile": {"dataDisks": [{"lun": 0}]}}})
	_named(machines.machines) == {"set"} with input as fx.inventory({}, [set])
}

test_series_of_a_machine_and_its_disks if {
	every name in ["vm", "data"] {
		found := _series(name) with input as fx.inventory({}, estate)
		found == {[4 * _hour, 7 * _day], [_day, 30 * _day], [7 * _day, 378 * _day]}
	}
}

test_a_machine_keeps_snapshots_two_days_by_default if {
	found := _series("vm") with input as fx.inventory({}, fx.dropped(estate, "machines", "/properties/instantRpRetentionRangeInDays"))
	[4 * _hour, 2 * _day] in found
}

test_disks_left_out_of_their_machine if {
	out := fx.changed(estate, "vm-item", "/properties/extendedProperties", {"diskExclusionProperties": {"isInclusionList": true}})
	found := _series("data") with input as fx.inventory({}, out)
	found == set()
}

test_protection_that_was_stopped if {
	stopped := fx.changed(estate, "vm-item", "/properties/protectionState", "ProtectionStopped")
	found := _series("vm") with input as fx.inventory({}, stopped)
	found == set()
}

# From noon to the next midnight nothing is made.
test_series_of_a_share if {
	found := _series("share") with input as fx.inventory({}, estate)
	found == {[12 * _hour, 30 * _day], [_day, 30 * _day]}
	other := _series("share") with input as fx.inventory({}, fx.changed(estate, "share-item", "/properties/friendlyName", "other"))
	other == set()
}

test_series_of_a_disk if {
	found := _series("loose") with input as fx.inventory({}, estate)
	found == {[_hour, 10 * _day]}
}

test_a_simple_retention if {
	simple := fx.changed(estate, "machines", "/properties", {
		"backupManagementType": "AzureIaasVM",
		"schedulePolicy": {"scheduleRunFrequency": "Daily"},
		"retentionPolicy": {"retentionDuration": {"count": 2, "durationType": "Months"}},
	})
	found := _series("vm") with input as fx.inventory({}, simple)
	found == {[_day, 60 * _day]}
	weekly := fx.changed(simple, "machines", "/properties/schedulePolicy/scheduleRunFrequency", "Weekly")
	none := _series("vm") with input as fx.inventory({}, weekly)
	none == set()
}

test_what_azure_does_not_do_is_no_series if {
	dense := fx.changed(estate, "hourly", "/properties/policyRules/0/trigger/schedule/repeatingTimeIntervals", ["R/2024-01-07T02:00:00+00:00/PT10M"])
	none := _series("loose") with input as fx.inventory({}, dense)
	none == set()
	many := fx.changed(estate, "hourly", "/properties/policyRules/1/lifecycles/0/deleteAfter/duration", "P30D")
	too := _series("loose") with input as fx.inventory({}, many)
	too == set()
}

test_unknown_policies if {
	every case in [
		["machines", "/properties/retentionPolicy", "vm"],
		["machines", "/properties/schedulePolicy/hourlySchedule/interval", "vm"],
		["hourly", "/properties/policyRules", "loose"],
	] {
		found := _series(case[2]) with input as fx.inventory({}, fx.changed(estate, case[0], case[1], fx.unknown))
		found == {[fx.unknown, fx.unknown]}
	}
}
