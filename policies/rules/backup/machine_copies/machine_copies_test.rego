package tillit.rules.backup.machine_copies_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.lib.machines_test
import data.tillit.rules.backup.machine_copies

_all := machines_test.estate

_year(resources) := fx.inventory({"backup.retention": {"for": fx.days(365)}}, resources)

_weekly := "/properties/retentionPolicy/weeklySchedule/retentionDuration/count"

test_54_weeks_reach_a_year_back if {
	resources := fx.without(_all, {"loose", "share"})
	machine_copies.witness == {
		{"urn": "vm", "designed": {"for": 371 * 86400}},
		{"urn": "data", "designed": {"for": 371 * 86400}},
	} with input as _year(resources)
	count(machine_copies.violation) == 0 with input as _year(resources)
}

test_53_weeks_do_not if {
	found := machine_copies.violation with input as _year(fx.changed(fx.without(_all, {"loose", "share", "data"}), "machines", _weekly, 53))
	{v.msg | some v in found} == {"the copies of vm do not reach 365d back: retention less spacing is 364d at worst"}
}

test_nothing_without_the_promise if {
	count(machine_copies.violation) == 0 with input as fx.inventory({}, _all)
	count(machine_copies.witness) == 0 with input as fx.inventory({}, _all)
}

test_unprotected if {
	found := machine_copies.violation with input as _year(fx.without(_all, {"vm-item", "loose-item", "share-item"}))
	{v.msg | some v in found} == {sprintf("no backup policy keeps copies of %s", [name]) | some name in ["vm", "data", "loose", "share"]}
}

test_more_copies_than_azure_keeps if {
	yearly := fx.changed(_all, "hourly", "/properties/policyRules/1/lifecycles/0/deleteAfter/duration", "P366D")
	found := machine_copies.violation with input as _year(fx.without(yearly, {"vm", "data", "share"}))
	{[v.msg, v.seen, v.wanted] | some v in found} == {[
		"loose is to have a copy every 1h for 366d, which is 8784: Azure Disk Backup keeps 450 of a disk",
		"8784 copies",
		"at most 450",
	]}
}

test_a_disk_of_a_machine_needs_no_copies_of_its_own if {
	both := array.concat(fx.without(_all, {"loose", "share"}), [fx.resource("dataprotection:BackupInstance", "own", "Microsoft.DataProtection/backupVaults/v/backupInstances/own", {"properties": {
		"dataSourceInfo": {"resourceID": fx.id("Microsoft.Compute/disks/data")},
		"policyInfo": {"policyId": fx.id("Microsoft.DataProtection/backupVaults/v/backupPolicies/hourly")},
	}})])
	beyond := fx.changed(both, "hourly", "/properties/policyRules/1/lifecycles/0/deleteAfter/duration", "P366D")
	count(machine_copies.violation) == 0 with input as _year(beyond)
}

test_unknown_is_undetermined if {
	every case in [["machines", "/properties/retentionPolicy", {"vm", "data"}], ["hourly", "/properties/policyRules", {"loose"}]] {
		found := machine_copies.undetermined with input as _year(fx.changed(_all, case[0], case[1], fx.unknown))
		{f.urn | some f in found} == case[2]
	}
}
