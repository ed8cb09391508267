package tillit.rules.perimeter.data_has_endpoint_test

import data.tillit.rules.perimeter.data_has_endpoint as rule
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
	{"case": "no endpoint", "patches": [small.drop("pe-documents"), small.drop("names-documents")], "urn": "documents", "property": "privateEndpoint"},
	{"case": "an endpoint of another kind", "patches": [small.set("pe-documents", "privateLinkServiceConnections/0/groupIds", ["file"])], "urn": "documents", "property": "privateEndpoint"},
	{"case": "an endpoint of something else", "patches": [small.set("pe-vault", "privateLinkServiceConnections/0/privateLinkServiceId", small.id("Microsoft.KeyVault/vaults/other"))], "urn": "vault", "property": "privateEndpoint"},
	{"case": "an endpoint nobody approved", "patches": [small.set("pe-sql", "manualPrivateLinkServiceConnections", [{}]), small.set("pe-sql", "privateLinkServiceConnections", [])], "urn": "sql", "property": "privateEndpoint"},
	{"case": "no name", "patches": [small.drop("names-recovery")], "urn": "pe-recovery", "property": "privateDnsZoneGroup"},
	{"case": "a zone nobody reads", "patches": [small.drop("link-blob")], "urn": "pe-documents", "property": "privateDnsZoneGroup"},
	{"case": "a server without a subnet", "patches": [small.set("postgres", "network", {"publicNetworkAccess": "Disabled"})], "urn": "postgres", "property": "privateEndpoint"},
	{"case": "a zone of another kind", "patches": [small.set("names-documents", "privateDnsZoneConfigs/0/privateDnsZoneId", small.id("Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"))], "urn": "pe-documents", "property": "privateDnsZoneGroup"},
	{"case": "an endpoint in somebody else's network", "patches": [small.set("pe-documents", "subnet/id", small.id("Microsoft.Network/virtualNetworks/stranger/subnets/x"))], "urn": "pe-documents", "property": "subnet.id"},
	{"case": "a server without a zone", "patches": [small.unset("postgres", "network/privateDnsZoneArmResourceId")], "urn": "postgres", "property": "privateEndpoint"},
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
	{"case": "the endpoint", "patches": [small.hide("pe-documents", "privateLinkServiceConnections")], "urn": "documents", "property": "privateEndpoint"},
	{"case": "the zone", "patches": [small.hide("names-documents", "privateDnsZoneConfigs")], "urn": "pe-documents", "property": "privateDnsZoneGroup"},
	{"case": "a server's subnet", "patches": [small.hide("postgres", "network")], "urn": "postgres", "property": "privateEndpoint"},
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

test_a_store_whose_name_leads_outside_is_no_witness if {
	kept := rule.witness with input as small.broken([small.drop("names-documents")])
	not "documents" in {w.urn | some w in kept}
}
