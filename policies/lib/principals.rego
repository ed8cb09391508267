# METADATA
# title: Who is who
# description: >-
#   Tells principals apart: the estate's identities by URN, however a property names
#   them, and everybody else by object id.
# scope: package
package tillit.lib.principals

import data.tillit.lib

# of is the principals that a value of a property names: an identity's ARM id, an
# object or client id, or, while it is not known, the identities that the property
# depends on. Vaults are none: they copy what they may not read.
of(_, _, value) := _known(value) - _vaults if is_string(value)

of(r, property, value) := _depended(r, property) - _vaults if lib.unknown(value)

_known(value) := lib.by_id[lower(value)] if lib.by_id[lower(value)]

_known(value) := object.get(_ids, lower(value), {lower(value)}) if not lib.by_id[lower(value)]

# _ids maps an object id or a client id to the identity or the vault that has it.
_ids := lib.group([[lower(id), r.urn] |
	some type, paths in {
		"azure-native:managedidentity:UserAssignedIdentity": ["principalId", "clientId"],
		"azure-native:dataprotection:BackupVault": ["identity.principalId"],
		"azure-native:recoveryservices:Vault": ["identity.principalId"],
	}
	some r in lib.by_type[type]
	some path in paths
	id := lib.prop(r, path)
	is_string(id)
])

_depended(r, property) := {urn |
	some urn in object.get(r, ["propertyDependsOn", split(property, ".")[0]], [])
	_signs_in[lib.by_urn[urn].type]
}

_signs_in := {
	"azure-native:dataprotection:BackupVault": true,
	"azure-native:managedidentity:UserAssignedIdentity": true,
	"azure-native:recoveryservices:Vault": true,
}

_vaults := {r.urn | some r in lib.of(["azure-native:dataprotection:BackupVault", "azure-native:recoveryservices:Vault"])}

# vault holds for a property that names the identity of a backup vault, known or
# not.
vault(r, property) if count(_depended(r, property) & _vaults) > 0

# name is what to call a principal.
name(who) := lib.by_urn[who].name if lib.by_urn[who]

name(who) := who if not lib.by_urn[who]
