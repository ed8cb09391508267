package tillit.rules.residency.primary_region_test

import data.tillit.rules.residency.primary_region as rule
import data.tillit.small_estate as small

test_a_good_estate_keeps_it if {
	found := small.judged(rule.violation, rule.undetermined) with input as small.estate
	found == [set(), set()]
	count(rule.witness) > 0 with input as small.estate
}

test_a_preview_says_the_same if {
	kept := rule.witness with input as small.estate
	rule.witness == kept with input as small.preview
	found := small.judged(rule.violation, rule.undetermined) with input as small.preview
	found == [set(), set()]
}

test_what_is_not_promised_is_not_judged if {
	promises := object.remove(small.promises, [rule.promise])
	empty := object.union(small.broken([small.hide("documents", "location")]), {"promises": null})
	inventory := object.union(empty, {"promises": promises})
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

# A standby may stand in a region chosen for it, but nothing else may make that
# region its own.
test_the_region_of_the_standby if {
	moved := small.broken([small.set("postgres-copy", "location", "swedencentral")])
	alone := rule.violation with input as moved
	{[v.urn, v.property] | some v in alone} == {["postgres-copy", "location"]}
	promised := object.union(moved, {"promises": {"continuity.standby": {"within": {"seconds": 900}}}})
	count(rule.violation) == 1 with input as promised
	every region in ["swedencentral", "uksouth"] {
		chosen := object.union(promised, {"means": {"standby": region}})
		count(rule.violation) == {"swedencentral": 0, "uksouth": 1}[region] with input as chosen
	}
}

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "a policy on another subscription", "patches": [small.set("locations", "scope", "/subscriptions/other")], "urn": "locations", "property": "scope"},
	{"case": "a database elsewhere in the estate", "patches": [small.set("postgres", "location", "norwayeast")], "urn": "postgres", "property": "location"},
	{"case": "a resource outside", "patches": [small.set("vault", "location", "eastus")], "urn": "vault", "property": "location"},
	{"case": "a regional type that says global", "patches": [small.set("vault", "location", "global")], "urn": "vault", "property": "location"},
	{"case": "a group outside", "patches": [small.set("group", "location", "UK South")], "urn": "group", "property": "location"},
	{"case": "geo-redundant storage whose pair is outside", "patches": [small.set("copy", "location", "switzerlandnorth")], "urn": "copy", "property": "sku.name"},
	{"case": "geo-redundant backups whose pair is outside", "patches": [small.set("recovery", "location", "switzerlandnorth")], "urn": "recovery", "property": "properties.redundancySettings.standardTierStorageRedundancy"},
	{"case": "a vault that is geo-redundant by default", "patches": [small.set("recovery", "location", "switzerlandnorth"), small.unset("recovery", "properties/redundancySettings")], "urn": "recovery", "property": "properties.redundancySettings.standardTierStorageRedundancy"},
	{"case": "a backup vault whose pair is outside", "patches": [small.set("backup", "location", "uksouth")], "urn": "backup", "property": "properties.storageSettings"},
	{"case": "a server whose pair is outside", "patches": [small.set("postgres", "location", "uksouth")], "urn": "postgres", "property": "backup.geoRedundantBackup"},
	{"case": "a database that is geo-redundant by default", "patches": [small.set("database", "location", "uksouth")], "urn": "database", "property": "requestedBackupStorageRedundancy"},
	{"case": "replication to a stranger", "patches": [small.set("replication-documents", "destinationAccount", small.id("Microsoft.Storage/storageAccounts/stranger"))], "urn": "replication-documents", "property": "destinationAccount"},
	{"case": "replication to a stranger by name", "patches": [small.set("replication-documents", "destinationAccount", "stranger")], "urn": "replication-documents", "property": "destinationAccount"},
	{"case": "a failover partner outside the estate", "patches": [small.set("failover", "partnerServers/0/id", small.id("Microsoft.Sql/servers/stranger"))], "urn": "failover", "property": "partnerServers"},
	{"case": "logs to a stranger", "patches": [small.set("diagnose", "eventHubAuthorizationRuleId", small.id("Microsoft.EventHub/namespaces/stranger"))], "urn": "diagnose", "property": "eventHubAuthorizationRuleId"},
	{"case": "a gateway that also stands elsewhere", "patches": [_gateway([{"location": "North Europe"}, {"location": "eastus"}])], "urn": "door", "property": "additionalLocations[1]"},
	{"case": "a place without a region", "patches": [_gateway([{"sku": {"name": "Premium"}}])], "urn": "door", "property": "additionalLocations[0]"},
	{"case": "copies of backups elsewhere", "patches": [small.set("backup", "properties/replicatedRegions", ["eastus"])], "urn": "backup", "property": "properties.replicatedRegions[0]"},
	{"case": "an activity log to a stranger", "patches": [_outlet("insights:SubscriptionDiagnosticSetting", {"workspaceId": small.id("Microsoft.OperationalInsights/workspaces/stranger")})], "urn": "outlet", "property": "workspaceId"},
	{"case": "flow logs to a stranger", "patches": [_outlet("network:FlowLog", {"storageId": small.id("Microsoft.Storage/storageAccounts/stranger")})], "urn": "outlet", "property": "storageId"},
	{"case": "an audit log to a stranger", "patches": [_outlet("sql:ExtendedServerBlobAuditingPolicy", {"storageEndpoint": "https://stranger.blob.core.windows.net/"})], "urn": "outlet", "property": "storageEndpoint"},
	{"case": "answers cached around the world", "patches": [small.set("route", "cacheConfiguration", {"queryStringCachingBehavior": "UseQueryString"})], "urn": "route", "property": "cacheConfiguration"},
	{"case": "no policy", "patches": [small.drop("locations")], "urn": "", "property": "policyDefinitionId"},
	{"case": "no policy for groups", "patches": [small.drop("group-locations")], "urn": "", "property": "policyDefinitionId"},
	{"case": "a policy that only reports", "patches": [small.set("locations", "enforcementMode", "DoNotEnforce")], "urn": "locations", "property": "enforcementMode"},
	{"case": "a policy with exceptions", "patches": [small.set("locations", "notScopes", ["/subscriptions/s/resourceGroups/x"])], "urn": "locations", "property": "notScopes"},
	{"case": "a policy for some resources", "patches": [small.set("locations", "resourceSelectors", [{"name": "some"}])], "urn": "locations", "property": "resourceSelectors"},
	{"case": "a policy that is overridden", "patches": [small.set("locations", "overrides", [{"kind": "policyEffect", "value": "Disabled"}])], "urn": "locations", "property": "overrides"},
	{"case": "a policy that allows more", "patches": [small.set("locations", "parameters/listOfAllowedLocations/value/-", "eastus")], "urn": "locations", "property": "parameters.listOfAllowedLocations.value"},
	{"case": "a policy for one group only", "patches": [small.set("locations", "scope", "/subscriptions/s/resourceGroups/g")], "urn": "locations", "property": "scope"},
	{"case": "a policy somewhere unknown to it", "patches": [small.set("locations", "scope", null)], "urn": "locations", "property": "scope"},
	{"case": "an exemption", "patches": [small.make("authorization:PolicyExemption", "exemption", "Microsoft.Authorization/policyExemptions/x", {"policyAssignmentId": small.id("Microsoft.Authorization/policyAssignments/locations")})], "urn": "exemption", "property": "policyAssignmentId"},
]

# _gateway adds an API gateway that also stands in other places, _outlet one more thing
# that copies.
_gateway(places) := small.make("apimanagement:ApiManagementService", "door", "Microsoft.ApiManagement/service/door", {
	"location": "westeurope",
	"additionalLocations": places,
})

_outlet(type, props) := small.make(type, "outlet", "Microsoft.Other/outlets/outlet", props)

test_breaks if {
	every broken in _broken {
		print(broken.case)
		found := small.judged(rule.violation, rule.witness) with input as small.broken(broken.patches)
		some v in found[0]
		v.urn == broken.urn
		v.property == broken.property
		v.msg != ""
		not broken.urn in {w.urn | some w in found[1]}
	}
}

# What is not known yet neither keeps nor breaks it.
_hidden := [
	{"case": "the scope of a policy", "patches": [small.hide("locations", "scope")], "urn": "locations", "property": "scope"},
	{"case": "a region", "patches": [small.hide("vault", "location")], "urn": "vault", "property": "location"},
	{"case": "the region of a store", "patches": [small.hide("documents", "location")], "urn": "documents", "property": "location"},
	{"case": "where else a gateway stands", "patches": [_gateway({"$unknown": true})], "urn": "door", "property": "additionalLocations"},
	{"case": "where one more place is", "patches": [_gateway([{"location": {"$unknown": true}}])], "urn": "door", "property": "additionalLocations[0]"},
	{"case": "where logs go", "patches": [small.hide("diagnose", "storageAccountId")], "urn": "diagnose", "property": "storageAccountId"},
	{"case": "which policy it is", "patches": [small.hide("locations", "policyDefinitionId")], "urn": "", "property": "policyDefinitionId"},
	{"case": "which regions are allowed", "patches": [small.hide("locations", "parameters")], "urn": "locations", "property": "parameters.listOfAllowedLocations.value"},
]

test_unknown if {
	every hidden in _hidden {
		print(hidden.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(hidden.patches)
		some u in found[1]
		u.urn == hidden.urn
		u.property == hidden.property
		not hidden.urn in {v.urn | some v in found[0]}
	}
}

# What looks unusual and is fine.
_fine := [
	{"case": "a region without a pair", "patches": [small.set("cluster", "location", "westeurope"), small.set("backup", "location", "northeurope")]},
	{"case": "an account by its name", "patches": [small.set("replication-documents", "destinationAccount", "copy")]},
	{"case": "a gateway in the pair too", "patches": [_gateway([{"location": "North Europe"}])]},
	{"case": "an audit log by the account's address", "patches": [_outlet("sql:ExtendedServerBlobAuditingPolicy", {"storageEndpoint": "https://Documents.blob.core.windows.net/"})]},
	{"case": "an audit log to the monitor only", "patches": [_outlet("sql:ExtendedServerBlobAuditingPolicy", {"storageEndpoint": ""})]},
	{"case": "local redundancy", "patches": [small.set("documents", "sku/name", "Standard_ZRS")]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_the_in_country_pair_may_be_outside_the_union if {
	promises := object.union(small.promises, {"residency.in-country": {"country": "CH", "region": "switzerlandnorth"}})
	inventory := object.union(
		small.broken([
			small.set("copy", "location", "switzerlandnorth"),
			small.set("locations", "parameters/listOfAllowedLocations/value", ["West Europe", "switzerlandnorth"]),
			small.set("group-locations", "parameters/listOfAllowedLocations/value", ["westeurope"]),
		]),
		{"promises": promises},
	)
	found := rule.violation with input as inventory
	count([v | some v in found; v.urn in {"copy", "locations", "group-locations"}]) == 0
}

test_a_primary_outside_the_union_keeps_nothing if {
	inventory := object.union(small.estate, {"promises": {"residency.primary": {"region": "uksouth"}}})
	found := rule.violation with input as object.union(inventory, {"resources": [small.moved(r, "uksouth") | some r in small.resources]})
	"documents" in {v.urn | some v in found}
}

test_a_redundancy_that_is_not_known_yet_matters_where_the_pair_is_outside if {
	patches := [small.hide("copy", "sku"), small.hide("documents", "sku")]
	found := rule.undetermined with input as small.broken(array.concat(patches, [small.set("copy", "location", "switzerlandnorth")]))
	{[u.urn, u.property] | some u in found} == {["copy", "sku.name"]}
}

test_a_region_without_a_pair_makes_no_copy if {
	promises := {"residency.primary": {"region": "polandcentral"}}
	inventory := {"promises": promises, "resources": [small.moved(r, "polandcentral") | some r in small.resources; r.urn == "documents"]}
	{"urn": "documents", "designed": {"region": "polandcentral"}} in rule.witness with input as inventory
}
