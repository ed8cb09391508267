package tillit.lib.cron_test

import data.tillit.lib.cron

test_gap if {
	every expression, minutes in {
		"* * * * *": 1,
		"*/5 * * * *": 5,
		"*/7 * * * *": 7,
		"*/45 * * * *": 45,
		"0 * * * *": 60,
		"0,10,40 * * * *": 30,
		"40,0,10 * * * *": 30,
		"5/20 * * * *": 20,
		"0-29/10 * * * *": 40,
		"10-12  *  */1 * *": 58,
	} {
		cron.gap(expression) == 60 * minutes
	}
}

test_what_does_not_run_every_hour_has_no_gap if {
	every expression in ["*/5 8-16 * * *", "*/5 * * * 1", "*/5 * * *", "60 * * * *", "30-10 * * * *", "*/0 * * * *", "x * * * *", null, {"$unknown": true}] {
		not cron.gap(expression)
	}
}
