# METADATA
# title: Nobody downloads a disk over the public network
# description: >-
#   A managed disk or a snapshot can be exported over an address that anybody who has
#   it can read from. Public network access is off, and the disk's network policy
#   denies all or allows private endpoints only. Azure's default is to allow all.
# scope: package
# custom:
#   promise: perimeter.private-data
#   controls: [A.5.14, A.8.3, A.8.20]
#   severity: high
#   remediation: Set publicNetworkAccess to Disabled and networkAccessPolicy to DenyAll or AllowPrivate.
#   types:
#     - azure-native:compute:Disk
#     - azure-native:compute:Snapshot
#   facts: []
package tillit.rules.perimeter.disks_are_private

import data.tillit.lib
import data.tillit.lib.checks

promise := "perimeter.private-data"

_wants := [
	{"property": "publicNetworkAccess", "good": {"disabled"}, "wanted": "Disabled", "fault": "can be downloaded over the public network"},
	{"property": "networkAccessPolicy", "good": {"denyall", "allowprivate"}, "wanted": "DenyAll or AllowPrivate", "fault": "can be downloaded from any network"},
]

_checks := checks.table({
	"azure-native:compute:Disk": _wants,
	"azure-native:compute:Snapshot": _wants,
})

witness contains {"urn": urn, "designed": {}} if {
	lib.promised(promise)
	some urn in checks.kept(_checks)
}

violation contains found if {
	lib.promised(promise)
	some found in checks.violations(_checks)
}

undetermined contains found if {
	lib.promised(promise)
	some found in checks.undetermined(_checks)
}
