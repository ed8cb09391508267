# METADATA
# title: Everything that can log, logs
# description: Each resource that offers logs sends all of them, or all audit logs, to a workspace of the estate.
# scope: package
# custom:
#   promise: log.traceable
#   controls: [A.8.15, A.8.16]
#   severity: high
#   remediation: Give the resource a diagnostic setting with the category group allLogs and the estate's workspace.
#   types:
#     - azure-native:insights:DiagnosticSetting
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:app:ManagedEnvironment
#     - azure-native:cdn:Profile
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dbforpostgresql:Server
#     - azure-native:keyvault:Vault
#     - azure-native:network:ApplicationGateway
#     - azure-native:network:AzureFirewall
#     - azure-native:network:BastionHost
#     - azure-native:network:ExpressRouteCircuit
#     - azure-native:network:NetworkSecurityGroup
#     - azure-native:network:PublicIPAddress
#     - azure-native:network:VirtualNetwork
#     - azure-native:network:VirtualNetworkGateway
#     - azure-native:operationalinsights:Workspace
#     - azure-native:recoveryservices:Vault
#     - azure-native:sql:Database
#     - azure-native:sql:Server
#     - azure-native:storage:StorageAccount
#   facts: [loggable_types]
package tillit.rules.log.everything_diagnosed

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.diagnostics

promise := "log.traceable"

_check contains {
	"urn": r.urn,
	"property": "diagnosticSettings",
	"seen": _seen(settings),
	"good": _good(settings),
	"wanted": "all logs, or all audit logs, to a workspace of the estate",
	"msg": sprintf("%s %s", [r.name, _fault(settings)]),
} if {
	lib.promised(promise)
	some r in diagnostics.loggable
	settings := diagnostics.of(r.urn)
}

# What jobs print goes to a diagnostic setting only when the environment says so.
_check contains check if {
	lib.promised(promise)
	some check in checks.table({"azure-native:app:ManagedEnvironment": [{
		"property": "appLogsConfiguration.destination",
		"good": {"azure-monitor"},
		"wanted": "azure-monitor",
		"fault": "does not give what its jobs print to its diagnostic setting",
	}]})
}

default _good(_) := false

_good(settings) if {
	some setting in settings
	diagnostics.full(setting)
	diagnostics.searchable(setting)
}

_seen(settings) := {"$unknown": true} if {
	some setting in settings
	lib.unknown(lib.prop(setting, "logs"))
} else := sort([setting.name | some setting in settings])

_fault([]) := "has no diagnostic setting for its logs"

_fault(settings) := "does not send all of its logs" if {
	count(settings) > 0
	every setting in settings { not diagnostics.full(setting) }
}

_fault(settings) := "does not send its logs to a workspace of the estate" if {
	some setting in settings
	diagnostics.full(setting)
}

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
