# METADATA
# title: Every firewall inspects and denies
# description: >-
#   Every firewall is Premium and its policy, Premium too, denies what intrusion
#   detection and threat intelligence recognise, without traffic, addresses or
#   signatures that are let past, and without rules inherited from outside the estate.
# scope: package
# custom:
#   promise: perimeter.inspection
#   controls: [A.8.16, A.8.20, A.8.21]
#   severity: high
#   remediation: >-
#     Set sku.tier Premium, intrusionDetection.mode Deny and threatIntelMode Deny on
#     the policy, and remove bypass lists and signature overrides.
#   types:
#     - azure-native:network:AzureFirewall
#     - azure-native:network:FirewallPolicy
#   facts: []
package tillit.rules.perimeter.inspection_denies

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.network

promise := "perimeter.inspection"

witness contains {"urn": r.urn, "designed": {}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in network.firewalls
	r.urn in kept
	every policy in _policies(r) { policy in kept }
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
		"azure-native:network:AzureFirewall": [{"property": "sku.tier", "good": {"premium"}, "wanted": "Premium", "fault": "cannot detect intrusions"}],
		"azure-native:network:FirewallPolicy": [
			{"property": "sku.tier", "good": {"premium"}, "wanted": "Premium", "fault": "cannot detect intrusions"},
			{"property": "intrusionDetection.mode", "good": {"deny"}, "wanted": "Deny", "fault": "does not deny intrusions"},
			{"property": "threatIntelMode", "good": {"deny"}, "wanted": "Deny", "fault": "does not deny known malicious addresses"},
			{
				"property": "intrusionDetection.configuration.bypassTrafficSettings",
				"good": {null, []},
				"wanted": "no traffic that is let past",
				"fault": "lets traffic past intrusion detection",
			},
			{
				"property": "threatIntelWhitelist.fqdns",
				"good": {null, []},
				"wanted": "no names that are let past",
				"fault": "lets names past threat intelligence",
			},
			{
				"property": "threatIntelWhitelist.ipAddresses",
				"good": {null, []},
				"wanted": "no addresses that are let past",
				"fault": "lets addresses past threat intelligence",
			},
		],
	})
}

_checks contains {
	"urn": r.urn,
	"property": "intrusionDetection.configuration.signatureOverrides",
	"seen": lib.veil(seen),
	"good": _strict(seen),
	"wanted": "signatures that deny",
	"msg": sprintf("%s turns signatures of intrusion detection down", [r.name]),
} if {
	some r in lib.by_type["azure-native:network:FirewallPolicy"]
	seen := lib.prop(r, "intrusionDetection.configuration.signatureOverrides")
}

default _strict(_) := false

_strict(null)

_strict(overrides) if {
	is_array(overrides)
	every override in overrides { lib.fold(lib.at(override, "mode")) == "deny" }
}

_checks contains {
	"urn": r.urn,
	"property": "basePolicy.id",
	"seen": seen,
	"good": count(lib.targets(r, "basePolicy", seen, "azure-native:network:FirewallPolicy")) > 0,
	"wanted": "a policy of the estate",
	"msg": sprintf("%s inherits rules from outside the estate", [r.name]),
} if {
	some r in lib.by_type["azure-native:network:FirewallPolicy"]
	seen := lib.prop(r, "basePolicy.id")
	seen != null
}

_checks contains {
	"urn": r.urn,
	"property": "firewallPolicy.id",
	"seen": lib.prop(r, "firewallPolicy.id"),
	"good": count(_policies(r)) > 0,
	"wanted": "a policy of the estate",
	"msg": sprintf("%s has no policy that denies", [r.name]),
} if {
	some r in network.firewalls
}

_policies(r) := lib.targets(r, "firewallPolicy", lib.prop(r, "firewallPolicy.id"), "azure-native:network:FirewallPolicy")
