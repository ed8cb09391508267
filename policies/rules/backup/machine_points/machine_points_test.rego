package tillit.rules.backup.machine_points_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.machines_test
import data.tillit.rules.backup.machine_points

_all := machines_test.estate

_promise(every_, for_) := {"backup.interval": {"every": {"seconds": every_}, "for": fx.days(for_)}}

_dense(resources) := fx.inventory(_promise(600, 7), resources)

_lax(resources) := fx.inventory(_promise(4 * 3600, 7), resources)

_disk := fx.resource("compute:Disk", "orders", "Microsoft.Compute/disks/orders", {})

test_ten_minutes_for_a_week_are_1008_points if {
	found := machine_points.violation with input as _dense([_disk])
	found == {{
		"urn": "orders",
		"property": "",
		"seen": "1008 points",
		"wanted": "the data in a database or in blobs",
		"msg": concat("", [
			"orders cannot have a recovery point every 10m for 7d, 1008 in all; ",
			"Azure Disk Backup: one every 1h at most, 450 are kept, which at this pace reach 3d3h back; ",
			"incremental snapshots: 500 are kept, which at this pace reach 3d11h20m back",
		]),
	}}
	count(machine_points.witness) == 0 with input as _dense([_disk])
}

test_no_policy_makes_the_impossible_possible if {
	found := machine_points.violation with input as _dense(_all)
	{v.urn | some v in found} == {"vm", "data", "loose", "share"}
	{v.seen | some v in found} == {"1008 points"}
}

test_what_makes_single_points_is_refused_by_name if {
	points := [
		fx.resource("compute:Snapshot", "snapshot", "Microsoft.Compute/snapshots/snapshot", {}),
		fx.resource("compute:RestorePointCollection", "collection", "Microsoft.Compute/restorePointCollections/collection", {}),
	]
	found := machine_points.violation with input as _dense(points)
	{v.msg | some v in found} == {
		"snapshot is no means to have a recovery point every 10m for 7d, 1008 in all; incremental snapshots: 500 are kept, which at this pace reach 3d11h20m back",
		"collection is no means to have a recovery point every 10m for 7d, 1008 in all; restore points: one every 20m at most, 500 are kept, which at this pace reach 3d11h20m back",
	}
	count(machine_points.violation) == 0 with input as _lax(points)
}

test_nothing_without_the_promise if {
	count(machine_points.violation) == 0 with input as fx.inventory({}, _all)
	count(machine_points.witness) == 0 with input as fx.inventory({}, _all)
}

test_what_can_be_kept_is_judged_by_the_policy if {
	machine_points.witness == {
		{"urn": "vm", "designed": {"every": 14400, "for": 7 * 86400}},
		{"urn": "data", "designed": {"every": 14400, "for": 7 * 86400}},
		{"urn": "loose", "designed": {"every": 3600, "for": 10 * 86400}},
	} with input as _lax(_all)
	found := machine_points.violation with input as _lax(_all)
	found == {{
		"urn": "share",
		"property": "",
		"seen": ["every 12h for 30d", "every 1d for 30d"],
		"wanted": "every 4h for 7d",
		"msg": "share does not have a recovery point every 4h for 7d",
	}}
}

test_unprotected if {
	found := machine_points.violation with input as _lax(fx.without(_all, {"vm-item", "loose-item", "share"}))
	{[v.urn, v.seen] | some v in found} == {["vm", []], ["data", []], ["loose", []]}
}

test_a_pace_that_azure_does_not_have if {
	ten := fx.changed(_all, "hourly", "/properties/policyRules/0/trigger/schedule/repeatingTimeIntervals", ["R/2024-01-07T02:00:00+00:00/PT10M"])
	found := machine_points.violation with input as _lax(ten)
	some v in found
	v.urn == "loose"
	v.seen == ["every 10m for 10d"]
}

test_unknown_is_undetermined if {
	every case in [
		["machines", "/properties/schedulePolicy", {"vm", "data"}],
		["hourly", "/properties/policyRules", {"loose"}],
		["machines", "/properties/instantRpRetentionRangeInDays", {"vm", "data"}],
	] {
		found := machine_points.undetermined with input as _lax(fx.changed(_all, case[0], case[1], fx.unknown))
		{f.urn | some f in found} == case[2]
	}
}
