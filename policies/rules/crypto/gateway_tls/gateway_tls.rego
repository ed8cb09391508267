# METADATA
# title: A gateway speaks current TLS only, before and behind
# description: >-
#   A gateway turns on no protocol before TLS 1.2, no API of it takes plain HTTP, and no
#   API and no policy calls a backend over plain HTTP.
# scope: package
# custom:
#   promise: crypto.transit
#   controls: [A.5.14, A.8.21, A.8.24]
#   severity: high
#   remediation: >-
#     Set the custom properties of older protocols to False, offer APIs over https only,
#     and call backends by https.
#   types:
#     - azure-native:apimanagement:Api
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:apimanagement:ApiOperationPolicy
#     - azure-native:apimanagement:ApiPolicy
#     - azure-native:apimanagement:Policy
#     - azure-native:apimanagement:ProductPolicy
#   facts: [gateway_old_protocols, gateway_tls, tls_versions]
package tillit.rules.crypto.gateway_tls

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.gateways

promise := "crypto.transit"

witness contains {"urn": r.urn, "designed": {"tls": data.facts.gateway_tls.value}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in gateways.services
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

_wanted := lib.promised(promise).tls

_ranks := data.facts.tls_versions.value

_checks contains {
	"urn": service.urn,
	"property": "customProperties",
	"seen": data.facts.gateway_tls.value,
	"good": _ranks[data.facts.gateway_tls.value] >= _ranks[_wanted],
	"wanted": sprintf("%s or later", [_wanted]),
	"msg": sprintf("%s speaks TLS %s, which a gateway cannot be told not to", [service.name, data.facts.gateway_tls.value]),
} if {
	some service in gateways.services
}

_checks contains {
	"urn": service.urn,
	"property": sprintf("customProperties[%s]", [protocol]),
	"seen": seen,
	"good": lib.fold(seen) in {null, "false"},
	"wanted": "False",
	"msg": sprintf("%s speaks what is older than TLS 1.2", [service.name]),
} if {
	some service in gateways.services
	some protocol in data.facts.gateway_old_protocols.value
	seen := _told(lib.prop(service, "customProperties"), protocol)
}

# _told is what a service says of a protocol; null when it says nothing.
_told(properties, protocol) := properties if {
	not lib.known(properties)
} else := properties[protocol] if {
	is_object(properties)
} else := null

_checks contains {
	"urn": api.urn,
	"property": "protocols",
	"seen": seen,
	"good": _encrypted(seen),
	"wanted": ["https"],
	"msg": sprintf("%s takes calls over plain HTTP", [api.name]),
} if {
	some api in lib.by_type["azure-native:apimanagement:Api"]
	seen := lib.veil(lib.prop(api, "protocols"))
}

default _encrypted(_) := false

_encrypted(null)

_encrypted(seen) if {
	is_array(seen)
	every protocol in seen { lower(protocol) in {"https", "wss"} }
}

_checks contains {
	"urn": api.urn,
	"property": "serviceUrl",
	"seen": seen,
	"good": _safe(seen),
	"wanted": "https://",
	"msg": sprintf("%s calls its backend over plain HTTP", [api.name]),
} if {
	some api in lib.by_type["azure-native:apimanagement:Api"]
	seen := lib.prop(api, "serviceUrl")
}

default _safe(_) := false

_safe(null)

_safe(seen) if {
	is_string(seen)
	regex.match(`(?i)^(https|wss)://`, seen)
}

_checks contains {
	"urn": policy.urn,
	"property": "value",
	"seen": seen,
	"good": seen == [],
	"wanted": "https://",
	"msg": sprintf("%s calls over plain HTTP", [policy.name]),
} if {
	some policy in gateways.policies
	seen := _plain(gateways.document(policy))
}

_plain(text) := text if lib.unknown(text)

_plain(text) := [found[1] |
	some found in regex.find_all_string_submatch_n(`(?i)(?:base-url=["']|<set-url\s*>\s*)(http://[^"'<]*)`, text, -1)
] if {
	not lib.unknown(text)
}
