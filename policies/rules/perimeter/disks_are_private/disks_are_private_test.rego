package tillit.rules.perimeter.disks_are_private_test

import data.tillit.lib.fixtures_test as fx
import data.tillit.rules.perimeter.disks_are_private

_all := [
	fx.resource("compute:Disk", "disk", "Microsoft.Compute/disks/disk", {"publicNetworkAccess": "Disabled", "networkAccessPolicy": "DenyAll"}),
	fx.resource("compute:Snapshot", "snapshot", "Microsoft.Compute/snapshots/snapshot", {"publicNetworkAccess": "Disabled", "networkAccessPolicy": "AllowPrivate"}),
]

_on(resources) := fx.inventory({"perimeter.private-data": {}}, resources)

test_closed if {
	disks_are_private.witness == {{"urn": "disk", "designed": {}}, {"urn": "snapshot", "designed": {}}} with input as _on(_all)
	count(disks_are_private.violation) == 0 with input as _on(_all)
	count(disks_are_private.undetermined) == 0 with input as _on(_all)
}

test_nothing_without_the_promise if {
	count(disks_are_private.witness) == 0 with input as fx.inventory({}, _all)
	count(disks_are_private.violation) == 0 with input as fx.inventory({}, fx.dropped(_all, "disk", "/publicNetworkAccess"))
}

test_open if {
	every name in ["disk", "snapshot"] {
		every property in ["publicNetworkAccess", "networkAccessPolicy"] {
			found := disks_are_private.violation with input as _on(fx.dropped(_all, name, sprintf("/%s", [property])))
			fx.at(found) == {[name, property]}
		}
		all := disks_are_private.violation with input as _on(fx.changed(_all, name, "/networkAccessPolicy", "AllowAll"))
		{v.msg | some v in all} == {sprintf("%s can be downloaded from any network", [name])}
	}
}

test_unknown_is_undetermined if {
	found := disks_are_private.undetermined with input as _on(fx.changed(_all, "disk", "/publicNetworkAccess", fx.unknown))
	fx.at(found) == {["disk", "publicNetworkAccess"]}
}
