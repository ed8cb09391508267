# METADATA
# title: Nothing opens with a shared key
# description: >-
#   A shared key, a local user or a vault's own access policy stands beside Entra:
#   no second factor is asked for, and the log names no one.
# scope: package
# custom:
#   promise: identity.mfa
#   controls: [A.5.17, A.8.5]
#   severity: critical
#   remediation: Disable shared keys, local users and local authentication, and let the key vault use role-based access.
#   types:
#     - azure-native:storage:StorageAccount
#     - azure-native:operationalinsights:Workspace
#     - azure-native:keyvault:Vault
#     - azure-native:insights:Component
#   facts: []
#   scope: resource
package tillit.rules.identity.no_shared_keys

import data.tillit.lib
import data.tillit.lib.checks

promise := "identity.mfa"

# What each type has to say. Azure's defaults allow shared keys throughout; SFTP,
# which is what local users sign in through, is off.
_wanted := {
	"azure-native:storage:StorageAccount": {
		"allowSharedKeyAccess": {false},
		"isLocalUserEnabled": {null, false},
		"isSftpEnabled": {null, false},
	},
	"azure-native:operationalinsights:Workspace": {"features.disableLocalAuth": {true}},
	"azure-native:keyvault:Vault": {"properties.enableRbacAuthorization": {true}},
	"azure-native:insights:Component": {"disableLocalAuth": {true}},
}

_check contains {
	"urn": r.urn,
	"property": path,
	"seen": seen,
	"good": seen in accepted,
	"wanted": [v | some v in accepted; v != null][0],
	"msg": sprintf("%s can be entered without signing in through Entra", [r.name]),
} if {
	lib.promised(promise)
	some type, paths in _wanted
	some r in lib.by_type[type]
	some path, accepted in paths
	seen := lib.prop(r, path)
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
