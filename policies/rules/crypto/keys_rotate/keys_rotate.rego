# METADATA
# title: Every key is replaced in time, and its users follow
# description: >-
#   Every key has a rotation policy that replaces it no later than promised, and no
#   store pins the version it uses, since data under a pinned version stays under the
#   old key.
# scope: package
# custom:
#   promise: crypto.keys
#   controls: [A.8.24]
#   severity: high
#   remediation: >-
#     Give the key a rotation policy with a Rotate action, and name keys without their
#     version.
#   types:
#     - azure-native:keyvault:Key
#     - azure-native:operationalinsights:Cluster
#     - azure-native:recoveryservices:Vault
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:EncryptionProtector
#     - azure-native:storage:StorageAccount
#   facts: []
package tillit.rules.crypto.keys_rotate

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.values

promise := "crypto.keys"

witness contains {"urn": r.urn, "designed": {"rotation": _period(r)}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in lib.by_type["azure-native:keyvault:Key"]
	r.urn in kept
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_rotation := lib.promised(promise).rotation

_checks contains {
	"urn": r.urn,
	"property": "properties.rotationPolicy",
	"seen": seen,
	"good": _in_time(r),
	"wanted": sprintf("a rotation every %s or sooner", [_rotation.text]),
	"msg": sprintf("%s is not replaced within %s", [r.name, _rotation.text]),
} if {
	some r in lib.by_type["azure-native:keyvault:Key"]
	seen := lib.veil(lib.prop(r, "properties.rotationPolicy"))
}

_triggers(r) := [lib.at(action, "trigger") |
	some action in lib.items(r, "properties.rotationPolicy.lifetimeActions")
	lib.fold(lib.at(action, "action.type")) == "rotate"
]

default _in_time(_) := false

_in_time(r) if _period(r) <= _rotation.seconds

# _period is the seconds after which a version is replaced, at the latest.
_period(r) := min({seconds |
	some trigger in _triggers(r)
	seconds := values.seconds(trigger.timeAfterCreate)
} | {seconds |
	some trigger in _triggers(r)
	expiry := values.seconds(lib.prop(r, "properties.rotationPolicy.attributes.expiryTime"))
	seconds := expiry - values.seconds(trigger.timeBeforeExpiry)
})

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": _follows(seen),
	"wanted": "the key without a version",
	"msg": sprintf("%s stays with one version of its key", [r.name]),
} if {
	some type, property in {
		"azure-native:storage:StorageAccount": "encryption.keyVaultProperties.keyVersion",
		"azure-native:operationalinsights:Cluster": "keyVaultProperties.keyVersion",
		"azure-native:recoveryservices:Vault": "properties.encryption.keyVaultProperties.keyUri",
		"azure-native:dataprotection:BackupVault": "properties.securitySettings.encryptionSettings.keyVaultProperties.keyUri",
		"azure-native:dbforpostgresql:Server": "dataEncryption.primaryKeyURI",
	}
	some r in lib.by_type[type]
	seen := lib.prop(r, property)
	seen != null
}

default _follows(_) := false

_follows("")

# https://vault.vault.azure.net/keys/name, with or without a closing slash.
_follows(seen) if {
	is_string(seen)
	count(split(trim_suffix(seen, "/"), "/")) == 5
}

_checks contains check if {
	some check in checks.table({"azure-native:sql:EncryptionProtector": [{
		"property": "autoRotationEnabled",
		"good": {true},
		"wanted": true,
		"fault": "stays with one version of its key",
	}]})
}
