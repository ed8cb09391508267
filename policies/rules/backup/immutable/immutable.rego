# METADATA
# title: Nobody can change or delete backups early
# description: >-
#   Every store must have copies that no administrator can delete: in a vault whose
#   immutability is locked, whose soft delete cannot be switched off and whose
#   guard belongs to someone else, or as long-term copies made immutable and kept for
#   the promised time. Archives
#   of documents are write-once under a locked policy. An unlocked policy protects
#   nothing from those who may unlock it.
# scope: package
# custom:
#   promise: backup.immutable
#   controls: [A.8.13, A.5.33]
#   severity: critical
#   remediation: Lock immutability, set soft delete to always on, bind the vault to a Resource Guard, keep copies for the promised time.
#   types:
#     - azure-native:recoveryservices:Vault
#     - azure-native:recoveryservices:ResourceGuardProxy
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dataprotection:BackupPolicy
#     - azure-native:dataprotection:BackupInstance
#     - azure-native:dataprotection:DppResourceGuardProxy
#     - azure-native:dataprotection:ResourceGuard
#     - azure-native:sql:LongTermRetentionPolicy
#     - azure-native:storage:StorageAccount
#   facts: []
package tillit.rules.backup.immutable

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores
import data.tillit.lib.values
import data.tillit.lib.vaults

promise := "backup.immutable"

_for := lib.promised(promise).for.seconds

_day := 86400

# Soft delete that cannot be switched off: where it is set and what Azure calls it.
_soft_delete := {
	"azure-native:recoveryservices:Vault": {
		"path": "properties.securitySettings.softDeleteSettings.softDeleteState",
		"always": "AlwaysON",
	},
	"azure-native:dataprotection:BackupVault": {
		"path": "properties.securitySettings.softDeleteSettings.state",
		"always": "AlwaysOn",
	},
}

_vaults := [r |
	_for
	some r in lib.of(object.keys(_soft_delete))
]

_check contains {
	"urn": r.urn,
	"property": "properties.securitySettings.immutabilitySettings.state",
	"seen": seen,
	"good": lib.fold(seen) == "locked",
	"wanted": "Locked",
	"msg": sprintf("an administrator can switch off the immutability of %s", [r.name]),
} if {
	some r in _vaults
	seen := lib.prop(r, "properties.securitySettings.immutabilitySettings.state")
}

_check contains {
	"urn": r.urn,
	"property": soft.path,
	"seen": seen,
	"good": lib.fold(seen) == lower(soft.always),
	"wanted": soft.always,
	"msg": sprintf("an administrator can switch off the soft delete of %s", [r.name]),
} if {
	some r in _vaults
	soft := _soft_delete[r.type]
	seen := lib.prop(r, soft.path)
}

_check contains {
	"urn": r.urn,
	"property": "resourceGuardResourceId",
	"seen": _guards(r.urn),
	"good": count(_guards(r.urn)) > 0,
	"wanted": "a Resource Guard that excludes no operation",
	"msg": sprintf("no Resource Guard stands between an administrator and the copies in %s", [r.name]),
} if {
	some r in _vaults
}

_guards(vault) := sort({lib.by_urn[urn].name | some urn in object.get(_guarded, vault, set())})

_guarded := lib.group([[vault, guard] |
	some proxy in lib.of([
		"azure-native:recoveryservices:ResourceGuardProxy",
		"azure-native:dataprotection:DppResourceGuardProxy",
	])
	some vault in lib.container(proxy)
	some guard in lib.refs(proxy, "properties.resourceGuardResourceId")
	lib.by_urn[guard].type == "azure-native:dataprotection:ResourceGuard"
	count(values.otherwise(lib.prop(lib.by_urn[guard], "properties.vaultCriticalOperationExclusionList"), [])) == 0
])

# A copy is immutable only while it is kept.
_check contains {
	"urn": vault,
	"property": "properties.policyRules",
	"seen": seen,
	"good": values.at_least(vaults.retention(policy), _for),
	"wanted": sprintf("at least %s", [values.spell(_for)]),
	"msg": sprintf("%s keeps its copies for less than %s", [policy.name, values.spell(_for)]),
} if {
	some vault, policies in _policies
	some urn in policies
	policy := lib.by_urn[urn]
	seen := _seen(policy)
}

_seen(policy) := values.spell(vaults.retention(policy)) if lib.known(lib.prop(policy, "properties.policyRules"))

_seen(policy) := v if {
	v := lib.prop(policy, "properties.policyRules")
	lib.unknown(v)
}

# _policies maps a vault to the URNs of the policies that its copies are kept by.
_policies := lib.group([[vault, policy.urn] |
	_for
	some instance in lib.by_type["azure-native:dataprotection:BackupInstance"]
	some vault in vaults.holders(instance)
	some policy in vaults.policies(instance)
])

# Every store needs copies that are held so.
_check contains {
	"urn": r.urn,
	"property": "",
	"seen": _undecided(r),
	"good": _held(r),
	"wanted": sprintf("copies in an immutable vault, or immutable long-term copies kept for %s", [values.spell(_for)]),
	"msg": sprintf("an administrator can delete every copy of %s", [r.name]),
} if {
	_for
	some r in stores.all
}

default _held(_) := false

_held(r) if {
	some instance in vaults.protecting(r.urn)
	some _ in vaults.holders(instance)
}

# Long-term copies are held for as long as one of the series is kept.
_held(r) if {
	some policy in _long_term[r.urn]
	lib.prop(lib.by_urn[policy], "makeBackupsImmutable") == true
	some series in _series
	values.at_least(values.seconds(lib.prop(lib.by_urn[policy], series)), _for)
}

_series := ["weeklyRetention", "monthlyRetention", "yearlyRetention"]

_undecided(r) := {"$unknown": true} if {
	some policy in _long_term[r.urn]
	not lib.prop(lib.by_urn[policy], "makeBackupsImmutable") in {null, false}
	some property in array.concat(["makeBackupsImmutable"], _series)
	lib.unknown(lib.prop(lib.by_urn[policy], property))
} else := null

_long_term := stores.children(["azure-native:sql:LongTermRetentionPolicy"])

# Archives of documents: write-once, locked, for the promised time.
_archives := [r | _for; some r in stores.document_archives]

_check contains {
	"urn": r.urn,
	"property": "immutableStorageWithVersioning.immutabilityPolicy.state",
	"seen": seen,
	"good": lib.fold(seen) == "locked",
	"wanted": "Locked",
	"msg": sprintf("an administrator can lift the write-once policy of %s", [r.name]),
} if {
	some r in _archives
	seen := lib.prop(r, "immutableStorageWithVersioning.immutabilityPolicy.state")
}

_check contains {
	"urn": r.urn,
	"property": _period,
	"seen": seen,
	"good": values.at_least(seen, _for / _day),
	"wanted": sprintf("at least %d", [ceil(_for / _day)]),
	"msg": sprintf("%s is write-once for less than %s", [r.name, values.spell(_for)]),
} if {
	some r in _archives
	seen := lib.prop(r, _period)
}

_period := "immutableStorageWithVersioning.immutabilityPolicy.immutabilityPeriodSinceCreationInDays"

witness contains {"urn": urn, "designed": _designed(urn)} if some urn in checks.kept(_check)

# What is designed is said by what holds the copies, not by the stores copied.
_designed(urn) := {"for": days * _day} if {
	days := lib.prop(lib.by_urn[urn], _period)
	is_number(days)
} else := {"for": min(kept)} if {
	kept := {vaults.retention(lib.by_urn[policy]) | some policy in _policies[urn]}
} else := {}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
