# METADATA
# title: Nothing listens without encryption
# description: >-
#   Storage takes HTTPS only and no NFS, PostgreSQL refuses plain connections, container
#   apps do not accept plain HTTP and encrypt what they say to each other, an application
#   gateway listens to HTTPS, and Front Door redirects visitors to HTTPS, speaks HTTPS
#   to its origins and checks their certificates.
# scope: package
# custom:
#   promise: crypto.transit
#   controls: [A.5.14, A.8.24]
#   severity: high
#   remediation: >-
#     Turn HTTPS only on, redirect HTTP at the edge, forward over HTTPS only and leave
#     certificate checks on.
#   types:
#     - azure-native:app:ContainerApp
#     - azure-native:app:ManagedEnvironment
#     - azure-native:cdn:AFDOrigin
#     - azure-native:cdn:Route
#     - azure-native:dbforpostgresql:Configuration
#     - azure-native:network:ApplicationGateway
#     - azure-native:storage:StorageAccount
#   facts: []
#   scope: resource
package tillit.rules.crypto.https_only

import data.tillit.lib
import data.tillit.lib.checks

promise := "crypto.transit"

witness contains {"urn": urn, "designed": {}} if {
	lib.promised(promise)
	some urn in checks.kept(_checks)
}

violation contains finding if {
	lib.promised(promise)
	some finding in checks.violations(_checks)
}

undetermined contains finding if {
	lib.promised(promise)
	some finding in checks.undetermined(_checks)
}

_checks contains check if {
	some check in checks.table({
		"azure-native:storage:StorageAccount": [
			{
				"property": "enableHttpsTrafficOnly",
				"good": {null, true},
				"wanted": true,
				"fault": "takes plain HTTP",
			},
			{
				"property": "isNfsV3Enabled",
				"good": {null, false},
				"wanted": false,
				"fault": "speaks NFS, which is not encrypted",
			},
		],
		"azure-native:cdn:Route": [{
			"property": "forwardingProtocol",
			"good": {"httpsonly"},
			"wanted": "HttpsOnly",
			"fault": "speaks plain HTTP to its origin",
		}],
		"azure-native:cdn:AFDOrigin": [{
			"property": "enforceCertificateNameCheck",
			"good": {null, true},
			"wanted": true,
			"fault": "does not check the origin's certificate",
		}],
		"azure-native:app:ContainerApp": [{
			"property": "configuration.ingress.allowInsecure",
			"good": {null, false},
			"wanted": false,
			"fault": "takes plain HTTP",
		}],
	})
}

# A route that only speaks HTTPS needs no redirection.
_checks contains {
	"urn": r.urn,
	"property": "httpsRedirect",
	"seen": seen,
	"good": _redirects(r, seen),
	"wanted": "Enabled",
	"msg": sprintf("%s answers plain HTTP", [r.name]),
} if {
	some r in lib.by_type["azure-native:cdn:Route"]
	seen := lib.prop(r, "httpsRedirect")
}

default _redirects(_, _) := false

_redirects(_, seen) if lib.fold(seen) in {null, "enabled"}

_redirects(r, _) if [lib.fold(p) | some p in lib.items(r, "supportedProtocols")] == ["https"]

_checks contains {
	"urn": r.urn,
	"property": "value",
	"seen": seen,
	"good": lib.fold(seen) in {"on", "true", "yes", "1"},
	"wanted": "on",
	"msg": sprintf("%s lets clients connect without TLS", [r.name]),
} if {
	some r in lib.by_type["azure-native:dbforpostgresql:Configuration"]
	lib.fold(lib.prop(r, "configurationName")) == "require_secure_transport"
	seen := lib.prop(r, "value")
}

# What the apps and jobs of an environment say to each other; the second is the older
# way to ask for the same.
_checks contains {
	"urn": r.urn,
	"property": "peerTrafficConfiguration.encryption.enabled",
	"seen": seen,
	"good": true in {seen, lib.prop(r, "peerAuthentication.mtls.enabled")},
	"wanted": true,
	"msg": sprintf("what runs in %s speaks plain text to each other", [r.name]),
} if {
	some r in lib.by_type["azure-native:app:ManagedEnvironment"]
	seen := lib.prop(r, "peerTrafficConfiguration.encryption.enabled")
}

# A listener for plain HTTP may only send visitors on, to one that is encrypted.
_checks contains {
	"urn": r.urn,
	"property": sprintf("httpListeners[%s].protocol", [lib.label(listener, "name")]),
	"seen": lib.at(listener, "protocol"),
	"good": _encrypted(r, listener),
	"wanted": "Https",
	"msg": sprintf("%s answers plain HTTP at %s", [r.name, lib.label(listener, "name")]),
} if {
	some r in lib.by_type["azure-native:network:ApplicationGateway"]
	some listener in lib.items(r, "httpListeners")
}

default _encrypted(_, _) := false

_encrypted(_, listener) if lib.fold(lib.at(listener, "protocol")) == "https"

_encrypted(r, listener) if {
	some rule in lib.items(r, "requestRoutingRules")
	_names(rule, "httpListener", listener)
	some redirect in lib.items(r, "redirectConfigurations")
	_names(rule, "redirectConfiguration", redirect)
	some target in lib.items(r, "httpListeners")
	lib.fold(lib.at(target, "protocol")) == "https"
	_names(redirect, "targetListener", target)
}

# _names holds when a part of a gateway refers to another part of the same gateway.
_names(part, property, other) if {
	id := lib.at(part, sprintf("%s.id", [property]))
	is_string(id)
	endswith(lower(id), sprintf("/%s", [lower(lib.label(other, "name"))]))
}

_checks contains check if {
	some check in checks.visible({"azure-native:network:ApplicationGateway": ["httpListeners"]})
}
