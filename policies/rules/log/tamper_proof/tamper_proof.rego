# METADATA
# title: Nobody can alter the logs
# description: >-
#   A workspace can be purged, so every log and the activity log also go to a
#   storage account whose version-level immutability is locked for the promised
#   time. The policy must allow protected appends, since diagnostics append, and no
#   shared key may stand in for an identity. An archive's own log goes to the
#   workspace only: written to itself it would never end. Nothing replicates an
#   archive: object replication copies no logs, and a container that it copies to
#   takes no others.
# scope: package
# custom:
#   promise: log.tamper-proof
#   controls: [A.8.15, A.5.28]
#   severity: critical
#   remediation: >-
#     Send the resource's logs to an account with a locked immutability policy of the promised time that allows protected
#     appends, and to a second such account where a copy elsewhere is wanted, since replication copies none.
#   types:
#     - azure-native:insights:DiagnosticSetting
#     - azure-native:insights:SubscriptionDiagnosticSetting
#     - azure-native:insights:ManagementGroupDiagnosticSetting
#     - azure-native:operationalinsights:Workspace
#     - azure-native:sql:Server
#     - azure-native:storage:ObjectReplicationPolicy
#     - azure-native:storage:StorageAccount
#   facts: [loggable_types, replicated_blobs]
package tillit.rules.log.tamper_proof

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.diagnostics
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "log.tamper-proof"

_for := lib.promised(promise).for.seconds

_day := 86400

# _archives is the accounts that anything sends its logs to.
_archives := {urn |
	_for
	some setting in lib.of([
		"azure-native:insights:DiagnosticSetting",
		"azure-native:insights:SubscriptionDiagnosticSetting",
		"azure-native:insights:ManagementGroupDiagnosticSetting",
	])
	some urn in diagnostics.archives(setting)
}

_immutability := "immutableStorageWithVersioning.immutabilityPolicy"

_period := concat(".", [_immutability, "immutabilityPeriodSinceCreationInDays"])

# What an archive has to say, and what it means when it does not.
_wanted := {
	"immutableStorageWithVersioning.enabled": [true, "is not write-once"],
	concat(".", [_immutability, "state"]): ["Locked", "can have its write-once policy lifted"],
	concat(".", [_immutability, "allowProtectedAppendWrites"]): [true, "cannot take logs, which are appended"],
	"allowSharedKeyAccess": [false, "can be entered with a shared key, which leaves no name"],
}

_check contains {
	"urn": urn,
	"property": path,
	"seen": seen,
	"good": lib.fold(seen) == lib.fold(wanted),
	"wanted": wanted,
	"msg": sprintf("the log archive %s %s", [lib.by_urn[urn].name, fault]),
} if {
	some urn in _archives
	some path, [wanted, fault] in _wanted
	seen := lib.prop(lib.by_urn[urn], path)
}

_check contains {
	"urn": urn,
	"property": _period,
	"seen": seen,
	"good": values.at_least(seen, _for / _day),
	"wanted": sprintf("at least %d", [ceil(_for / _day)]),
	"msg": sprintf("the log archive %s is write-once for less than %s", [lib.by_urn[urn].name, values.spell(_for)]),
} if {
	some urn in _archives
	seen := lib.prop(lib.by_urn[urn], _period)
}

# A policy stands on both of its accounts, so the one that it stands on tells enough.
_check contains {
	"urn": policy.urn,
	"property": "accountName",
	"seen": _replicated(policy),
	"good": _replicated(policy) == [],
	"wanted": "no replication of log archives",
	"msg": sprintf("%s replicates a log archive: it copies %s only, which logs are not, and to where nothing else can be written", [
		policy.name,
		data.facts.replicated_blobs.value,
	]),
} if {
	_for
	some policy in lib.by_type["azure-native:storage:ObjectReplicationPolicy"]
}

_replicated(policy) := {"$unknown": true} if {
	lib.unknown(lib.prop(policy, "accountName"))
	stores.account(policy) == set()
} else := sort({lib.by_urn[urn].name | some urn in stores.account(policy); urn in _archives})

_check contains {
	"urn": r.urn,
	"property": "features.immediatePurgeDataOn30Days",
	"seen": seen,
	"good": seen in {null, false},
	"wanted": false,
	"msg": sprintf("%s deletes logs for good after 30 days", [r.name]),
} if {
	_for
	some r in lib.by_type["azure-native:operationalinsights:Workspace"]
	seen := lib.prop(r, "features.immediatePurgeDataOn30Days")
}

# Everything that logs, but for the archives, sends its logs to one.
_check contains {
	"urn": r.urn,
	"property": "diagnosticSettings",
	"seen": _seen(settings),
	"good": _good(settings),
	"wanted": "all logs, or all audit logs, to a log archive",
	"msg": sprintf("the logs of %s are in no archive that cannot be altered", [r.name]),
} if {
	_for
	some r in diagnostics.loggable
	not r.urn in _archives
	settings := diagnostics.of(r.urn)
}

default _good(_) := false

_good(settings) if {
	some setting in settings
	diagnostics.full(setting)
	count(diagnostics.archives(setting)) > 0
}

_seen(settings) := {"$unknown": true} if {
	some setting in settings
	lib.unknown(lib.prop(setting, "logs"))
} else := sort([setting.name | some setting in settings])

_check contains {
	"urn": r.urn,
	"property": "storageAccountId",
	"seen": lib.prop(r, "storageAccountId"),
	"good": count(diagnostics.archives(r)) > 0,
	"wanted": "a log archive of the estate",
	"msg": sprintf("%s does not send the activity log to an archive that cannot be altered", [r.name]),
} if {
	_for
	some r in diagnostics.activity
}

_check contains {
	"urn": "",
	"property": "resourceUri",
	"seen": lib.unless_veiled({"azure-native:insights:DiagnosticSetting"}, null),
	"good": false,
	"wanted": "a diagnostic setting on the subscription with a log archive",
	"msg": sprintf("nothing sends the activity log of %s to an archive that cannot be altered", [subscription]),
} if {
	_for
	some subscription in diagnostics.silent(diagnostics.activity)
}

# What is designed is said by the archives.
witness contains {"urn": urn, "designed": {"for": lib.prop(lib.by_urn[urn], _period) * _day}} if {
	some urn in (checks.kept(_check) & _archives)
}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
