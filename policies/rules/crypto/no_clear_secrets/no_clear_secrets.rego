# METADATA
# title: No secret stands in clear text
# description: >-
#   No property, setting, environment variable or stack output carries a password,
#   key, token or connection string as plain text. What a program needs comes from its
#   managed identity, a Key Vault reference or a value that Pulumi keeps encrypted.
#   Secret values themselves are never looked at.
# scope: package
# custom:
#   promise: crypto.secrets
#   controls: [A.5.17, A.8.24]
#   severity: critical
#   remediation: >-
#     Use a managed identity, a keyVaultUrl reference or a Pulumi secret, and replace
#     the value: it has been in clear text.
#   types:
#     - azure-native:app:ContainerApp
#     - azure-native:app:Job
#     - azure-native:dbforpostgresql:Server
#     - azure-native:keyvault:Secret
#     - azure-native:sql:Server
#     - azure-native:storage:StorageAccount
#   facts: []
#   scope: resource
package tillit.rules.crypto.no_clear_secrets

import data.tillit.lib
import data.tillit.lib.checks

promise := "crypto.secrets"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some type in _carriers
	some r in lib.by_type[type]
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

# _name matches names of things that are secret, hyphens and underscores dropped;
# _value matches texts that carry a secret whatever they are called. A resource whose
# whole text, squeezed, has none of _words in it can hold neither.
_name := `(?i)(password|passwd|pwd|secret|connectionstring|accountkey|sharedkey|sharedaccesskey|sharedaccesssignature|sastoken|apikey|accesskey|secretkey|privatekey|token|primarykey|secondarykey|credentials?)$`

_value := `(?i)(accountkey=|sharedaccesskey=|sharedaccesssignature=|password=|pwd=|[?&]sig=|-----begin [a-z ]*private key)`

_words := [
	"passw", "pwd", "secret", "connectionstring", "accountkey", "sharedkey", "sharedaccess", "sastoken",
	"apikey", "accesskey", "privatekey", "token", "primarykey", "secondarykey", "credential", "sig=",
]

# The types that would carry a secret, and are witnesses when they carry none.
_carriers := {
	"azure-native:app:ContainerApp",
	"azure-native:app:Job",
	"azure-native:dbforpostgresql:Server",
	"azure-native:keyvault:Secret",
	"azure-native:sql:Server",
	"azure-native:storage:StorageAccount",
}

_checks contains {
	"urn": r.urn,
	"property": "secrets",
	"seen": null,
	"good": true,
	"wanted": "no secret in clear text",
	"msg": "",
} if {
	some type in _carriers
	some r in lib.by_type[type]
}

# The text itself is not repeated in the finding.
_checks contains {
	"urn": r.urn,
	"property": concat(".", [sprintf("%v", [p]) | some p in path]),
	"seen": _seen(v),
	"good": false,
	"wanted": "a secret, or a reference to Key Vault",
	"msg": sprintf("%s carries a secret in clear text", [r.name]),
} if {
	some r in input.resources
	_suspect(r)
	walk(r.props, [path, v])
	_bare(r, path, v)
}

_suspect(r) if r.type == "azure-native:keyvault:Secret"

_suspect(r) if {
	text := replace(replace(replace(lower(json.marshal(r.props)), "_", ""), "-", ""), " ", "")
	some word in _words
	contains(text, word)
}

_seen(v) := "clear text" if is_string(v)

_seen(v) := v if not is_string(v)

_bare(r, path, v) if {
	_open(v)
	_secret_place(r, path)
	not _reference(v)
}

_bare(_, _, v) if {
	is_string(v)
	regex.match(_value, v)
}

_open(v) if {
	is_string(v)
	v != ""
}

_open(v) if lib.unknown(v)

_secret_place(_, path) if {
	last := path[count(path) - 1]
	is_string(last)
	_secret_name(last)
}

# {"name": "DB_PASSWORD", "value": …}, as containers take their environment.
_secret_place(r, path) if {
	path[count(path) - 1] == "value"
	holder := object.get(r.props, array.slice(path, 0, count(path) - 1), {})
	name := lib.at(holder, "name")
	is_string(name)
	_secret_name(name)
}

# Anything in a list of secrets is one.
_secret_place(_, path) if {
	n := count(path)
	path[n - 1] == "value"
	path[n - 3] == "secrets"
}

_secret_place(r, path) if {
	r.type == "azure-native:keyvault:Secret"
	path == ["properties", "value"]
}

_secret_name(name) if regex.match(_name, regex.replace(name, "[-_]", ""))

_reference(v) if {
	is_string(v)
	contains(lower(v), ".vault.azure.net/")
	not regex.match(_value, v)
}
