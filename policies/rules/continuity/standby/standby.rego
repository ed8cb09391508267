# METADATA
# title: A standby in another region follows every store
# description: >-
#   A database has a replica or a failover group in another region; documents are
#   replicated whole to an account there, by a policy on both accounts. Azure's own
#   geo-redundant copy is no standby: it is in a region Azure chose and cannot be
#   used at will. Azure states no greatest lag for a PostgreSQL replica or for
#   object replication, so none is designed; the drill measures it.
# scope: package
# custom:
#   promise: continuity.standby
#   controls: [A.5.29, A.5.30, A.8.14]
#   severity: critical
#   remediation: Add a replica, a failover group or object replication to the second region.
#   types:
#     - azure-native:dbforpostgresql:Server
#     - azure-native:sql:Database
#     - azure-native:sql:FailoverGroup
#     - azure-native:storage:StorageAccount
#     - azure-native:storage:ObjectReplicationPolicy
#     - azure-native:storage:BlobContainer
#   facts: [geo_copy_lag, regions, sql_geo_replication_lag, storage_geo_skus]
package tillit.rules.continuity.standby

import data.tillit.lib
import data.tillit.lib.checks
import data.tillit.lib.geo
import data.tillit.lib.stores
import data.tillit.lib.values

promise := "continuity.standby"

_within := lib.promised(promise).within.seconds

_far(a, b) if lib.location(lib.by_urn[a]) != lib.location(lib.by_urn[b])

# _standbys maps each store to the URNs of its standbys in other regions.
_standbys := object.union_n([_replicas, _secondaries, stores.copies])

_replicas := lib.group([[source, r.urn] |
	some r in stores.postgres_replicas
	some source in lib.refs(r, "sourceServerResourceId")
	_far(source, r.urn)
])

_secondaries := lib.group(array.concat(
	[[database.urn, partner] |
		some group in lib.by_type["azure-native:sql:FailoverGroup"]
		some database in _members(group)
		some server in lib.items(group, "partnerServers")
		some partner in lib.targets(group, "partnerServers", server.id, "azure-native:sql:Server")
		_far(database.urn, partner)
	],
	[[source, r.urn] |
		some r in stores.sql_secondaries
		some source in lib.refs(r, "sourceDatabaseId")
		_far(source, r.urn)
	],
))

_members(group) := [lib.by_urn[urn] |
	some id in lib.items(group, "databases")
	some urn in lib.targets(group, "databases", id, "azure-native:sql:Database")
]

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": _seen(r.urn),
	"good": count(object.get(_standbys, r.urn, set())) > 0,
	"wanted": "a standby in another region",
	"msg": sprintf("no standby in another region follows %s%s", [r.name, geo.clause(r)]),
} if {
	_within
	some r in stores.all
}

# A region that is not known yet may be another one.
_seen(urn) := {"$unknown": true} if {
	lib.unknown(lib.prop(lib.by_urn[urn], "location"))
} else := {"$unknown": true} if {
	urn in _undecided
} else := lib.unless_veiled(stores.kinds, sort({lib.by_urn[standby].name | some standby in object.get(_standbys, urn, set())}))

_undecided := {source |
	some r in stores.postgres_replicas
	lib.unknown(lib.prop(r, "location"))
	some source in lib.refs(r, "sourceServerResourceId")
}

_check contains {
	"urn": r.urn,
	"property": "",
	"seen": values.spell(lag),
	"good": lag <= _within,
	"wanted": sprintf("at most %s", [values.spell(_within)]),
	"msg": sprintf("the standby of %s may be %s behind", [r.name, values.spell(lag)]),
} if {
	some r in stores.sql
	_standbys[r.urn]
	lag := data.facts.sql_geo_replication_lag.value
}

witness contains {"urn": urn, "designed": _designed(urn)} if some urn in checks.kept(_check)

_designed(urn) := {"within": data.facts.sql_geo_replication_lag.value} if {
	lib.by_urn[urn].type == "azure-native:sql:Database"
} else := {}

violation contains found if some found in checks.violations(_check)

undetermined contains found if some found in checks.undetermined(_check)
