# METADATA
# title: Whatever runs the service runs twice, in several zones
# description: >-
#   Container Apps environments, App Service plans, clusters, scale sets and API
#   gateways are spread over zones, and what runs in them has two instances or more.
#   A single machine is a single component; two of the same purpose in different
#   zones of a region are not. Jobs run and end, and are no service.
# scope: package
# custom:
#   promise: continuity.redundant
#   controls: [A.7.11, A.8.14]
#   severity: high
#   remediation: Spread it over two zones or more and run two instances or more of it. An environment takes zone redundancy only when it is made.
#   types:
#     - azure-native:apimanagement:ApiManagementService
#     - azure-native:app:ContainerApp
#     - azure-native:app:ManagedEnvironment
#     - azure-native:compute:VirtualMachine
#     - azure-native:compute:VirtualMachineScaleSet
#     - azure-native:containerservice:AgentPool
#     - azure-native:containerservice:ManagedCluster
#     - azure-native:web:AppServicePlan
#   facts: []
package tillit.rules.continuity.redundant_runtime

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.values
import data.tillit.lib.zones

promise := "continuity.redundant"

_check contains check if {
	lib.promised(promise)
	some check in checks.table({
		"azure-native:app:ManagedEnvironment": [_redundant],
		"azure-native:web:AppServicePlan": [_redundant],
	})
}

_redundant := {"property": "zoneRedundant", "good": {true}, "wanted": true, "fault": "is not spread over zones"}

_check contains zones.check(r, "zones") if {
	lib.promised(promise)
	some r in lib.of({
		"azure-native:apimanagement:ApiManagementService",
		"azure-native:compute:VirtualMachineScaleSet",
	})
}

# _counted is where the number of instances stands. Container Apps stop the last
# instance of an app that nobody asks, unless told otherwise.
_counted := {
	"azure-native:apimanagement:ApiManagementService": "sku.capacity",
	"azure-native:app:ContainerApp": "template.scale.minReplicas",
	"azure-native:compute:VirtualMachineScaleSet": "sku.capacity",
	"azure-native:web:AppServicePlan": "sku.capacity",
}

_check contains _plural(r, property, lib.prop(r, property)) if {
	lib.promised(promise)
	some type, property in _counted
	some r in lib.by_type[type]
}

_plural(r, property, seen) := {
	"urn": r.urn,
	"property": property,
	"seen": seen,
	"good": values.at_least(seen, 2),
	"wanted": "two instances or more",
	"msg": sprintf("%s may have a single instance, or none", [r.name]),
}

# _pools is the pools of nodes of every cluster: the resource, the property that
# holds the pool and the pool.
_pools := array.concat(
	[[r, "agentPoolProfiles", pool] |
		some r in lib.by_type["azure-native:containerservice:ManagedCluster"]
		some pool in lib.items(r, "agentPoolProfiles")
	],
	[[r, "", r.props] | some r in lib.by_type["azure-native:containerservice:AgentPool"]],
)

_check contains {
	"urn": r.urn,
	"property": trim_left(sprintf("%s.availabilityZones", [property]), "."),
	"seen": lib.veil(lib.at(pool, "availabilityZones")),
	"good": zones.several(lib.at(pool, "availabilityZones")),
	"wanted": "two zones or more",
	"msg": sprintf("the nodes of %s stand in one zone", [r.name]),
} if {
	lib.promised(promise)
	some [r, property, pool] in _pools
}

_check contains _plural(r, trim_left(sprintf("%s.%s", [property, number]), "."), lib.at(pool, number)) if {
	lib.promised(promise)
	some [r, property, pool] in _pools
	number := _nodes(lib.at(pool, "enableAutoScaling"))
}

_nodes(scaling) := "minCount" if scaling == true

_nodes(scaling) := "count" if scaling != true

_check contains check if {
	lib.promised(promise)
	some check in checks.visible({"azure-native:containerservice:ManagedCluster": ["agentPoolProfiles"]})
}

# A machine has a partner in another zone of its region.
_check contains {
	"urn": r.urn,
	"property": "zones",
	"seen": lib.veil(lib.prop(r, "zones")),
	"good": count(object.get(_stand, _task(r), set())) > 1,
	"wanted": "a machine of the same purpose in another zone",
	"msg": sprintf("%s is a single machine", [r.name]),
} if {
	lib.promised(promise)
	some r in _machines
}

_machines := object.get(lib.by_type, "azure-native:compute:VirtualMachine", [])

_stand := lib.group([[_task(r), zone] |
	some r in _machines
	some zone in lib.items(r, "zones")
	is_string(zone)
])

_task(r) := sprintf("%s in %s", [lib.label(r.props, "tags.purpose"), lib.label(r.props, "location")])

witness contains {"urn": urn, "designed": {}} if some urn in checks.kept(_check)

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
