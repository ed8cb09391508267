# METADATA
# title: Every disk is encrypted under keys of the estate
# description: >-
#   Managed disks and snapshots, and the disks that a machine makes of itself, name a
#   disk encryption set of the estate, which encrypts twice, under Azure's key and
#   under one in a key vault of the estate. A machine's caches and temporary disk are
#   encrypted on its host.
# scope: package
# custom:
#   promise: crypto.rest
#   controls: [A.8.24, A.5.33]
#   severity: high
#   remediation: >-
#     Give the disk a disk encryption set of type
#     EncryptionAtRestWithPlatformAndCustomerKeys with a key of the estate, and switch
#     encryption at host on.
#   types:
#     - azure-native:compute:Disk
#     - azure-native:compute:DiskEncryptionSet
#     - azure-native:compute:Snapshot
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:keyvault:Key
#   facts: []
package tillit.rules.crypto.disk_keys

import data.tillit.lib
import data.tillit.lib.checks

promise := "crypto.rest"

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

_set := "azure-native:compute:DiskEncryptionSet"

_checks contains {
	"urn": r.urn,
	"property": path,
	"seen": seen,
	"good": count(lib.targets(r, split(path, ".")[0], seen, _set)) > 0,
	"wanted": "a disk encryption set of the estate",
	"msg": sprintf("%s is not encrypted under a key of the estate", [r.name]),
} if {
	path := "encryption.diskEncryptionSetId"
	some r in lib.of(["azure-native:compute:Disk", "azure-native:compute:Snapshot"])
	seen := lib.prop(r, path)
}

# What a machine makes of itself; a disk that it is given is judged as a disk.
_profiles := {
	"azure-native:compute:VirtualMachine": {"disks": "storageProfile", "host": "securityProfile.encryptionAtHost"},
	"azure-native:compute:VirtualMachineScaleSet": {"disks": "virtualMachineProfile.storageProfile", "host": "virtualMachineProfile.securityProfile.encryptionAtHost"},
}

_checks contains {
	"urn": r.urn,
	"property": sprintf("%s.%s.managedDisk.diskEncryptionSet.id", [paths.disks, place]),
	"seen": seen,
	"good": count(lib.targets(r, split(paths.disks, ".")[0], seen, _set)) > 0,
	"wanted": "a disk encryption set of the estate",
	"msg": sprintf("a disk of %s is not encrypted under a key of the estate", [r.name]),
} if {
	some type, paths in _profiles
	some r in lib.by_type[type]
	some place in ["osDisk", "dataDisks"]
	some disk in _entries(lib.prop(r, sprintf("%s.%s", [paths.disks, place])))
	lib.at(disk, "managedDisk.id") == null
	seen := lib.at(disk, "managedDisk.diskEncryptionSet.id")
}

_entries(v) := [v] if is_object(v)

_entries(v) := lib.list(v) if not is_object(v)

_checks contains check if {
	some check in checks.table(object.union(
		{type: [{"property": paths.host, "good": {true}, "wanted": true, "fault": "does not encrypt its caches and temporary disk"}] |
			some type, paths in _profiles
		},
		{_set: [{
			"property": "encryptionType",
			"good": {"encryptionatrestwithplatformandcustomerkeys"},
			"wanted": "EncryptionAtRestWithPlatformAndCustomerKeys",
			"fault": "does not encrypt twice",
		}]},
	))
}

_checks contains {
	"urn": r.urn,
	"property": "activeKey.keyUrl",
	"seen": seen,
	"good": _ours(r, seen),
	"wanted": "a key in a vault of the estate",
	"msg": sprintf("%s encrypts under a key that is not the estate's", [r.name]),
} if {
	some r in lib.by_type[_set]
	seen := lib.prop(r, "activeKey.keyUrl")
}

default _ours(_, _) := false

# https://vault.vault.azure.net/keys/name/version
_ours(_, url) if {
	is_string(url)
	parts := split(lower(url), "/")
	concat("/", [parts[2], parts[4]]) in _estate_keys
}

# While the address is not known the dependency tells whose key it is.
_ours(r, url) if {
	lib.unknown(url)
	count(lib.targets(r, "activeKey", url, "azure-native:keyvault:Key")) > 0
}

# _estate_keys is the keys of the estate as host/name, in lower case.
_estate_keys := {sprintf("%s.vault.azure.net/%s", [parts[n - 3], parts[n - 1]]) |
	some r in lib.by_type["azure-native:keyvault:Key"]
	lib.container(r)
	parts := split(lower(r.id), "/")
	n := count(parts)
}
