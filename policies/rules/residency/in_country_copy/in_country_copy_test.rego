package tillit.rules.residency.in_country_copy_test

import data.tillit.rules.residency.in_country_copy as rule
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

# Each way of breaking the promise is found, where it is.
_broken := [
	{"case": "no replica", "patches": [small.drop("postgres-copy")], "urn": "postgres", "property": "copies"},
	{"case": "a replica in the pair", "patches": [small.set("postgres-copy", "location", "northeurope")], "urn": "postgres", "property": "copies"},
	{"case": "a replica of something else", "patches": [small.set("postgres-copy", "sourceServerResourceId", small.id("Microsoft.DBforPostgreSQL/flexibleServers/other"))], "urn": "postgres", "property": "copies"},
	{"case": "geo-redundant storage only", "patches": [small.drop("replication-documents"), small.drop("replication-copy")], "urn": "documents", "property": "copies"},
	{"case": "half a replication", "patches": [small.drop("replication-documents")], "urn": "documents", "property": "copies"},
	{"case": "a container left out", "patches": [small.make("storage:BlobContainer", "more", "Microsoft.Storage/storageAccounts/documents/blobServices/default/containers/more", {"accountName": "documents", "containerName": "more"})], "urn": "documents", "property": "copies"},
	{"case": "documents copied elsewhere", "patches": [small.set("copy", "location", "northeurope")], "urn": "documents", "property": "copies"},
	{"case": "no failover group", "patches": [small.drop("failover")], "urn": "database", "property": "copies"},
	{"case": "a failover group without the database", "patches": [small.set("failover", "databases", [])], "urn": "database", "property": "copies"},
	{"case": "a partner elsewhere", "patches": [small.set("sql-copy", "location", "northeurope")], "urn": "database", "property": "copies"},
]

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
	{"case": "what a policy copies", "patches": [small.hide("replication-documents", "rules")], "urn": "replication-documents", "property": "rules"},
	{"case": "what a replica follows", "patches": [small.hide("postgres-copy", "sourceServerResourceId")], "urn": "postgres", "property": "copies"},
	{"case": "the region of a replica", "patches": [small.hide("postgres-copy", "location")], "urn": "postgres", "property": "copies"},
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
	{"case": "a secondary in place of a failover group", "patches": [small.drop("failover"), small.make("sql:Database", "secondary", "Microsoft.Sql/servers/sql-copy/databases/main", {"location": "norwayeast", "createMode": "Secondary", "sourceDatabaseId": small.id("Microsoft.Sql/servers/sql/databases/main")})]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_a_region_that_is_not_in_the_country if {
	promises := object.union(small.promises, {"residency.in-country": {"country": "SE", "region": "norwayeast"}})
	found := rule.violation with input as object.union(small.estate, {"promises": promises})
	{v.urn | some v in found} == {"postgres", "database", "documents"}
}

# Why Azure's own copy does not do it is said with the refusal.
test_geo_redundant_storage_is_no_copy_in_the_country if {
	alone := [small.drop("replication-documents"), small.drop("replication-copy"), small.set("documents", "sku", {"name": "Standard_GRS"})]
	found := rule.violation with input as small.broken(alone)
	some v in found
	v.urn == "documents"
	contains(v.msg, "; Standard_GRS copies it to northeurope, the pair of westeurope, which cannot be chosen")
}
