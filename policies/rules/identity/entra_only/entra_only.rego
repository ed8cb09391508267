# METADATA
# title: Databases and gateways take no passwords
# description: >-
#   A second factor can be asked for only where people sign in through Entra. A
#   database that also takes passwords of its own lets them past it, and so does a
#   gateway that takes certificates or a RADIUS server's word for who dials in.
# scope: package
# custom:
#   promise: identity.mfa
#   controls: [A.5.17, A.8.5]
#   severity: critical
#   remediation: Switch password authentication off and Entra authentication on; let gateways take the sign-in AAD only.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:network:VirtualNetworkGateway
#     - azure-native:sql:Server
#     - azure-native:sql:ServerAzureADOnlyAuthentication
#   facts: []
package tillit.rules.identity.entra_only

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.stores

promise := "identity.mfa"

_wanted := {
	"authConfig.passwordAuth": "Disabled",
	"authConfig.activeDirectoryAuth": "Enabled",
}

_check contains {
	"urn": r.urn,
	"property": path,
	"seen": seen,
	"good": lib.fold(seen) == lib.fold(wanted),
	"wanted": wanted,
	"msg": sprintf("people can sign in to %s without Entra", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:dbforpostgresql:Server"]
	some path, wanted in _wanted
	seen := lib.prop(r, path)
}

_check contains {
	"urn": r.urn,
	"property": "administrators.azureADOnlyAuthentication",
	"seen": seen,
	"good": seen == true,
	"wanted": true,
	"msg": sprintf("people can sign in to %s without Entra", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:sql:Server"]
	seen := _sql(r)
}

# The setting is the server's own, or a resource under it, which has the last word.
_sql(r) := [lib.prop(lib.by_urn[urn], "azureADOnlyAuthentication") | some urn in _separate[r.urn]][0]

_sql(r) := lib.prop(r, "administrators.azureADOnlyAuthentication") if not _separate[r.urn]

_separate := stores.children(["azure-native:sql:ServerAzureADOnlyAuthentication"])

# A gateway without a client configuration lets nobody dial in.
_check contains {
	"urn": r.urn,
	"property": "vpnClientConfiguration.vpnAuthenticationTypes",
	"seen": lib.veil(seen),
	"good": [lib.fold(kind) | some kind in lib.list(seen)] == ["aad"],
	"wanted": ["AAD"],
	"msg": sprintf("people can dial in to %s without Entra", [r.name]),
} if {
	lib.promised(promise)
	some r in lib.by_type["azure-native:network:VirtualNetworkGateway"]
	lib.prop(r, "vpnClientConfiguration") != null
	seen := lib.prop(r, "vpnClientConfiguration.vpnAuthenticationTypes")
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
