# METADATA
# title: Every store is backed up at least once a day, and the backups are kept
# description: >-
#   A database's automated backups make a point for every day of their retention, 35
#   days at most; what Azure keeps of it for longer is weekly. Documents, machines,
#   disks and file shares need a policy that makes a copy at least daily, since what
#   protects an account or a disk from within is deleted with it.
# scope: package
# custom:
#   promise: backup.daily
#   controls: [A.8.13, A.5.30]
#   severity: critical
#   remediation: Keep the database's automated backups for the promised time, and put every other store under a daily backup policy.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:sql:BackupShortTermRetentionPolicy
#     - azure-native:storage:StorageAccount
#     - azure-native:storage:FileShare
#     - azure-native:dataprotection:BackupInstance
#     - azure-native:dataprotection:BackupPolicy
#     - azure-native:compute:Disk
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:recoveryservices:ProtectedItem
#     - azure-native:recoveryservices:ProtectionPolicy
#   facts: [database_backups_most, instant_restore_default, machine_copy_spacing, point_limits, postgres_retention_default, sql_retention_default]
package tillit.rules.backup.daily

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.machines
import data.tillit.lib.stores
import data.tillit.lib.values
import data.tillit.lib.vaults

promise := "backup.daily"

_for := lib.promised(promise).for.seconds

_day := 86400

# Databases.

_automated := object.union(
	{r.urn: kept |
		_for
		some r in stores.postgres
		kept := {
			"property": "backup.backupRetentionDays",
			"days": values.otherwise(lib.prop(r, "backup.backupRetentionDays"), data.facts.postgres_retention_default.value),
		}
	},
	{r.urn: kept |
		_for
		some r in stores.sql
		kept := {"property": "retentionDays", "days": _sql_days(r.urn)}
	},
)

_sql_days(urn) := [lib.prop(lib.by_urn[policy], "retentionDays") | some policy in _short_term[urn]][0]

_sql_days(urn) := data.facts.sql_retention_default.value if not _short_term[urn]

_short_term := stores.children(["azure-native:sql:BackupShortTermRetentionPolicy"])

_most := data.facts.database_backups_most.value

_check contains {
	"urn": urn,
	"property": kept.property,
	"seen": kept.days,
	"good": values.at_least(kept.days, _for / _day),
	"wanted": sprintf("at least %d", [ceil(_for / _day)]),
	"msg": sprintf("%s keeps its daily backups for less than %s", [lib.by_urn[urn].name, values.spell(_for)]),
} if {
	some urn, kept in _automated
}

_check contains {
	"urn": urn,
	"property": "",
	"seen": sprintf("%dd", [_most]),
	"good": false,
	"wanted": sprintf("at least %s", [values.spell(_for)]),
	"msg": sprintf("%s cannot keep daily backups for %s: Azure keeps those of a database %d days at most, and what it keeps for longer is weekly", [
		lib.by_urn[urn].name,
		values.spell(_for),
		_most,
	]),
} if {
	some urn, _ in _automated
	_for > _most * _day
}

# Everything else: the series of copies that are made at least once a day.

_others := [r |
	_for
	some r in array.concat(stores.documents, machines.stores)
]

_series := lib.group(array.concat(
	[[r.urn, series] |
		some r in _others
		some instance in vaults.protecting(r.urn)
		some policy in vaults.policies(instance)
		some series in _vaulted(policy)
	],
	[[r.urn, {"for": series.for}] |
		_for
		some r in machines.stores
		some series in machines.series(r)
		_daily(series.every)
	],
))

_vaulted(policy) := {{"for": kept.retention} | some kept in vaults.kept(policy); _daily(kept.spacing)} if {
	not lib.unknown(lib.prop(policy, "properties.policyRules"))
} else := {{"for": {"$unknown": true}}}

# The first copy of each day can be more than a day after the one before; it is never
# two days after it.
_daily(spacing) if spacing < 2 * _day

_daily(spacing) if lib.unknown(spacing)

# _longest is how long the copies are kept that are kept longest, or the unknown
# mark while that may be long enough.
_longest(urn) := longest if {
	longest := max({series.for | some series in _series[urn]; is_number(series.for)})
	longest >= _for
} else := {"$unknown": true} if {
	some series in _series[urn]
	lib.unknown(series.for)
} else := max({series.for | some series in _series[urn]})

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": null,
	"good": false,
	"wanted": "a policy that makes a copy at least once a day",
	"msg": sprintf("nothing backs %s up every day", [r.name]),
} if {
	some r in _others
	not _series[r.urn]
}

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": _spell(longest),
	"good": values.at_least(longest, _for),
	"wanted": sprintf("at least %s", [values.spell(_for)]),
	"msg": sprintf("the daily copies of %s are kept for %v; %s is promised", [r.name, _spell(longest), values.spell(_for)]),
} if {
	some r in _others
	longest := _longest(r.urn)
}

_spell(v) := values.spell(v) if is_number(v)

_spell(v) := v if not is_number(v)

# A container that the vault leaves out has no copies.
_check contains {
	"urn": r.urn,
	"property": "properties.policyInfo.policyParameters.backupDatasourceParametersList",
	"seen": sort(copied),
	"good": false,
	"wanted": name,
	"msg": sprintf("nothing backs the container %s of %s up", [name, r.name]),
} if {
	_for
	some r in stores.documents
	_series[r.urn]
	copied := {name | some instance in vaults.protecting(r.urn); some name in vaults.containers(instance)}
	every name in copied { lib.known(name) }
	some name in (stores.containers[r.urn] - copied)
	lib.known(name)
}

witness contains {"urn": urn, "designed": {"for": _designed(urn)}} if some urn in checks.kept(_check)

_designed(urn) := _automated[urn].days * _day

_designed(urn) := _longest(urn) if not _automated[urn]

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
