# METADATA
# title: Nothing listens without encryption
# description: >-
#   Storage takes HTTPS only, PostgreSQL refuses plain connections, container apps do
#   not accept plain HTTP, and Front Door redirects visitors to HTTPS, speaks HTTPS to
#   its origins and checks their certificates.
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
#     - azure-native:cdn:AFDOrigin
#     - azure-native:cdn:Route
#     - azure-native:dbforpostgresql:Configuration
#     - azure-native:storage:StorageAccount
#   facts: []
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
		"azure-native:storage:StorageAccount": [{
			"property": "enableHttpsTrafficOnly",
			"good": {null, true},
			"wanted": true,
			"fault": "takes plain HTTP",
		}],
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

_redirects(_, seen) if seen in {null, "Enabled"}

_redirects(r, _) if lib.prop(r, "supportedProtocols") == ["Https"]

_checks contains {
	"urn": r.urn,
	"property": "value",
	"seen": seen,
	"good": lib.fold(seen) in {"on", "true", "yes", "1"},
	"wanted": "on",
	"msg": sprintf("%s lets clients connect without TLS", [r.name]),
} if {
	some r in lib.by_type["azure-native:dbforpostgresql:Configuration"]
	lib.prop(r, "configurationName") == "require_secure_transport"
	seen := lib.prop(r, "value")
}
