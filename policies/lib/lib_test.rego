package tillit.lib_test

import data.tillit.lib

_vnet := {"urn": "vnet", "type": "azure-native:network:VirtualNetwork", "name": "vnet", "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/vnet", "props": {"location": "West Europe"}}

_subnet := {
	"urn": "subnet",
	"type": "azure-native:network:Subnet",
	"name": "subnet",
	"id": "/subscriptions/s/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/VNET/subnets/a",
	"props": {
		"known": "/SUBSCRIPTIONS/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/vnet",
		"stranger": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/x",
		"later": {"id": {"$unknown": true}},
		"list": [1, 2],
	},
	"propertyDependsOn": {"later": ["vnet", "subnet"]},
}

_inventory := {"promises": {"perimeter.waf": {}}, "resources": [_vnet, _subnet]}

test_the_indexes_find_every_resource if {
	lib.by_type == {_vnet.type: [_vnet], _subnet.type: [_subnet]} with input as _inventory
	lib.by_urn == {"vnet": _vnet, "subnet": _subnet} with input as _inventory
	lib.by_id[lower(_vnet.id)] == {"vnet"} with input as _inventory
	lib.of([_vnet.type, "azure-native:none:None"]) == [_vnet] with input as _inventory
	lib.group([["a", 1], ["a", 2], ["b", 1]]) == {"a": {1, 2}, "b": {1}}
}

test_a_resource_without_an_id_has_none if {
	lib.by_id == {} with input as {"resources": [object.remove(_vnet, ["id"])]}
}

test_a_promise_without_parameters_is_promised if {
	lib.promised("perimeter.waf") with input as _inventory
	not lib.promised("perimeter.ddos") with input as _inventory
}

test_a_value_is_known_unknown_or_secret if {
	every v in [null, "x", 0, [], {"a": {"$unknown": true}}] { lib.known(v) }
	not lib.known({"$unknown": true})
	not lib.known({"$secret": true})
	lib.secret({"$secret": true})
}

test_what_is_below_an_unknown_value_is_unknown if {
	lib.at({"a": {"$unknown": true}}, "a") == {"$unknown": true}
	lib.at({"a": {"$unknown": true}}, "a.b.c") == {"$unknown": true}
	lib.at({"$unknown": true}, "a") == {"$unknown": true}
}

test_what_is_absent_is_null if {
	lib.at({"a": {"b": false}}, "a.b") == false
	lib.at({"a": {"b": 1}}, "a.c") == null
	lib.at({"a": "text"}, "a.b") == null
	lib.at("text", "a") == null
	lib.at(null, "a") == null
}

test_a_reference_is_an_id_in_any_case_or_a_dependency if {
	lib.refs(_subnet, "known") == {"vnet"} with input as _inventory
	lib.refs(_subnet, "later.id") == {"vnet", "subnet"} with input as _inventory
	not lib.refs(_subnet, "stranger") with input as _inventory
	not lib.refs(_subnet, "list") with input as _inventory
}

test_targets_have_the_type if {
	lib.targets(_subnet, "known", _subnet.props.known, _vnet.type) == {"vnet"} with input as _inventory
	lib.targets(_subnet, "known", _subnet.props.known, _subnet.type) == set() with input as _inventory
	lib.targets(_subnet, "later", {"$unknown": true}, _vnet.type) == {"vnet"} with input as _inventory
	lib.targets(_subnet, "other", {"$unknown": true}, _vnet.type) == set() with input as _inventory
	lib.targets(_subnet, "known", null, _vnet.type) == set() with input as _inventory
}

test_outside_is_an_id_nobody_has if {
	lib.outside(_subnet.props.stranger) with input as _inventory
	not lib.outside(_subnet.props.known) with input as _inventory
	not lib.outside({"$unknown": true}) with input as _inventory
}

test_a_list_is_a_list_or_empty if {
	lib.items(_subnet, "list") == [1, 2]
	lib.items(_subnet, "later") == []
	lib.items(_subnet, "none") == []
}

test_fold_leaves_what_is_no_text if {
	lib.fold("Deny") == "deny"
	lib.fold(7) == 7
}

test_veil_hides_what_has_a_gap if {
	lib.veil({"a": [{"$unknown": true}]}) == {"$unknown": true}
	lib.veil({"a": [{"$secret": true}]}) == {"a": [{"$secret": true}]}
}

test_an_unexplained_gap_hides_what_was_not_found if {
	types := {_subnet.type}
	lib.unless_veiled(types, "none") == "none" with input as _inventory
	unexplained := object.remove(_subnet, ["propertyDependsOn"])
	lib.unless_veiled(types, "none") == {"$unknown": true} with input as {"resources": [_vnet, unexplained]}
	foreign := object.union(_vnet, {"type": "pulumi:pulumi:StackReference"})
	lib.unless_veiled(types, "none") == {"$unknown": true} with input as {"resources": [foreign, _subnet]}
}

test_the_container_is_one_level_up if {
	lib.container(_subnet) == {"vnet"} with input as _inventory
	not lib.container(_vnet) with input as _inventory
}

test_the_location_is_written_short if {
	lib.location(_vnet) == "westeurope"
	not lib.location(_subnet)
}

test_what_has_no_name_is_labelled_so if {
	lib.label({"name": "a"}, "name") == "a"
	lib.label({"name": {"$unknown": true}}, "name") == "?"
	lib.label({"$unknown": true}, "name") == "?"
}
