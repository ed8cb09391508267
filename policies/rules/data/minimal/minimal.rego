# METADATA
# title: Every data store says what it holds, what for and for how long
# description: >-
#   Each store is tagged with a class of the scheme, a purpose and a retention. A
#   database either holds identity data, and then it is not the only one, or knows
#   persons by pseudonym only. What a store keeps of deleted data, it keeps no longer
#   than its tag says.
# scope: package
# custom:
#   promise: data.minimal
#   controls: [A.5.12, A.5.13, A.5.34, A.8.11]
#   severity: medium
#   remediation: >-
#     Tag the store with class, purpose and retention (such as 30d, or none where
#     deleted is deleted), keep identity data in a database of its own and
#     pseudonyms elsewhere, and keep backups and deleted data no longer than the tag
#     says.
#   types:
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dbforpostgresql:Server
#     - azure-native:operationalinsights:Workspace
#     - azure-native:recoveryservices:Vault
#     - azure-native:sql:BackupShortTermRetentionPolicy
#     - azure-native:sql:Database
#     - azure-native:sql:LongTermRetentionPolicy
#     - azure-native:storage:BlobServiceProperties
#     - azure-native:storage:ManagementPolicy
#     - azure-native:storage:StorageAccount
#   facts: [data_classes, data_stores, lifecycle_interval, postgres_retention_default]
package tillit.rules.data.minimal

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.lifecycle
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "data.minimal"

witness contains {"urn": r.urn, "designed": {}} if {
	kept := checks.kept(_checks)
	some r in _stores
	r.urn in kept
}

violation contains finding if some finding in checks.violations(_checks)

undetermined contains finding if some finding in checks.undetermined(_checks)

_stores := [r |
	lib.promised(promise)
	some r in lib.of(data.facts.data_stores.value)
]

_checks contains {
	"urn": r.urn,
	"property": "tags.class",
	"seen": seen,
	"good": seen in data.facts.data_classes.value,
	"wanted": concat(", ", data.facts.data_classes.value),
	"msg": sprintf("%s does not say which class of data it holds", [r.name]),
} if {
	some r in _stores
	seen := lib.prop(r, "tags.class")
}

_checks contains {
	"urn": r.urn,
	"property": "tags.purpose",
	"seen": seen,
	"good": _said(seen),
	"wanted": "a purpose",
	"msg": sprintf("%s does not say what its data is for", [r.name]),
} if {
	some r in _stores
	seen := lib.prop(r, "tags.purpose")
}

_checks contains {
	"urn": r.urn,
	"property": "tags.retention",
	"seen": seen,
	"good": is_number(_retention(seen)),
	"wanted": "a duration such as 30d, or none",
	"msg": sprintf("%s does not say for how long its data is kept", [r.name]),
} if {
	some r in _stores
	seen := lib.prop(r, "tags.retention")
}

default _said(_) := false

_said(seen) if {
	is_string(seen)
	trim_space(seen) != ""
}

# _retention is a retention tag in seconds; null for what is none.
default _retention(_) := null

_retention("none") := 0

_retention(tag) := sum([n | some found in amounts; n := to_number(found[1]) * _units[found[2]]]) if {
	is_string(tag)
	regex.match(`^(\d+(mo|y|w|d|h|m))+$`, tag)
	amounts := regex.find_all_string_submatch_n(`(\d+)(mo|y|w|d|h|m)`, tag, -1)
}

# As in promises.
_units := {"m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000, "y": 31536000}

# A database names persons or knows them by pseudonym.
_checks contains {
	"urn": r.urn,
	"property": "tags.class",
	"seen": _beside(seen),
	"good": _minimal(seen),
	"wanted": "pseudonymised, or identity beside a database that is",
	"msg": sprintf("%s does not keep who persons are apart from what is known of them", [r.name]),
} if {
	some r in _databases
	seen := lib.prop(r, "tags.class")
}

_databases := [r |
	some r in _stores
	r.type in {"azure-native:dbforpostgresql:Server", "azure-native:sql:Database"}
]

# _beside is what was seen, which is not known as long as another database may
# turn out to be what is missing.
_beside(seen) := {"$unknown": true} if {
	seen == "identity"
	some r in _databases
	lib.unknown(lib.prop(r, "tags.class"))
} else := seen

default _minimal(_) := false

_minimal("pseudonymised")

_minimal("identity") if {
	some r in _databases
	lib.prop(r, "tags.class") == "pseudonymised"
}

# What stores keep of deleted data, in seconds, is at most what their tags say.
_checks contains {
	"urn": kept.urn,
	"property": kept.property,
	"seen": _spelled(kept.seconds),
	"good": _within(kept.seconds, retention),
	"wanted": sprintf("%s at most, as %s says", [values.spell(retention), store.name]),
	"msg": sprintf("%s keeps deleted data longer than the tag of %s says", [kept.name, store.name]),
} if {
	some store in _stores
	retention := _retention(lib.prop(store, "tags.retention"))
	retention != null
	some kept in _keeps(store)
}

_spelled(seconds) := values.spell(seconds) if is_number(seconds)

_spelled(seconds) := seconds if not is_number(seconds)

default _within(_, _) := false

_within(seconds, retention) if {
	is_number(seconds)
	seconds <= retention
}

# _keeps is what keeps deleted data of a store: the resource, the property and for
# how long.
_keeps(store) := (({keep |
	store.type == "azure-native:dbforpostgresql:Server"
	days := values.otherwise(lib.prop(store, "backup.backupRetentionDays"), data.facts.postgres_retention_default.value)
	keep := _keep(store, "backup.backupRetentionDays", _days(days))
} | {keep |
	some urn in object.get(_policies, store.urn, set())
	policy := lib.by_urn[urn]
	some property in ["retentionDays", "weeklyRetention", "monthlyRetention", "yearlyRetention"]
	seen := lib.prop(policy, property)
	not seen in {null, "", "PT0S"}
	keep := _keep(policy, property, _length(seen))
}) | {keep |
	some urn in object.get(stores.blob_services, store.urn, set())
	service := lib.by_urn[urn]
	some part in ["deleteRetentionPolicy", "containerDeleteRetentionPolicy"]
	not lib.prop(service, sprintf("%s.enabled", [part])) in {null, false}
	property := sprintf("%s.days", [part])
	keep := _keep(service, property, _days(lib.prop(service, property)))
}) | {keep |
	some urn in object.get(stores.blob_services, store.urn, set())
	service := lib.by_urn[urn]
	not lib.prop(service, "isVersioningEnabled") in {null, false}
	keep := _keep(service, "isVersioningEnabled", _versions(store, service))
}

# A version that is deleted is kept for as long as deleted blobs are.
_versions(store, service) := age + _softly(service) if {
	age := lifecycle.forgotten(store.urn)
	is_number(age)
} else := {"$unknown": true} if {
	lib.unknown(lifecycle.forgotten(store.urn))
} else := "for ever"

_softly(service) := lib.prop(service, "deleteRetentionPolicy.days") * 86400 if {
	lib.prop(service, "deleteRetentionPolicy.enabled") == true
	is_number(lib.prop(service, "deleteRetentionPolicy.days"))
} else := 0

_keep(r, property, seconds) := {"urn": r.urn, "name": r.name, "property": property, "seconds": seconds}

_length(seen) := _days(seen) if not is_string(seen)

_length(seen) := values.seconds(seen) if is_string(seen)

_days(n) := n * 86400 if is_number(n)

_days(n) := n if not is_number(n)

_policies := stores.children([
	"azure-native:sql:BackupShortTermRetentionPolicy",
	"azure-native:sql:LongTermRetentionPolicy",
])
