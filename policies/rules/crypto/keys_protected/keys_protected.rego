# METADATA
# title: Keys cannot be lost or taken
# description: >-
#   Every key vault has soft delete for as long as promised, purge protection and
#   role-based access without access policies, and no key can be exported.
# scope: package
# custom:
#   promise: crypto.keys
#   controls: [A.5.33, A.8.24]
#   severity: critical
#   remediation: >-
#     Set enablePurgeProtection, enableRbacAuthorization and softDeleteRetentionInDays
#     on the vault, and create keys that are not exportable.
#   types:
#     - azure-native:keyvault:Key
#     - azure-native:keyvault:Vault
#   facts: [key_vault_undelete_default]
#   scope: resource
package tillit.rules.crypto.keys_protected

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.values

promise := "crypto.keys"

witness contains {"urn": r.urn, "designed": {"undelete": _seconds(r)}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in lib.by_type["azure-native:keyvault:Vault"]
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

_undelete := lib.promised(promise).undelete

_checks contains check if {
	some check in checks.table({
		"azure-native:keyvault:Vault": [
			{
				"property": "properties.enablePurgeProtection",
				"good": {true},
				"wanted": true,
				"fault": "lets an administrator destroy keys for good",
			},
			{"property": "properties.enableSoftDelete", "good": {null, true}, "wanted": true, "fault": "cannot undelete keys"},
			{
				"property": "properties.enableRbacAuthorization",
				"good": {true},
				"wanted": true,
				"fault": "lets whoever may write the vault give himself its keys",
			},
			{
				"property": "properties.accessPolicies",
				"good": {null, []},
				"wanted": "no access policy",
				"fault": "has access policies besides its roles",
			},
		],
		"azure-native:keyvault:Key": [
			{
				"property": "properties.attributes.exportable",
				"good": {null, false},
				"wanted": false,
				"fault": "can be exported",
			},
			{
				"property": "properties.attributes.enabled",
				"good": {null, true},
				"wanted": true,
				"fault": "is turned off",
			},
		],
	})
}

_checks contains {
	"urn": r.urn,
	"property": "properties.softDeleteRetentionInDays",
	"seen": lib.prop(r, "properties.softDeleteRetentionInDays"),
	"good": values.at_least(_seconds(r), _undelete.seconds),
	"wanted": _undelete.text,
	"msg": sprintf("%s forgets deleted keys sooner than promised", [r.name]),
} if {
	some r in lib.by_type["azure-native:keyvault:Vault"]
}

_seconds(r) := days * 86400 if {
	days := values.otherwise(
		lib.prop(r, "properties.softDeleteRetentionInDays"),
		data.facts.key_vault_undelete_default.value,
	)
	is_number(days)
}

default _seconds(_) := 0
