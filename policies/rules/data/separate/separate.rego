# METADATA
# title: Identity data and financial data share no server, key or identity
# description: >-
#   Every database says by its tag purpose which of the two it holds, and both are
#   there. They stand on servers of their own, encrypted under keys from vaults of
#   their own. Whoever administers a server, is attached to it or has more than a
#   reader's role on it, its database or its vault, has none on the other side; a
#   backup vault, which copies what it may not read, is left out. What connects to
#   either server speaks TLS 1.2 or later.
# scope: package
# custom:
#   promise: data.separate
#   controls: [A.5.34, A.8.3, A.8.22]
#   severity: critical
#   remediation: >-
#     Give each database a server, a key vault and identities of its own, tag it
#     purpose identity or financial, and give no principal a role that reaches both.
#   types:
#     - azure-native:authorization:RoleAssignment
#     - azure-native:dbforpostgresql:Administrator
#     - azure-native:dbforpostgresql:Configuration
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:sql:EncryptionProtector
#     - azure-native:sql:Server
#     - azure-native:sql:ServerAzureADAdministrator
#     - azure-native:sql:ServerKey
#   facts: [looking_roles, tls_versions]
package tillit.rules.data.separate

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.principals
import data.tillit.lib.roles

promise := "data.separate"

witness contains {"urn": r.urn, "designed": {}} if {
	kept := checks.kept(_checks)
	some r in _databases
	r.urn in kept
	faulty := {c.urn | some c in _checks} - kept
	_homes[r.urn] & faulty == set()
}

violation contains finding if some finding in checks.violations(_checks)

undetermined contains finding if some finding in checks.undetermined(_checks)

_halves := {"identity", "financial"}

_databases := [r |
	lib.promised(promise)
	some r in lib.of(["azure-native:dbforpostgresql:Server", "azure-native:sql:Database"])
]

# _half is what a database says it holds; undefined while that is not known.
_half(r) := purpose if {
	purpose := lib.prop(r, "tags.purpose")
	purpose in _halves
}

_checks contains {
	"urn": r.urn,
	"property": "tags.purpose",
	"seen": _paired(r, seen),
	"good": _alone(seen),
	"wanted": "identity or financial, with another database for the other",
	"msg": sprintf("%s does not hold identity data or financial data apart from the other", [r.name]),
} if {
	some r in _databases
	seen := lib.prop(r, "tags.purpose")
}

# _paired is what was seen, or the unknown mark while a database whose purpose is
# not known may turn out to be the other one.
_paired(_, seen) := {"$unknown": true} if {
	seen in _halves
	some other in _databases
	lib.unknown(lib.prop(other, "tags.purpose"))
} else := seen

default _alone(_) := false

_alone(seen) if {
	seen in _halves
	some other in _databases
	other_half := _half(other)
	other_half != seen
}

# _homes is the URNs of the server that each database stands on.
_homes := {r.urn: _home_of(r) | some r in _databases}

# _servers maps a server to the halves whose data it holds.
_servers := lib.group([[home, half] |
	some r in _databases
	half := _half(r)
	some home in _homes[r.urn]
])

_checks contains {
	"urn": r.urn,
	"property": "serverName",
	"seen": _names(homes, lib.prop(r, "serverName")),
	"good": _own_server(homes),
	"wanted": "a server of the estate that holds nothing else",
	"msg": sprintf("%s does not stand on a server of its own", [r.name]),
} if {
	some r in _databases
	homes := object.get(_homes, r.urn, set())
}

_names(homes, seen) := seen if homes == set()

_names(homes, _) := concat(", ", {lib.by_urn[home].name | some home in homes}) if homes != set()

default _own_server(_) := false

_own_server(homes) if {
	count(homes) > 0
	every home in homes { count(object.get(_servers, home, set())) <= 1 }
}

# Keys. A key is known by its vault: a role on the vault opens all its keys.
_locks := {
	"azure-native:sql:Server": ["keyId"],
	"azure-native:dbforpostgresql:Server": ["dataEncryption.primaryKeyURI"],
}

_more_locks := {
	"azure-native:dbforpostgresql:Server": ["dataEncryption.geoBackupKeyURI"],
	"azure-native:sql:EncryptionProtector": ["serverKeyName", "uri"],
	"azure-native:sql:ServerKey": ["keyName", "uri"],
}

# _keyed is where keys are named: the resource, the property and the server.
_keyed := [{"r": r, "property": property, "home": home} |
	some home, _ in _servers
	r := lib.by_urn[home]
	some property in _locks[r.type]
]

_also_keyed := [{"r": r, "property": property, "home": home} |
	some type, properties in _more_locks
	some r in lib.by_type[type]
	some home in _home_of(r)
	_servers[home]
	some property in properties
	not lib.prop(r, property) in {null, ""}
]

# _home_of is the server that a resource is, or is a part of.
_home_of(r) := {r.urn} if r.type in {"azure-native:dbforpostgresql:Server", "azure-native:sql:Server"}

_home_of(r) := lib.container(r) if not r.type in {"azure-native:dbforpostgresql:Server", "azure-native:sql:Server"}

# _vault_sides maps a vault, by name, to the halves whose keys it holds.
_vault_sides := lib.group([[vault, half] |
	some k in array.concat(_keyed, _also_keyed)
	some vault in _vaults(k.r, k.property)
	some half in _servers[k.home]
])

# _vaults is the names of the vaults of a key: out of its address or the name that
# a server gives it, or, while it is not known, of the keys that it depends on.
_vaults(r, property) := {name |
	seen := lib.prop(r, property)
	is_string(seen)
	name := lower(regex.find_all_string_submatch_n(`^(?:https://)?([0-9A-Za-z-]+)[._]`, seen, 1)[0][1])
} | {name |
	lib.unknown(lib.prop(r, property))
	some urn in r.propertyDependsOn[split(property, ".")[0]]
	key := lib.by_urn[urn]
	key.type == "azure-native:keyvault:Key"
	name := lower(lib.prop(key, "vaultName"))
}

_checks contains {
	"urn": k.r.urn,
	"property": k.property,
	"seen": _named(vaults, lib.prop(k.r, k.property)),
	"good": _own_keys(vaults),
	"wanted": "a key from a vault that the other half does not use",
	"msg": sprintf("%s is not encrypted under a key of its own half", [k.r.name]),
} if {
	some k in array.concat(_keyed, _also_keyed)
	vaults := _vaults(k.r, k.property)
}

_named(names, seen) := seen if names == set()

_named(names, _) := concat(", ", names) if names != set()

default _own_keys(_) := false

_own_keys(vaults) if {
	count(vaults) > 0
	every vault in vaults { count(_vault_sides[vault]) == 1 }
}

_checks contains {
	"urn": r.urn,
	"property": "serverKeyType",
	"seen": seen,
	"good": lib.fold(seen) == "azurekeyvault",
	"wanted": "AzureKeyVault",
	"msg": sprintf("%s leaves the key to the platform, for every server the same owner", [r.name]),
} if {
	some r in lib.by_type["azure-native:sql:EncryptionProtector"]
	some home in lib.container(r)
	_servers[home]
	seen := lib.prop(r, "serverKeyType")
}

# Who reaches what: {"r", "property", "who", "half"}. A principal is a URN or, when
# it is none of the estate's, its object id.
_reach contains {"r": r.urn, "property": property, "who": who, "half": half} if {
	some home, sides in _servers
	some half in sides
	some [r, property, value] in _attached(lib.by_urn[home])
	some who in principals.of(r, property, value)
}

_reach contains {"r": r.urn, "property": property, "who": who, "half": half} if {
	some [r, home, property] in _administrators
	some half in _servers[home]
	some who in principals.of(r, property, lib.prop(r, property))
}

_reach contains {"r": r.urn, "property": "principalId", "who": who, "half": half} if {
	some r in _given
	some who in principals.of(r, "principalId", lib.prop(r, "principalId"))
	some half in _touched(r)
}

# _attached is the identities that a server signs in with: the server, the property
# and each of its values.
_attached(r) := {[r, property, value] |
	some property in ["identity.userAssignedIdentities", "primaryUserAssignedIdentityId", "dataEncryption.primaryUserAssignedIdentityId"]
	some value in _each(lib.prop(r, property))
}

# _each is the ids in a list, an object with ids for keys, or a text.
_each(v) := {id | some id in v} if is_array(v)

_each(v) := object.keys(v) if {
	is_object(v)
	not lib.unknown(v)
}

_each(v) := {v} if is_string(v)

_each(v) := {v} if lib.unknown(v)

_each(null) := set()

_administrators := {[r, r.urn, "administrators.sid"] |
	some r in lib.by_type["azure-native:sql:Server"]
	lib.prop(r, "administrators.sid") != null
} | {[r, home, property] |
	some type, property in {
		"azure-native:dbforpostgresql:Administrator": "objectId",
		"azure-native:sql:ServerAzureADAdministrator": "sid",
	}
	some r in lib.by_type[type]
	some home in _server_of(r)
}

# An administrator of a flexible server has no id before its principal is there.
_server_of(r) := {urn |
	some urn, _ in _servers
	lib.fold(lib.prop(r, "serverName")) == lib.fold(lib.prop(lib.by_urn[urn], "serverName"))
}

# _given is the assignments of roles that do more than look.
_given := [r |
	lib.promised(promise)
	some r in roles.assignments
	not _looks(r)
]

_looks(r) if data.facts.looking_roles.value[roles.id(r)]

_looks(r) if {
	own := roles.own(r)
	count(own) > 0
	every urn in own { _only_reads(lib.prop(lib.by_urn[urn], "permissions")) }
}

_only_reads(permissions) if {
	is_array(permissions)
	actions := [action | some p in permissions; some action in object.get(p, "actions", [])]
	data_actions := [action | some p in permissions; some action in object.get(p, "dataActions", [])]
	data_actions == []
	every action in actions { endswith(action, "/read") }
	every action in actions { not contains(action, "*") }
}

# _places is the ids of what holds the data of a half, in lower case: servers, and
# the vaults that their keys are in.
_places := {[lower(lib.by_urn[home].id), half] |
	some home, sides in _servers
	some half in sides
} | {[lower(r.id), half] |
	some r in lib.by_type["azure-native:keyvault:Vault"]
	some half in _vault_sides[lower(lib.prop(r, "vaultName"))]
}

# _touched is the halves that a role assignment's scope holds or lies in.
_touched(r) := {half |
	scope := lib.prop(r, "scope")
	is_string(scope)
	whole := sprintf("%s/", [trim_suffix(lower(scope), "/")])
	some [id, half] in _places
	_overlap(whole, sprintf("%s/", [id]))
} | {half |
	lib.unknown(lib.prop(r, "scope"))
	some urn in r.propertyDependsOn.scope
	some [id, half] in _places
	lower(lib.by_urn[urn].id) == id
}

_overlap(a, b) if startswith(a, b)

_overlap(a, b) if startswith(b, a)

_reached := lib.group([[x.who, x.half] | some x in _reach])

_checks contains {
	"urn": x.r,
	"property": x.property,
	"seen": _seen(r, x),
	"good": count(_reached[x.who]) == 1,
	"wanted": "identities that reach one half only",
	"msg": sprintf("%s lets %s reach identity data and financial data both", [r.name, principals.name(x.who)]),
} if {
	some x in _reach
	r := lib.by_urn[x.r]
}

# A role that is not known yet may turn out to only look.
_seen(r, x) := {"$unknown": true} if {
	x.property == "principalId"
	roles.unknown(r)
} else := principals.name(x.who)

# Whom it is about has to be known.
_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": {"$unknown": true},
	"good": false,
	"wanted": "an identity",
	"msg": sprintf("it is not known whom %s lets in", [r.name]),
} if {
	some [r, property, value] in _asked
	lib.unknown(value)
	principals.of(r, property, value) == set()
}

_asked := ({[r, property, value] |
	some home, _ in _servers
	some [r, property, value] in _attached(lib.by_urn[home])
} | {[r, property, lib.prop(r, property)] |
	some [r, home, property] in _administrators
	_servers[home]
}) | {[r, "principalId", lib.prop(r, "principalId")] |
	some r in _given
	count(_touched(r)) > 0
	not principals.vault(r, "principalId")
}

# The link is encrypted: neither server lets anybody in without current TLS.
_checks contains {
	"urn": r.urn,
	"property": "minimalTlsVersion",
	"seen": seen,
	"good": _current(seen),
	"wanted": "1.2 or later",
	"msg": sprintf("%s accepts connections without current TLS", [r.name]),
} if {
	some home, _ in _servers
	r := lib.by_urn[home]
	r.type == "azure-native:sql:Server"
	seen := lib.prop(r, "minimalTlsVersion")
}

_checks contains {
	"urn": r.urn,
	"property": "value",
	"seen": seen,
	"good": _encrypted(lib.prop(r, "configurationName"), seen),
	"wanted": "TLS 1.2 or later for everybody",
	"msg": sprintf("%s lets connections in without current TLS", [r.name]),
} if {
	some r in lib.by_type["azure-native:dbforpostgresql:Configuration"]
	lib.prop(r, "configurationName") in {"require_secure_transport", "ssl_min_protocol_version"}
	some home in lib.container(r)
	_servers[home]
	seen := lib.prop(r, "value")
}

default _current(_) := false

_current(version) if data.facts.tls_versions.value[version] >= 2

default _encrypted(_, _) := false

_encrypted("require_secure_transport", value) if lib.fold(value) == "on"

_encrypted("ssl_min_protocol_version", value) if _current(value)
