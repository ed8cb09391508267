package tillit.rules.perimeter.data_is_private_test

import data.tillit.rules.perimeter.data_is_private as rule
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
	{"case": "telemetry from anywhere", "patches": [small.make("insights:Component", "telemetry", "Microsoft.Insights/components/telemetry", {"publicNetworkAccessForQuery": "Enabled"})], "urn": "telemetry", "property": "publicNetworkAccessForQuery"},
	{"case": "a public account", "patches": [small.set("documents", "publicNetworkAccess", "Enabled")], "urn": "documents", "property": "publicNetworkAccess"},
	{"case": "an account that is public by default", "patches": [small.unset("documents", "publicNetworkAccess")], "urn": "documents", "property": "publicNetworkAccess"},
	{"case": "networks allowed by default", "patches": [small.set("documents", "networkRuleSet/defaultAction", "Allow")], "urn": "documents", "property": "networkRuleSet.defaultAction"},
	{"case": "an address let in", "patches": [small.set("documents", "networkRuleSet/ipRules", [{"value": "203.0.113.9"}])], "urn": "documents", "property": "networkRuleSet.ipRules"},
	{"case": "anonymous blobs", "patches": [small.unset("documents", "allowBlobPublicAccess")], "urn": "documents", "property": "allowBlobPublicAccess"},
	{"case": "replication to other tenants", "patches": [small.unset("documents", "allowCrossTenantReplication")], "urn": "documents", "property": "allowCrossTenantReplication"},
	{"case": "an anonymous container", "patches": [small.set("contracts", "publicAccess", "Blob")], "urn": "contracts", "property": "publicAccess"},
	{"case": "a public server", "patches": [small.unset("sql", "publicNetworkAccess")], "urn": "sql", "property": "publicNetworkAccess"},
	{"case": "a firewall rule", "patches": [small.make("sql:FirewallRule", "open", "Microsoft.Sql/servers/sql/firewallRules/open", {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"})], "urn": "open", "property": "startIpAddress"},
	{"case": "a firewall rule of PostgreSQL", "patches": [small.make("dbforpostgresql:FirewallRule", "open", "Microsoft.DBforPostgreSQL/flexibleServers/postgres/firewallRules/open", {"startIpAddress": "0.0.0.0"})], "urn": "open", "property": "startIpAddress"},
	{"case": "a public PostgreSQL", "patches": [small.unset("postgres", "network")], "urn": "postgres", "property": "network.publicNetworkAccess"},
	{"case": "a public key vault", "patches": [small.unset("vault", "properties/publicNetworkAccess")], "urn": "vault", "property": "properties.publicNetworkAccess"},
	{"case": "a key vault with an address let in", "patches": [small.set("vault", "properties/networkAcls/ipRules", [{"value": "203.0.113.9"}])], "urn": "vault", "property": "properties.networkAcls.ipRules"},
	{"case": "a public backup vault", "patches": [small.set("recovery", "properties/publicNetworkAccess", "Enabled")], "urn": "recovery", "property": "properties.publicNetworkAccess"},
	{"case": "a public workspace", "patches": [small.unset("workspace", "publicNetworkAccessForQuery")], "urn": "workspace", "property": "publicNetworkAccessForQuery"},
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
	{"case": "an account", "patches": [small.hide("documents", "publicNetworkAccess")], "urn": "documents", "property": "publicNetworkAccess"},
	{"case": "a server", "patches": [small.hide("postgres", "network")], "urn": "postgres", "property": "network.publicNetworkAccess"},
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
	{"case": "a server without a subnet and without public access", "patches": [small.set("postgres", "network", {"publicNetworkAccess": "Disabled"})]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}
