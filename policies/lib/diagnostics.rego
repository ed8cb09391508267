# METADATA
# title: Which logs go where
# description: >-
#   Ties diagnostic settings to the resources whose logs they send. A storage
#   account offers its logs on its blob service, so a setting on the account
#   itself sends none; a SQL server offers its audit log on its master database.
# scope: package
package tillit.lib.diagnostics

import data.tillit.lib
import data.tillit.lib.scopes

# loggable is the resources that offer logs.
loggable := lib.of(data.facts.loggable_types.value)

# of is the diagnostic settings of a resource.
of(urn) := [lib.by_urn[setting] | some setting in object.get(_settings, urn, set())]

_settings := lib.group([[urn, r.urn] |
	some r in lib.by_type["azure-native:insights:DiagnosticSetting"]
	some urn in _targets(r, lib.prop(r, "resourceUri"))
])

_service := "/blobservices/default"

_targets(_, uri) := object.get(lib.by_id, _owner(lower(uri)), set()) if {
	is_string(uri)
	not _bare(uri)
}

# _owner is the resource that offers logs at an address. The master database is no
# resource of an estate: Azure makes it with the server.
_owner(uri) := trim_suffix(trim_suffix(uri, _service), _master)

_master := "/databases/master"

# While the address is not known, a setting belongs to what the address depends
# on; a blob service stands for its account.
_targets(r, uri) := {target |
	some urn in r.propertyDependsOn.resourceUri
	some target in _itself(lib.by_urn[urn])
} if {
	lib.unknown(uri)
}

_itself(r) := {r.urn} if r.type != "azure-native:storage:BlobServiceProperties"

_itself(r) := lib.by_id[trim_suffix(lower(r.id), _service)] if r.type == "azure-native:storage:BlobServiceProperties"

_bare(uri) if {
	some urn in lib.by_id[lower(uri)]
	lib.by_urn[urn].type == "azure-native:storage:StorageAccount"
}

# full holds for a setting that sends every log, or every audit log.
full(setting) if {
	some log in lib.items(setting, "logs")
	log.enabled == true
	lib.fold(log.categoryGroup) in {"alllogs", "audit"}
}

# searchable holds for a setting that sends to a workspace of the estate.
searchable(setting) if count(workspaces(setting)) > 0

# workspaces is the workspaces that a setting sends to.
workspaces(setting) := _found(setting, "workspaceId", "azure-native:operationalinsights:Workspace")

# archives is the storage accounts that a setting sends to.
archives(setting) := _found(setting, "storageAccountId", "azure-native:storage:StorageAccount")

_found(setting, path, type) := lib.targets(setting, path, lib.prop(setting, path), type)

# activity is the settings that send the activity log of a subscription or of a
# management group.
activity := array.concat(
	[r |
		some r in lib.by_type["azure-native:insights:DiagnosticSetting"]
		scopes.whole(lib.prop(r, "resourceUri"))
	],
	lib.of([
		"azure-native:insights:SubscriptionDiagnosticSetting",
		"azure-native:insights:ManagementGroupDiagnosticSetting",
	]),
)

# about is the subscriptions of the estate whose activity log a setting sends.
about(r) := scopes.of(lib.prop(r, "resourceUri")) if r.type == "azure-native:insights:DiagnosticSetting"

about(r) := scopes.of(concat("/", array.slice(split(r.id, "/"), 0, 3))) if {
	r.type == "azure-native:insights:SubscriptionDiagnosticSetting"
}

about(r) := scopes.subscriptions if r.type == "azure-native:insights:ManagementGroupDiagnosticSetting"

# silent is the subscriptions of the estate whose activity log none of some settings
# sends.
silent(settings) := scopes.subscriptions - {s | some r in settings; some s in about(r)}
