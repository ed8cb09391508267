package tillit.rules.perimeter.route_through_inner_test

import data.tillit.rules.perimeter.route_through_inner as rule
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
	{"case": "no route table", "patches": [small.unset("data-database", "routeTable")], "urn": "data-database", "property": "routeTable.id"},
	{"case": "a route table from outside", "patches": [small.set("data-database", "routeTable/id", small.id("Microsoft.Network/routeTables/other"))], "urn": "data-database", "property": "routeTable.id"},
	{"case": "no default route", "patches": [small.set("rt-data", "routes", [])], "urn": "data-database", "property": "routes"},
	{"case": "a default route to the internet", "patches": [small.set("rt-data", "routes/0/nextHopType", "Internet")], "urn": "rt-data", "property": "routes[default]"},
	{"case": "a default route to a gateway", "patches": [small.set("rt-data", "routes/0/nextHopType", "VirtualNetworkGateway")], "urn": "rt-data", "property": "routes[default]"},
	{"case": "a default route to no firewall", "patches": [small.set("rt-data", "routes/0/nextHopIpAddress", "10.0.9.9")], "urn": "rt-data", "property": "routes[default]"},
	{"case": "a default route past the inner firewall", "patches": [small.make("network:VirtualNetworkPeering", "shortcut", "Microsoft.Network/virtualNetworks/data/virtualNetworkPeerings/edge", {"remoteVirtualNetwork": {"id": small.id("Microsoft.Network/virtualNetworks/edge")}}), small.set("rt-data", "routes/0/nextHopIpAddress", "10.0.0.4")], "urn": "data-database", "property": "routes"},
	{"case": "the inner firewall goes straight out", "patches": [small.set("rt-inner", "routes/0/nextHopType", "Internet")], "urn": "data-database", "property": "routes"},
	{"case": "a more specific route", "patches": [small.set("rt-data", "routes/-", {"name": "around", "addressPrefix": "203.0.113.0/24", "nextHopType": "Internet"})], "urn": "rt-data", "property": "routes[around]"},
	{"case": "a more specific route of the inner firewall", "patches": [small.set("rt-inner", "routes/-", {"name": "around", "addressPrefix": "Storage", "nextHopType": "Internet"})], "urn": "rt-inner", "property": "routes[around]"},
	{"case": "a route registered on its own", "patches": [small.make("network:Route", "around", "Microsoft.Network/routeTables/rt-data/routes/around", {"addressPrefix": "0.0.0.0/1", "nextHopType": "Internet"})], "urn": "around", "property": "routes[around]"},
	{"case": "propagated routes", "patches": [small.unset("rt-data", "disableBgpRoutePropagation")], "urn": "rt-data", "property": "disableBgpRoutePropagation"},
	{"case": "a subnet inside its network", "patches": [small.set("data", "subnets", [{"name": "hidden", "addressPrefixes": ["10.0.2.128/26"]}])], "urn": "data", "property": "subnets[hidden].routeTable.id"},
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
	{"case": "the route table", "patches": [small.hide("data-database", "routeTable")], "urn": "data-database", "property": "routeTable.id"},
	{"case": "the routes", "patches": [small.hide("rt-data", "routes")], "urn": "data-database", "property": "routes"},
	{"case": "where a route goes", "patches": [small.hide("rt-data", "routes/0/nextHopIpAddress")], "urn": "data-database", "property": "routes"},
	{"case": "which route it is", "patches": [small.hide("rt-data", "routes/0/nextHopIpAddress")], "urn": "rt-data", "property": "routes[default]"},
	{"case": "the subnets inside a network", "patches": [small.hide("data", "subnets")], "urn": "data", "property": "subnets"},
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
	{"case": "a registered subnet that was read back", "patches": [small.set("data", "subnets", [{"name": "database"}])]},
	{"case": "a subnet inside its network that goes the right way", "patches": [small.set("data", "subnets", [{"name": "hidden", "addressPrefixes": ["10.0.2.128/26"], "routeTable": {"id": small.id("Microsoft.Network/routeTables/rt-data")}}])]},
	{"case": "a firewall subnet with several ranges", "patches": [small.unset("inner-AzureFirewallSubnet", "addressPrefix"), small.set("inner-AzureFirewallSubnet", "addressPrefixes", ["10.0.1.0/26"])]},
]

test_fine if {
	every fine in _fine {
		print(fine.case)
		found := small.judged(rule.violation, rule.undetermined) with input as small.broken(fine.patches)
		found == [set(), set()]
	}
}

test_an_address_that_is_not_known_yet_leads_where_it_depends_on if {
	hidden := small.broken([small.hide("rt-data", "routes/0/nextHopIpAddress")])
	resources := [object.union(r, {"propertyDependsOn": {"routes": ["fw-inner"]}}) | some r in hidden.resources]
	inventory := object.union(hidden, {"resources": resources})
	kept := rule.witness with input as inventory
	{w.designed.layers | some w in kept; w.urn == "data-database"} == {2}
}

test_a_subnet_of_an_unknown_network_is_judged_too if {
	lonely := small.make("network:Subnet", "lonely", "Microsoft.Network/virtualNetworks/other/subnets/lonely", {})
	found := rule.violation with input as small.broken([lonely])
	{v.msg | some v in found} == {"subnet lonely has no route table, so its traffic goes straight to the internet"}
}
