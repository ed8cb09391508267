# METADATA
# title: Where the customers' data lives
# description: >-
#   Tells the stores that hold data of their own, which backups and standbys are
#   about, from the copies, archives and logs made of them. An account counts as
#   documents unless its structure shows that it is something else: a tag alone
#   cannot take a store out of a promise.
# scope: package
package tillit.lib.stores

import data.tillit.lib
import data.tillit.lib.lifecycle

# postgres is the flexible servers that hold data of their own.
postgres := [r |
	some r in lib.by_type["azure-native:dbforpostgresql:Server"]
	not _follows(r, "sourceServerResourceId")
]

# postgres_replicas is the servers that only follow another.
postgres_replicas := [r |
	some r in lib.by_type["azure-native:dbforpostgresql:Server"]
	_follows(r, "sourceServerResourceId")
]

# sql is the Azure SQL databases that hold data of their own.
sql := [r |
	some r in lib.by_type["azure-native:sql:Database"]
	not _follows(r, "sourceDatabaseId")
]

# sql_secondaries is the databases that only follow another.
sql_secondaries := [r |
	some r in lib.by_type["azure-native:sql:Database"]
	_follows(r, "sourceDatabaseId")
]

_copies := {"replica", "secondary", "onlinesecondary"}

# A store follows another only if that one is there and holds data of its own.
_follows(r, source) if {
	lib.fold(lib.prop(r, "createMode")) in _copies
	some urn in lib.targets(r, source, lib.prop(r, source), r.type)
	not lib.fold(lib.prop(lib.by_urn[urn], "createMode")) in _copies
}

# documents is the storage accounts that customers' documents are written to.
documents := [r |
	some r in lib.by_type["azure-native:storage:StorageAccount"]
	not _archive(r)
	not r.urn in _destinations
	not r.urn in transient
]

# transient is the storage accounts of files that are read in and then gone, which
# nobody wants back. Where that is not promised, no tag makes an account one.
transient := {r.urn |
	lib.promised("data.transient")
	some r in lib.by_type["azure-native:storage:StorageAccount"]
	lib.prop(r, "tags.class") == "transient"
	lifecycle.gone(r.urn) != null
}

# databases is the stores of either means.
databases := array.concat(postgres, sql)

# kinds is the types that tell which stores there are and what copies them. When
# one of them has something that is not known and unexplained, a missing copy may
# yet turn out to be there.
kinds := {
	"azure-native:dbforpostgresql:Server",
	"azure-native:sql:Database",
	"azure-native:sql:FailoverGroup",
	"azure-native:sql:Server",
	"azure-native:storage:BlobContainer",
	"azure-native:storage:ObjectReplicationPolicy",
	"azure-native:storage:StorageAccount",
}

# all is every store.
all := array.concat(databases, documents)

# archives is the storage accounts of write-once documents or logs.
archives := [r |
	some r in lib.by_type["azure-native:storage:StorageAccount"]
	_archive(r)
]

# document_archives is the archives that do not hold logs.
document_archives := [r | some r in archives; lib.fold(lib.prop(r, "tags.class")) != "logs"]

# Point-in-time restore and version-level immutability exclude each other, so a
# write-once account is an archive, unless it says that it is the operational one.
_archive(r) if {
	lib.prop(r, "immutableStorageWithVersioning.enabled") == true
	lib.fold(lib.prop(r, "tags.purpose")) != "documents"
}

# An account is a copy when another one is replicated to it that holds data of its
# own. To say of an account that it is its own copy, or of two that each is the
# other's, does not make them copies.
_destinations := {destination |
	some [source, destination] in _declared
	not source in _replicated
}

_declared := {pair | some policy in _policies; some pair in _pairs(policy)}

_replicated := {destination | some [_, destination] in _declared}

_policies := object.get(lib.by_type, "azure-native:storage:ObjectReplicationPolicy", [])

# account is the URNs of the storage account that a blob service, a container or
# a policy belongs to. Its name is enough: it is unique in all of Azure, and known
# where an id is not yet, as that of a policy that Azure numbers.
account(r) := object.get(_named, lower(name), set()) if {
	name := lib.prop(r, "accountName")
	is_string(name)
}

account(r) := _accounts(r, "accountName") if lib.unknown(lib.prop(r, "accountName"))

_named := lib.group([[lower(name), r.urn] |
	some r in lib.by_type["azure-native:storage:StorageAccount"]
	name := lib.prop(r, "accountName")
	is_string(name)
])

# blob_services maps a storage account to the URNs of its blob service settings.
blob_services := lib.group([[urn, r.urn] |
	some r in lib.by_type["azure-native:storage:BlobServiceProperties"]
	some urn in account(r)
])

# containers maps a storage account to the names of its containers.
containers := lib.group([[urn, lib.prop(r, "containerName")] |
	some r in lib.by_type["azure-native:storage:BlobContainer"]
	some urn in account(r)
])

# copies maps a storage account to the accounts in another region that object
# replication copies every one of its containers to, whole. Azure wants the policy
# on both accounts; half a pair copies nothing.
copies := lib.group([pair |
	some pair, homes in _homes
	[source, destination] := pair
	{source, destination} - homes == set()
	lib.location(lib.by_urn[source]) != lib.location(lib.by_urn[destination])
	not pair in _partial
])

_pairs(policy) := {[source, destination] |
	some source in _accounts(policy, "sourceAccount")
	some destination in _accounts(policy, "destinationAccount")
	source != destination
}

_homes := lib.group([[pair, home] |
	some policy in _policies
	some pair in _pairs(policy)
	some home in account(policy)
])

# _partial is the pairs that a policy leaves a container of the source out of.
_partial := {pair |
	some policy in _policies
	not lib.unknown(lib.prop(policy, "rules"))
	whole := _whole(policy)
	some pair in _pairs(policy)
	object.get(containers, pair[0], {"any container"}) - whole != set()
}

# _whole is the containers that a policy copies without a filter by name and with all
# that was in them before. Without a time Azure copies what comes after the policy.
_whole(policy) := {name |
	some rule in lib.items(policy, "rules")
	lib.at(rule, "filters.prefixMatch") in {null, []}
	since := lib.at(rule, "filters.minCreationTime")
	is_string(since)
	since < data.facts.blob_storage_since.value
	some name in _containers(policy, rule.sourceContainer)
}

# _containers is the name of a rule's container, or, while it is not known, the
# names of the containers that the rules depend on.
_containers(_, name) := {name} if is_string(name)

_containers(policy, name) := {lib.prop(r, "containerName") |
	some urn in policy.propertyDependsOn.rules
	r := lib.by_urn[urn]
	r.type == "azure-native:storage:BlobContainer"
} if {
	lib.unknown(name)
}

_accounts(policy, path) := lib.targets(policy, path, lib.prop(policy, path), "azure-native:storage:StorageAccount")

# children maps a resource to the URNs of those of its ARM children, such as a
# database's policies, that have one of the types.
children(types) := lib.group([[parent, r.urn] |
	some r in lib.of(types)
	some parent in lib.container(r)
])
