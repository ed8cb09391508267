package tillit.rules.perimeter.all_inspected_test

import data.tillit.rules.perimeter.all_inspected as rule
import data.tillit.small_estate as small

test_a_good_estate_keeps_it if {
	found := small.judged(rule.violation, rule.undetermined) with input as small.estate
	found == [set(), set()]
	count(rule.witness) > 0 with input as small.estate
}

test_what_is_not_promised_is_not_judged if {
	promises := object.remove(small.promises, [rule.promise])
	empty := object.union(small.broken([small.unset("data-database", "routeTable")]), {"promises": null})
	inventory := object.union(empty, {"promises": promises})
	rule.witness == set() with input as inventory
	rule.violation == set() with input as inventory
	rule.undetermined == set() with input as inventory
}

test_a_way_past_every_firewall if {
	every broken in [
		{"patches": [small.unset("data-database", "routeTable")], "at": ["data-database", "routeTable.id"]},
		{"patches": [small.set("rt-data", "routes", [])], "at": ["data-database", "routes"]},
		{"patches": [small.set("rt-data", "routes/0/nextHopType", "Internet")], "at": ["rt-data", "routes[default]"]},
		{"patches": [small.set("data-database", "serviceEndpoints", [{"service": "Microsoft.Storage"}])], "at": ["data-database", "serviceEndpoints"]},
		{"patches": [small.unset("rt-data", "disableBgpRoutePropagation")], "at": ["rt-data", "disableBgpRoutePropagation"]},
		{"patches": [small.make("network:VirtualNetworkGatewayConnection", "fast", "Microsoft.Network/connections/fast", {"expressRouteGatewayBypass": true})], "at": ["fast", "expressRouteGatewayBypass"]},
	] {
		found := rule.violation with input as small.broken(broken.patches)
		broken.at in {[v.urn, v.property] | some v in found}
	}
}

# One firewall is enough to inspect.
test_past_one_of_two if {
	straight := small.broken([small.set("rt-inner", "routes/0/nextHopType", "Internet")])
	count({v | some v in rule.violation; v.property == "routes"}) == 0 with input as straight
}

test_unknown_is_undetermined if {
	hidden := small.broken([small.hide("rt-data", "routes")])
	found := small.judged(rule.violation, rule.undetermined) with input as hidden
	some u in found[1]
	[u.urn, u.property] == ["data-database", "routes"]
	not "data-database" in {v.urn | some v in found[0]}
	veiled := rule.undetermined with input as small.broken([small.hide("data-database", "serviceEndpoints")])
	{[u.urn, u.property] | some u in veiled} == {["data-database", "serviceEndpoints"]}
}
