# METADATA
# title: When storage deletes by itself
# description: >-
#   Reads the lifecycle policies of storage accounts and computes how old a file is at
#   worst when it is deleted.
# scope: package
package tillit.lib.lifecycle

import data.tillit.lib
import data.tillit.lib.stores

# gone is how old in seconds a file of an account is at worst when it is deleted;
# null where nothing deletes all of them, the unknown mark while a policy is not
# known.
gone(account) := min(ages) if {
	ages := _ages(account, ["baseBlob", "snapshot"])
	count(ages) > 0
} else := _none(account)

# forgotten is how old in seconds a version of an account's blobs is at worst when
# it is deleted; as gone otherwise.
forgotten(account) := min(ages) if {
	ages := _ages(account, ["version"])
	count(ages) > 0
} else := _none(account)

# _none is what to say where nothing deletes.
_none(account) := {"$unknown": true} if {
	some urn in _policies[account]
	lib.unknown(lib.veil(lib.prop(lib.by_urn[urn], "policy")))
} else := null

# _policies maps an account to the URNs of its policies.
_policies := lib.group([[urn, r.urn] |
	some r in lib.by_type["azure-native:storage:ManagementPolicy"]
	some urn in stores.account(r)
])

# _ages is the ages at which single rules delete all the parts of a blob.
_ages(account, parts) := {age |
	some urn in _policies[account]
	some rule in lib.items(lib.by_urn[urn], "policy.rules")
	_everything(account, rule)
	days := [_days(rule, part) | some part in parts]
	count(days) == count(parts)
	age := (max(days) * 86400) + data.facts.lifecycle_interval.value
}

# _days is the age at which a rule deletes blobs, their snapshots or versions. A blob that
# has snapshots is deleted only together with them.
_days(rule, part) := max({days |
	some condition in ["daysAfterCreationGreaterThan", "daysAfterModificationGreaterThan"]
	days := lib.at(rule, concat(".", ["definition.actions", part, "delete", condition]))
	is_number(days)
})

# _everything holds for a rule that is on and leaves nothing of the account out.
_everything(account, rule) if {
	lib.at(rule, "enabled") in {null, true}
	lib.fold(lib.at(rule, "type")) == "lifecycle"
	lib.at(rule, "definition.filters.blobIndexMatch") in {null, []}
	types := {lower(type) | some type in lib.list(lib.at(rule, "definition.filters.blobTypes"))}
	{"blockblob", "appendblob"} - types == set()
	_everywhere(account, lib.at(rule, "definition.filters.prefixMatch"))
}

_everywhere(_, prefixes) if prefixes in {null, []}

_everywhere(account, prefixes) if {
	is_array(prefixes)
	names := stores.containers[account]
	every name in names { _starts(name, prefixes) }
}

_starts(name, prefixes) if {
	some prefix in prefixes
	startswith(concat("", [name, "/"]), prefix)
}
