# METADATA
# title: Tests of which subscriptions the estate stands in
# scope: package
package tillit.lib.scopes_test

import data.tillit.lib.scopes

_estate := {"resources": [
	{"urn": "a", "type": "t", "id": "/subscriptions/S/resourceGroups/g/providers/a/b/c", "props": {}},
	{"urn": "b", "type": "t", "id": "/subscriptions/other/providers/a/b/c", "props": {}},
	{"urn": "c", "type": "t", "props": {}},
]}

test_subscriptions if scopes.subscriptions == {"/subscriptions/s"} with input as _estate

test_whole if {
	scopes.whole("/subscriptions/S") == "/subscriptions/s"
	scopes.whole("subscriptions/S/") == "/subscriptions/s"
	not scopes.whole("/subscriptions/S/resourceGroups/g")
	not scopes.whole({"$unknown": true})
}

test_of if {
	every scope, want in {
		"/subscriptions/s": {"/subscriptions/s"},
		"/subscriptions/other": set(),
		"/subscriptions/s/resourceGroups/g": set(),
		"/providers/Microsoft.Management/managementGroups/m": {"/subscriptions/s"},
	} {
		scopes.of(scope) == want with input as _estate
	}
	scopes.of(null) == set() with input as _estate
}
