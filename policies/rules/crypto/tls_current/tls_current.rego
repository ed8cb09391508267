# METADATA
# title: Only current TLS is spoken
# description: >-
#   A server, storage account or public domain that accepts an older TLS can be talked
#   down to it. Azure Storage and Azure SQL accept any version unless told otherwise.
# scope: package
# custom:
#   promise: crypto.transit
#   controls: [A.5.14, A.8.24]
#   severity: high
#   remediation: >-
#     Set the minimum TLS version to the promised one or a later one.
#   types:
#     - azure-native:cdn:AFDCustomDomain
#     - azure-native:dbforpostgresql:Configuration
#     - azure-native:network:ApplicationGateway
#     - azure-native:sql:Server
#     - azure-native:storage:StorageAccount
#   facts: [app_gateway_tls_policies, tls_versions]
#   scope: resource
package tillit.rules.crypto.tls_current

import data.tillit.lib
import data.tillit.lib.checks

promise := "crypto.transit"

witness contains {"urn": r.urn, "designed": {"tls": _spelled[_rank(lib.prop(r, property))]}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some [r, property] in _speaks
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

# The names of versions differ from service to service, and in case as people write them.
_ranks := {lower(name): rank | some name, rank in data.facts.tls_versions.value}

_spelled := ["1.0", "1.1", "1.2", "1.3"]

_wanted := lib.promised(promise).tls

# _speaks is the resources that state a minimum, and where.
_speaks := [[r, property] |
	some type, property in {
		"azure-native:storage:StorageAccount": "minimumTlsVersion",
		"azure-native:sql:Server": "minimalTlsVersion",
		"azure-native:cdn:AFDCustomDomain": "tlsSettings.minimumTlsVersion",
		"azure-native:dbforpostgresql:Configuration": "value",
	}
	some r in lib.by_type[type]
	_of_tls(r)
]

# Of PostgreSQL's server parameters one is about TLS versions.
_of_tls(r) if r.type != "azure-native:dbforpostgresql:Configuration"

_of_tls(r) if lib.fold(lib.prop(r, "configurationName")) == "ssl_min_protocol_version"

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": _rank(seen) >= _ranks[lower(_wanted)],
	"wanted": sprintf("%s or later", [_wanted]),
	"msg": sprintf("%s accepts a TLS version older than %s", [r.name, _wanted]),
} if {
	some [r, property] in _speaks
	seen := lib.prop(r, property)
}

# An application gateway takes a policy of Azure's by name, or states a minimum.
_checks contains {
	"urn": r.urn,
	"property": "sslPolicy",
	"seen": lib.veil(lib.prop(r, "sslPolicy")),
	"good": _rank(_gateway(r)) >= _ranks[lower(_wanted)],
	"wanted": sprintf("a policy of TLS %s or later", [_wanted]),
	"msg": sprintf("%s accepts a TLS version older than %s", [r.name, _wanted]),
} if {
	some r in lib.by_type["azure-native:network:ApplicationGateway"]
}

default _gateway(_) := null

_gateway(r) := lib.prop(r, "sslPolicy.minProtocolVersion") if lib.prop(r, "sslPolicy.policyName") == null

_gateway(r) := data.facts.app_gateway_tls_policies.value[lib.prop(r, "sslPolicy.policyName")]

default _rank(_) := -1

_rank(seen) := _ranks[lib.fold(seen)]
