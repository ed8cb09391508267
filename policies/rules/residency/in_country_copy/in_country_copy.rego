# METADATA
# title: Every data store has a current copy in the customer's country
# description: >-
#   A database outside the country has a replica or a failover partner there, and
#   every container of a document store is replicated to an account there.
#   Geo-redundant storage does not do it: the platform pair of a region follows from the
#   region.
# scope: package
# custom:
#   promise: residency.in-country
#   controls: [A.5.31, A.5.34, A.8.14]
#   severity: critical
#   remediation: >-
#     Add a read replica, a failover group or object replication whose other end
#     stands in the promised region.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:sql:FailoverGroup
#     - azure-native:sql:Server
#     - azure-native:storage:ObjectReplicationPolicy
#     - azure-native:storage:StorageAccount
#   facts: [geo_copy_lag, regions, storage_geo_skus]
package tillit.rules.residency.in_country_copy

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.geo
import data.tillit.lib.stores

promise := "residency.in-country"

witness contains {"urn": urn, "designed": {"country": _country, "region": _region}} if {
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

_region := lib.promised(promise).region

_country := lib.promised(promise).country

_checks contains {
	"urn": r.urn,
	"property": "copies",
	"seen": lib.unless_veiled(stores.kinds, sort(_places(r))),
	"good": _region in _places(r),
	"wanted": sprintf("a copy in %s", [_region]),
	"msg": sprintf("%s has no current copy in %s%s", [r.name, _region, geo.clause(r)]),
} if {
	some r in stores.all
}

_checks contains {
	"urn": r.urn,
	"property": "copies",
	"seen": _region,
	"good": false,
	"wanted": sprintf("a region in %s", [_country]),
	"msg": sprintf("the copy of %s stands in %s, which is not in %s", [r.name, _region, _country]),
} if {
	some r in stores.all
	data.facts.regions.value[_region].country != _country
}

# On the source Azure has to be told the numbers that the destination gave the rules,
# which are not known before; the dependency tells that they are the same rules.
_checks contains {
	"urn": r.urn,
	"property": "rules",
	"seen": lib.prop(r, "rules"),
	"good": false,
	"wanted": "a rule for every container",
	"msg": sprintf("it is not known what %s copies", [r.name]),
} if {
	some r in lib.by_type["azure-native:storage:ObjectReplicationPolicy"]
	lib.unknown(lib.prop(r, "rules"))
	count(object.get(r, ["propertyDependsOn", "rules"], [])) == 0
}

# _places is the regions of a store and its copies. A store that stands in the
# country itself needs no copy there.
_places(r) := {lib.location(r)} | {lib.location(lib.by_urn[urn]) | some urn in object.get(_copies, r.urn, set())}

_copies := lib.group(array.concat(array.concat(_replicas, _secondaries), array.concat(_partners, _replicated)))

_replicas := [[source, r.urn] |
	some r in stores.postgres_replicas
	some source in lib.targets(r, "sourceServerResourceId", lib.prop(r, "sourceServerResourceId"), "azure-native:dbforpostgresql:Server")
]

_secondaries := [[source, r.urn] |
	some r in lib.by_type["azure-native:sql:Database"]
	lib.fold(lib.prop(r, "createMode")) in {"secondary", "onlinesecondary"}
	some source in lib.targets(r, "sourceDatabaseId", lib.prop(r, "sourceDatabaseId"), "azure-native:sql:Database")
]

_partners := [[database, server] |
	some group in lib.by_type["azure-native:sql:FailoverGroup"]
	some listed in lib.items(group, "databases")
	some database in lib.targets(group, "databases", listed, "azure-native:sql:Database")
	some partner in lib.items(group, "partnerServers")
	some server in lib.targets(group, "partnerServers", lib.at(partner, "id"), "azure-native:sql:Server")
]

# Of a document store only what copies every container whole counts.
_replicated := [[source, destination] |
	some source, destinations in stores.copies
	some destination in destinations
]
