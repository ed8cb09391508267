package tillit.lib.values_test

import data.tillit.lib.values

test_seconds_reads_every_unit if {
	values.seconds("P54W") == (54 * 7) * 86400
	values.seconds("P1Y2M3DT4H5M6S") == (((365 + 60) + 3) * 86400) + 14706
	values.seconds("PT10M") == 600
}

test_seconds_of_anything_else_is_undefined if {
	every s in ["", "P", "PT", "P1DT", "P1H", "54W", "ten bananas"] {
		not values.seconds(s)
	}
}

test_spell_takes_the_largest_unit if {
	values.spell(364 * 86400) == "364d"
	values.spell(5400) == "90m"
	values.spell(7200) == "2h"
	values.spell(61) == "61s"
}

test_at_least_is_false_for_what_is_no_number if {
	values.at_least(7, 7)
	values.at_least(6, 7) == false
	values.at_least({"$unknown": true}, 7) == false
	values.at_least(null, 7) == false
}

test_otherwise_fills_only_what_is_absent if {
	values.otherwise(null, 7) == 7
	values.otherwise(false, true) == false
}
