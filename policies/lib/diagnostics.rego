# METADATA
# title: Which logs go where
# description: >-
#   Ties diagnostic settings to the resources whose logs they send. A storage
#   account offers its logs on its blob service, so a setting on the account
#   itself sends none.
# scope: package
package tillit.lib.diagnostics

import data.tillit.lib

# loggable is the resources that offer logs.
loggable := lib.of(data.facts.loggable_types.value)

# of is the diagnostic settings of a resource.
of(urn) := [lib.by_urn[setting] | some setting in object.get(_settings, urn, set())]

_settings := lib.group([[urn, r.urn] |
	some r in lib.by_type["azure-native:insights:DiagnosticSetting"]
	some urn in _targets(r, lib.prop(r, "resourceUri"))
])

_service := "/blobservices/default"

_targets(_, uri) := object.get(lib.by_id, trim_suffix(lower(uri), _service), set()) if {
	is_string(uri)
	not _bare(uri)
}

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
	log.categoryGroup in {"allLogs", "audit"}
}

# searchable holds for a setting that sends to a workspace of the estate.
searchable(setting) if count(_found(setting, "workspaceId", "azure-native:operationalinsights:Workspace")) > 0

# archives is the storage accounts that a setting sends to.
archives(setting) := _found(setting, "storageAccountId", "azure-native:storage:StorageAccount")

_found(setting, path, type) := lib.targets(setting, path, lib.prop(setting, path), type)

# activity is the settings that send the activity log of a subscription or of a
# management group.
activity := array.concat(
	[r |
		some r in lib.by_type["azure-native:insights:DiagnosticSetting"]
		uri := lib.prop(r, "resourceUri")
		is_string(uri)
		regex.match(`(?i)^/?subscriptions/[^/]+/?$`, uri)
	],
	lib.of([
		"azure-native:insights:SubscriptionDiagnosticSetting",
		"azure-native:insights:ManagementGroupDiagnosticSetting",
	]),
)
