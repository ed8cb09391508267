# METADATA
# title: What backup vaults hold
# description: >-
#   Ties data stores to the copies that Backup vaults keep of them, and computes how
#   far back those copies reach at worst.
# scope: package
package tillit.lib.vaults

import data.tillit.lib
import data.tillit.lib.values

# instances maps a data store to the URNs of the backup instances that protect it.
instances := lib.group([[urn, r.urn] |
	some r in lib.by_type["azure-native:dataprotection:BackupInstance"]
	some urn in lib.refs(r, "properties.dataSourceInfo.resourceID")
])

# protecting is the backup instances of a store.
protecting(store) := [lib.by_urn[urn] | some urn in object.get(instances, store, set())]

# policies is the backup policies of an instance.
policies(instance) := [lib.by_urn[urn] |
	some urn in lib.refs(instance, "properties.policyInfo.policyId")
	lib.by_urn[urn].type == "azure-native:dataprotection:BackupPolicy"
]

# holders is the URNs of the vault that an instance or a policy belongs to.
holders(r) := {urn |
	some urn in lib.container(r)
	lib.by_urn[urn].type == "azure-native:dataprotection:BackupVault"
}

# containers is the containers that an instance copies; empty when it names none,
# as for a database.
containers(instance) := {name |
	some parameters in lib.prop(instance, "properties.policyInfo.policyParameters.backupDatasourceParametersList")
	some name in parameters.containersList
}

# kept is, for each series of copies a policy keeps in the vault, how long a copy
# is kept and how far apart two copies are, in seconds. The operational tier is
# left out: it lives in the store itself and is lost with it.
kept(policy) := {{"retention": retention, "spacing": spacing} |
	some rule in lib.prop(policy, "properties.policyRules")
	rule.objectType == "AzureRetentionRule"
	some lifecycle in rule.lifecycles
	lib.fold(lifecycle.sourceDataStore.dataStoreType) in _tiers
	retention := values.seconds(lifecycle.deleteAfter.duration)
	some spacing in _spacing(policy, rule.name)
}

# _spacing is the gap between the copies that a retention rule applies to.
_spacing(policy, tag) := {spacing |
	some rule in lib.prop(policy, "properties.policyRules")
	rule.objectType == "AzureBackupRule"
	_vaulted(policy, rule.dataStore.dataStoreType)
	interval := _interval(rule.trigger.schedule)
	some criteria in rule.trigger.taggingCriteria
	criteria.tagInfo.tagName == tag
	spacing := interval + _extra(object.get(criteria, "criteria", []))
}

_tiers := {"vaultstore", "archivestore"}

# _vaulted holds for a tier that copies come to the vault from: the vault itself, or
# one out of which the policy moves them there.
_vaulted(_, tier) if lib.fold(tier) in _tiers

_vaulted(policy, tier) if {
	some rule in lib.prop(policy, "properties.policyRules")
	some lifecycle in rule.lifecycles
	lib.fold(lifecycle.sourceDataStore.dataStoreType) == lib.fold(tier)
	some target in lifecycle.targetDataStoreCopySettings
	lib.fold(target.dataStore.dataStoreType) in _tiers
}

# _interval is the longest of a schedule's intervals: R/2024-01-07T02:00:00Z/P1W.
_interval(schedule) := max([seconds |
	some repeating in schedule.repeatingTimeIntervals
	is_string(repeating)
	parts := split(repeating, "/")
	seconds := values.seconds(parts[count(parts) - 1])
])

# _extra is what a tag such as FirstOfMonth adds: the first copy on or after a
# moment that comes this often.
_extra(criteria) := max({0} | {seconds |
	some c in criteria
	some name in c.absoluteCriteria
	seconds := data.facts.backup_tag_periods.value[name]
})

# reach is how far back a policy's copies go at worst, in seconds: just before
# the next copy is made the oldest that is left is one spacing younger than the
# retention. Zero when it keeps nothing in the vault.
reach(policy) := max({0} | {seconds | some k in kept(policy); seconds := k.retention - k.spacing})

# retention is how long a policy keeps the copies it keeps longest, in seconds.
retention(policy) := max({0} | {seconds | some k in kept(policy); seconds := k.retention})
