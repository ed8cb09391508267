# METADATA
# title: Data stays in the promised regions
# description: >-
#   Every resource stands in the primary region, the in-country region, the platform
#   pair of the primary or the region chosen for the standby, and every data store in
#   the primary region itself. Azure
#   Policy denies any other region to whoever deploys. Geo-redundant copies do not
#   leave the EU and the EEA, nothing is copied to a place outside the estate or cached
#   around the world, and what may stand in several regions at once stands in promised
#   ones only.
# scope: package
# custom:
#   promise: residency.primary
#   controls: [A.5.23, A.5.31, A.5.34]
#   severity: critical
#   remediation: >-
#     Move the resource to a promised region; assign the built-in Allowed locations
#     policies, enforced, with the promised regions only; copy only to resources of
#     the estate.
#   types:
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:apimanagement:Logger
#     - azure-native:authorization:PolicyAssignment
#     - azure-native:authorization:PolicyExemption
#     - azure-native:cdn:Route
#     - azure-native:dataprotection:BackupVault
#     - azure-native:dbforpostgresql:Server
#     - azure-native:insights:Component
#     - azure-native:insights:DiagnosticSetting
#     - azure-native:insights:ManagementGroupDiagnosticSetting
#     - azure-native:insights:SubscriptionDiagnosticSetting
#     - azure-native:network:FlowLog
#     - azure-native:operationalinsights:DataExport
#     - azure-native:recoveryservices:Vault
#     - azure-native:resources:ResourceGroup
#     - azure-native:sql:Database
#     - azure-native:sql:ExtendedDatabaseBlobAuditingPolicy
#     - azure-native:sql:ExtendedServerBlobAuditingPolicy
#     - azure-native:sql:FailoverGroup
#     - azure-native:sql:ServerSecurityAlertPolicy
#     - azure-native:sql:ServerVulnerabilityAssessment
#     - azure-native:storage:ObjectReplicationPolicy
#     - azure-native:storage:StorageAccount
#   facts: [regions, global_types, allowed_locations, storage_geo_skus]
package tillit.rules.residency.primary_region

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.scopes
import data.tillit.lib.stores

promise := "residency.primary"

witness contains {"urn": r.urn, "designed": {"region": lib.location(r)}} if {
	lib.promised(promise)
	kept := checks.kept(_checks)
	some r in stores.all
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

_primary := lib.promised(promise).region

_regions := data.facts.regions.value

# _allowed is the regions that resources may stand in. The primary and its pair
# have to be in the EU or the EEA; the customer's own country may be anywhere.
_allowed := {region | some region in (({_primary} | _pair) | _standby); _european(region)} | _in_country

_pair := {region | region := _regions[_primary].pair}

_in_country := {region | region := lib.promised("residency.in-country").region}

# _standby is the region chosen for the standby where it is not the pair.
_standby := {region |
	lib.promised("continuity.standby")
	region := input.means.standby
}

_european(region) if _regions[region].bloc in {"EU", "EEA"}

_list := concat(", ", sort(_allowed))

_global := {type | some type in data.facts.global_types.value}

# Where resources stand.

_checks contains {
	"urn": r.urn,
	"property": "location",
	"seen": seen,
	"good": _stands(r),
	"wanted": _list,
	"msg": sprintf("%s stands outside the promised regions", [r.name]),
} if {
	some r in input.resources
	seen := lib.prop(r, "location")
	seen != null
}

_stands(r) if lib.location(r) in _allowed

_stands(r) if {
	lib.location(r) == "global"
	r.type in _global
}

default _stands(_) := false

_checks contains {
	"urn": r.urn,
	"property": "location",
	"seen": lib.unless_veiled(stores.kinds, lib.prop(r, "location")),
	"good": _in_primary(r),
	"wanted": _primary,
	"msg": sprintf("%s holds data of its own and stands outside the primary region", [r.name]),
} if {
	some r in stores.all
}

_in_primary(r) if lib.location(r) == _primary

default _in_primary(_) := false

# What stands in several regions at once: a gateway calls come in at, a vault's copies.
_several := {
	"azure-native:apimanagement:ApiManagementService": "additionalLocations",
	"azure-native:dataprotection:BackupVault": "properties.replicatedRegions",
}

_checks contains {
	"urn": r.urn,
	"property": sprintf("%s[%d]", [property, i]),
	"seen": _region(place),
	"good": _within([_region(place)]),
	"wanted": _list,
	"msg": sprintf("%s also stands outside the promised regions", [r.name]),
} if {
	some type, property in _several
	some r in lib.by_type[type]
	some i, place in lib.items(r, property)
}

_checks contains check if {
	some check in checks.visible({type: [property] | some type, property in _several})
}

# A place is an object with a location, or the name of a region.
_region(place) := lib.at(place, "location") if is_object(place)

_region(place) := place if not is_object(place)

# Where Azure copies them.

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": _stays(r, _geo(r.type, seen)),
	"wanted": "no copy outside the EU and the EEA",
	"msg": sprintf("%s is copied to the pair of its region, outside the EU and the EEA", [r.name]),
} if {
	some [r, property, seen] in _redundancy
}

_redundancy := [[r, property, _copied(r, property)] |
	some type, property in {
		"azure-native:storage:StorageAccount": "sku.name",
		"azure-native:recoveryservices:Vault": "properties.redundancySettings.standardTierStorageRedundancy",
		"azure-native:dataprotection:BackupVault": "properties.storageSettings",
		"azure-native:dbforpostgresql:Server": "backup.geoRedundantBackup",
		"azure-native:sql:Database": "requestedBackupStorageRedundancy",
	}
	some r in lib.by_type[type]
]

# Where a copy goes depends on where the resource stands.
_copied(r, property) := lib.prop(r, property) if not lib.unknown(lib.prop(r, "location"))

_copied(r, _) := lib.prop(r, "location") if lib.unknown(lib.prop(r, "location"))

# _geo tells whether a redundancy copies to the pair: true, false or the unknown
# mark. Azure SQL and the Recovery Services vault do so unless told otherwise.
_geo(_, seen) := seen if not lib.known(seen)

_geo("azure-native:storage:StorageAccount", seen) := lib.fold(seen) in _geo_skus if lib.known(seen)

_geo("azure-native:recoveryservices:Vault", seen) := lib.fold(seen) in {null, "georedundant"} if lib.known(seen)

_geo("azure-native:dataprotection:BackupVault", seen) := count([s | some s in lib.list(seen); lib.fold(lib.at(s, "type")) == "georedundant"]) > 0 if {
	lib.known(seen)
}

_geo("azure-native:dbforpostgresql:Server", seen) := lib.fold(seen) == "enabled" if lib.known(seen)

_geo("azure-native:sql:Database", seen) := lib.fold(seen) in {null, "geo", "geozone"} if lib.known(seen)

_geo_skus := {lower(sku) | some sku in data.facts.storage_geo_skus.value}

default _stays(_, _) := false

_stays(_, false)

_stays(r, _) if {
	pair := _regions[lib.location(r)].pair
	_european(pair)
}

_stays(r, _) if {
	pair := _regions[lib.location(r)].pair
	_regions[pair].country == lib.promised("residency.in-country").country
}

# A region without a pair offers no geo-redundancy.
_stays(r, _) if {
	region := _regions[lib.location(r)]
	not region.pair
}

# Where the estate itself copies to.

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": _inside(r, seen),
	"wanted": "a resource of the estate",
	"msg": sprintf("%s copies data to a place outside the estate", [r.name]),
} if {
	some [r, property, seen] in _outlets
	not seen in {null, ""}
}

default _inside(_, _) := false

_inside(_, seen) if {
	is_string(seen)
	not lib.outside(seen)
}

# An account that is named and not referred to by id stands in the same tenant.
_inside(r, seen) if {
	is_string(seen)
	r.type == "azure-native:storage:ObjectReplicationPolicy"
	lower(seen) in _account_names
}

# The same holds of an account that is named by its address.
_inside(_, seen) if {
	is_string(seen)
	some found in regex.find_all_string_submatch_n(`^https://([0-9a-z]+)\.blob\.`, lower(seen), 1)
	found[1] in _account_names
}

# While an id is not known the dependency tells that it is the estate's own.
_inside(r, seen) if {
	lib.unknown(seen)
	some property in _outlet_properties[r.type]
	count(object.get(r, ["propertyDependsOn", split(property, ".")[0]], [])) > 0
}

_account_names := {name |
	some r in lib.by_type["azure-native:storage:StorageAccount"]
	name := lib.fold(lib.prop(r, "accountName"))
}

_outlet_properties := {
	"azure-native:apimanagement:Logger": ["resourceId"],
	"azure-native:insights:Component": ["workspaceResourceId"],
	"azure-native:insights:DiagnosticSetting": _destinations,
	"azure-native:insights:ManagementGroupDiagnosticSetting": _destinations,
	"azure-native:insights:SubscriptionDiagnosticSetting": _destinations,
	"azure-native:network:FlowLog": [
		"storageId",
		"flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.workspaceResourceId",
	],
	"azure-native:operationalinsights:DataExport": ["resourceId"],
	"azure-native:sql:ExtendedDatabaseBlobAuditingPolicy": ["storageEndpoint"],
	"azure-native:sql:ExtendedServerBlobAuditingPolicy": ["storageEndpoint"],
	"azure-native:sql:FailoverGroup": ["partnerServers"],
	"azure-native:sql:ServerSecurityAlertPolicy": ["storageEndpoint"],
	"azure-native:sql:ServerVulnerabilityAssessment": ["storageContainerPath"],
	"azure-native:storage:ObjectReplicationPolicy": ["sourceAccount", "destinationAccount"],
}

_destinations := ["storageAccountId", "workspaceId", "eventHubAuthorizationRuleId", "marketplacePartnerId"]

_outlets := array.concat(
	[[r, property, lib.prop(r, property)] |
		some type, properties in _outlet_properties
		some r in lib.by_type[type]
		some property in properties
		property != "partnerServers"
	],
	[[r, "partnerServers", lib.at(partner, "id")] |
		some r in lib.by_type["azure-native:sql:FailoverGroup"]
		some partner in lib.items(r, "partnerServers")
	],
)

_checks contains check if {
	some check in checks.table({"azure-native:cdn:Route": [{
		"property": "cacheConfiguration",
		"good": {null},
		"wanted": "no cache",
		"fault": "keeps answers in Front Door's caches all over the world",
	}]})
}

# What keeps others from deploying elsewhere.

_checks contains {
	"urn": urn,
	"property": "policyDefinitionId",
	"seen": _unbound(kind),
	"good": _binds(kind),
	"wanted": sprintf("an assignment of the policy Allowed locations for %s", [kind]),
	"msg": sprintf("no policy keeps %s out of other regions", [kind]),
} if {
	some kind in data.facts.allowed_locations.value
	urn := ""
}

# A policy binds only if it is assigned to every subscription the estate stands in.
default _binds(_) := false

_binds(kind) if {
	count(_assigned[kind]) > 0
	count(scopes.subscriptions - {s | some r in _assigned[kind]; some s in scopes.of(lib.prop(r, "scope"))}) == 0
}

_unbound(kind) := {"$unknown": true} if {
	some r in _assigned[kind]
	lib.unknown(lib.prop(r, "scope"))
} else := lib.unless_veiled({"azure-native:authorization:PolicyAssignment"}, sort([lib.prop(r, "scope") | some r in _assigned[kind]]))

_assigned[kind] := [r |
	some r in lib.by_type["azure-native:authorization:PolicyAssignment"]
	_kind(r) == kind
] if {
	some kind in data.facts.allowed_locations.value
}

_checks contains {
	"urn": r.urn,
	"property": "scope",
	"seen": lib.prop(r, "scope"),
	"good": _whole(lib.prop(r, "scope")),
	"wanted": "a subscription of the estate, or a management group",
	"msg": sprintf("%s binds no whole subscription of the estate", [r.name]),
} if {
	some rs in _assigned
	some r in rs
}

default _whole(_) := false

_whole(scope) if count(scopes.of(scope)) > 0

_kind(r) := data.facts.allowed_locations.value[parts[count(parts) - 1]] if {
	definition := lib.prop(r, "policyDefinitionId")
	is_string(definition)
	parts := split(lower(definition), "/")
}

_checks contains {
	"urn": r.urn,
	"property": "parameters.listOfAllowedLocations.value",
	"seen": lib.veil(seen),
	"good": _within(seen),
	"wanted": _list,
	"msg": sprintf("%s lets resources stand outside the promised regions", [r.name]),
} if {
	some rs in _assigned
	some r in rs
	seen := lib.prop(r, "parameters.listOfAllowedLocations.value")
}

default _within(_) := false

_within(seen) if {
	is_array(seen)
	every region in seen { replace(sprintf("%v", [lib.fold(region)]), " ", "") in _allowed }
}

_checks contains {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": lib.fold(seen) in good,
	"wanted": wanted,
	"msg": sprintf("%s does not bind everything in its scope", [r.name]),
} if {
	some rs in _assigned
	some r in rs
	some [property, good, wanted] in [
		["enforcementMode", {null, "default"}, "Default"],
		["notScopes", {null, []}, "no exception"],
		["resourceSelectors", {null, []}, "every resource"],
		["overrides", {null, []}, "no override"],
	]
	seen := lib.prop(r, property)
}

_checks contains {
	"urn": r.urn,
	"property": "policyAssignmentId",
	"seen": lib.prop(r, "policyAssignmentId"),
	"good": false,
	"wanted": "no exemption",
	"msg": sprintf("%s exempts resources from the policy on regions", [r.name]),
} if {
	some r in lib.by_type["azure-native:authorization:PolicyExemption"]
	assignments := {a.urn | some rs in _assigned; some a in rs}
	exempted := lib.targets(r, "policyAssignmentId", lib.prop(r, "policyAssignmentId"), "azure-native:authorization:PolicyAssignment")
	count(exempted & assignments) > 0
}
