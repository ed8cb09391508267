package tillit.lib.zones_test

import data.tillit.lib.zones

_hidden := {"$unknown": true}

_at(list) := zones.check({"urn": "u", "name": "n", "props": {"zones": list}}, "zones")

test_several if {
	zones.several(["1", "2"])
	zones.several(["1", "2", _hidden])
	not zones.several(["1"])
	not zones.several(["1", "1"])
	not zones.several(["1", _hidden])
	not zones.several([])
	not zones.several(null)
	not zones.several(_hidden)
}

test_check if {
	_at(["1", "3"]).good
	_at(["1"]) == {"urn": "u", "property": "zones", "seen": ["1"], "good": false, "wanted": "two zones or more", "msg": "n stands in one zone"}
	_at(_hidden).seen == _hidden
	_at(["1", _hidden]).seen == _hidden
	_at(null).seen == null
}
