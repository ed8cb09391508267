# METADATA
# title: Uploaded source files are gone in time
# description: >-
#   Files that are uploaded to be read in lie in storage accounts of their own, tagged
#   class transient, where a lifecycle rule deletes everything by age. Azure runs the
#   rule once a day, which counts. Deleted means deleted: nothing there keeps versions,
#   deleted blobs or write-once copies, and nothing copies or backs up the account.
# scope: package
# custom:
#   promise: data.transient
#   controls: [A.5.34, A.8.10]
#   severity: high
#   remediation: >-
#     Give the account a lifecycle rule for all block and append blobs and their
#     snapshots, whose age and one day more are within the promise, and turn off
#     versioning, soft delete, restore, immutability, replication and backup there.
#   types:
#     - azure-native:dataprotection:BackupInstance
#     - azure-native:storage:BlobContainer
#     - azure-native:storage:BlobContainerImmutabilityPolicy
#     - azure-native:storage:BlobContainerLegalHold
#     - azure-native:storage:BlobServiceProperties
#     - azure-native:storage:ManagementPolicy
#     - azure-native:storage:ObjectReplicationPolicy
#     - azure-native:storage:StorageAccount
#   facts: [lifecycle_interval]
package tillit.rules.data.transient

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.lifecycle
import data.tillit.lib.stores
import data.tillit.lib.values
import data.tillit.lib.vaults

promise := "data.transient"

witness contains {"urn": r.urn, "designed": {"within": lifecycle.gone(r.urn)}} if {
	kept := checks.kept(_checks)
	some r in _accounts
	r.urn in kept
}

violation contains finding if some finding in checks.violations(_checks)

undetermined contains finding if some finding in checks.undetermined(_checks)

_within := lib.promised(promise).within.seconds

# _accounts is the accounts that uploaded files lie in, by their own word.
_accounts := [r |
	lib.promised(promise)
	some r in lib.by_type["azure-native:storage:StorageAccount"]
	_passing(lib.prop(r, "tags.class"))
]

_passing(class) if class == "transient"

_passing(class) if lib.unknown(class)

_checks contains {
	"urn": r.urn,
	"property": "tags.class",
	"seen": seen,
	"good": is_string(seen),
	"wanted": "transient",
	"msg": sprintf("it is not known what %s holds", [r.name]),
} if {
	some r in _accounts
	seen := lib.prop(r, "tags.class")
}

_checks contains {
	"urn": r.urn,
	"property": "managementPolicies",
	"seen": _spelled(gone),
	"good": _soon(gone),
	"wanted": sprintf("%s at most", [values.spell(_within)]),
	"msg": sprintf("%s deletes uploaded files %s; Azure runs its rules once a day", [r.name, _when(gone)]),
} if {
	some r in _accounts
	gone := lifecycle.gone(r.urn)
}

_spelled(gone) := values.spell(gone) if is_number(gone)

_spelled(gone) := gone if not is_number(gone)

_when(gone) := sprintf("after up to %s", [values.spell(gone)]) if is_number(gone)

_when(gone) := "never, or not all of them" if not is_number(gone)

default _soon(_) := false

_soon(gone) if {
	is_number(gone)
	gone <= _within
}

# _off is what keeps a file after it is deleted, by type.
_off := {
	"azure-native:storage:StorageAccount": {"immutableStorageWithVersioning.enabled": "keeps every version write-once"},
	"azure-native:storage:BlobContainer": {"immutableStorageWithVersioning.enabled": "keeps every version write-once"},
	"azure-native:storage:BlobServiceProperties": {
		"isVersioningEnabled": "keeps a version of every file that is deleted",
		"deleteRetentionPolicy.enabled": "keeps deleted files",
		"containerDeleteRetentionPolicy.enabled": "keeps deleted containers",
		"restorePolicy.enabled": "can be put back to an earlier moment",
	},
}

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": seen in {null, false},
	"wanted": false,
	"msg": sprintf("%s %s, and so uploaded files", [r.name, fault]),
} if {
	some r in _parts
	some property, fault in _off[r.type]
	seen := lib.prop(r, property)
}

# _holds is the resources that keep files by being there.
_holds := {
	"azure-native:storage:BlobContainerImmutabilityPolicy": "makes uploaded files write-once",
	"azure-native:storage:BlobContainerLegalHold": "holds uploaded files",
}

_checks contains {
	"urn": r.urn,
	"property": "accountName",
	"seen": lib.prop(r, "accountName"),
	"good": false,
	"wanted": "no hold",
	"msg": sprintf("%s %s", [r.name, _holds[r.type]]),
} if {
	some r in _parts
	_holds[r.type]
}

# _parts is the accounts and what belongs to them.
_parts := array.concat(_accounts, [r |
	own := {account.urn | some account in _accounts}
	some r in lib.of(object.keys(object.union(_off, _holds)))
	r.type != "azure-native:storage:StorageAccount"
	count(stores.account(r) & own) > 0
])

_checks contains {
	"urn": r.urn,
	"property": "sourceAccount",
	"seen": "a copy",
	"good": false,
	"wanted": "no copy",
	"msg": sprintf("%s replicates an account of uploaded files", [r.name]),
} if {
	own := {account.urn | some account in _accounts}
	some r in lib.by_type["azure-native:storage:ObjectReplicationPolicy"]
	source := lib.prop(r, "sourceAccount")
	sources := lib.targets(r, "sourceAccount", source, "azure-native:storage:StorageAccount")
	count((sources | {account | some account in stores.account(r)}) & own) > 0
}

_checks contains {
	"urn": r.urn,
	"property": "properties.dataSourceInfo.resourceID",
	"seen": "a backup",
	"good": false,
	"wanted": "no backup",
	"msg": sprintf("%s keeps copies of uploaded files", [r.name]),
} if {
	some account in _accounts
	some r in vaults.protecting(account.urn)
}
