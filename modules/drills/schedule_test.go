package drills

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScheduleExamples(t *testing.T) {
	for _, c := range []struct {
		every time.Duration
		i     int
		want  string
	}{
		{366 * day, 0, "0 7 1 1 *"},
		{365 * day, 0, "0 7 1 1,7 *"}, // a leap year is longer
		{92 * day, 2, "0 7 3 1,4,7,10 *"},
		{90 * day, 0, "0 7 1 1,3,5,7,9,11 *"}, // a quarter can have 92 days
		{62 * day, 0, "0 7 1 1,3,5,7,9,11 *"},
		{61 * day, 0, "0 7 1 * *"},
		{30 * day, 3, "0 7 * * 3"},
		{7 * day, 8, "0 7 * * 1"},
		{day, 25, "0 1 * * *"},
	} {
		if got, err := schedule(c.every, c.i); err != nil || got != c.want {
			t.Errorf("schedule(%s, %d) = %q, %v; want %q", c.every, c.i, got, err, c.want)
		}
	}
	if _, err := schedule(day-1, 0); err == nil || !strings.Contains(err.Error(), "lengthen backup.tested every") {
		t.Errorf("more than once a day: %v", err)
	}
}

// Over four years, a leap year among them, no two runs are further apart than
// promised.
func TestScheduleIsNeverRarerThanPromised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.IntRange(1, 800).Draw(t, "days")) * day
		cron, err := schedule(every, rapid.IntRange(0, 40).Draw(t, "drill"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		var last time.Time
		runs := 0
		for at := start; at.Before(start.AddDate(4, 0, 0)); at = at.Add(time.Hour) {
			if !due(t, cron, at) {
				continue
			}
			if runs++; runs > 1 && at.Sub(last) > every {
				t.Fatalf("%q rests from %s to %s, longer than %s", cron, last, at, every)
			}
			last = at
		}
		if runs < 4 {
			t.Fatalf("%q ran %d times in four years", cron, runs)
		}
	})
}

// due tells whether a cron expression of numbers and lists holds at a full hour.
func due(t *rapid.T, cron string, at time.Time) bool {
	fields := strings.Fields(cron)
	if len(fields) != 5 || fields[0] != "0" {
		t.Fatalf("%q is not an expression that runs on the hour", cron)
	}
	for i, now := range []int{at.Hour(), at.Day(), int(at.Month()), int(at.Weekday())} {
		if f := fields[i+1]; f != "*" && !slices.Contains(strings.Split(f, ","), strconv.Itoa(now)) {
			return false
		}
	}
	return true
}

// Drills of one estate do not meet, as far as there are days.
func TestScheduleSpreads(t *testing.T) {
	for _, every := range []time.Duration{day, 7 * day, 31 * day, 90 * day, 366 * day} {
		seen := map[string]bool{}
		for i := range 7 {
			cron, err := schedule(every, i)
			if err != nil {
				t.Fatal(err)
			}
			if seen[cron] {
				t.Errorf("two drills at %q", cron)
			}
			seen[cron] = true
		}
	}
}
