package promises

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Lengths of the calendar units. A promise is arithmetic, not a calendar: a
// year is 365 days, a month 30, a week 7.
const (
	day   = 24 * time.Hour
	week  = 7 * day
	month = 30 * day
	year  = 365 * day
)

type unit struct {
	name   string
	length time.Duration
}

// shortUnits are the units of 10m and 1y, longest first.
var shortUnits = []unit{
	{"y", year}, {"mo", month}, {"w", week}, {"d", day},
	{"h", time.Hour}, {"m", time.Minute}, {"s", time.Second},
}

// isoDate and isoTime are the units of ISO 8601 before and after the T.
var (
	isoDate = []unit{{"Y", year}, {"M", month}, {"W", week}, {"D", day}}
	isoTime = []unit{{"H", time.Hour}, {"M", time.Minute}, {"S", time.Second}}
)

// printUnits are the units that FormatDuration writes. Weeks and months are
// left out, so that 7d and 90d come out as people write them.
var printUnits = []unit{
	{"y", year}, {"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second},
}

// ParseDuration reads a duration as people write it (10m, 36h, 7d, 2w, 3mo, 1y,
// 1h30m: whole numbers, longest unit first, m for minutes and mo for months) or
// in ISO 8601 (PT10M, P7D, P1Y6M). It takes zero, so that callers can say what
// is wrong with it, and refuses signs, fractions and what does not fit a
// time.Duration (292 years).
func ParseDuration(s string) (time.Duration, error) {
	d, err := parseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%s is not a duration: %w", quote(s), err)
	}
	return d, nil
}

func parseDuration(s string) (time.Duration, error) {
	switch {
	case s == "":
		return 0, fmt.Errorf("write a number and a unit, such as 10m, 36h, 7d or 1y")
	case s[0] == '-' || s[0] == '+':
		return 0, fmt.Errorf("write it without a sign")
	case s[0] != 'P':
		return sumUnits(s, shortUnits, shortUnitError)
	}
	dates, times, hasTime := strings.Cut(s[1:], "T")
	if hasTime && times == "" || dates == "" && times == "" {
		return 0, fmt.Errorf("ISO 8601 needs an amount, as in P7D or PT10M")
	}
	total, err := sumUnits(dates, isoDate, isoUnitError("Y, M, W, D before the T"))
	if err != nil {
		return 0, err
	}
	rest, err := sumUnits(times, isoTime, isoUnitError("H, M, S after the T"))
	if err != nil {
		return 0, err
	}
	return add(total, rest)
}

// sumUnits adds up amounts such as 1h30m; each unit at most once, in the order
// given. Another unit, or one out of order, is what unknown says.
func sumUnits(s string, units []unit, unknown func(name string) error) (time.Duration, error) {
	var total time.Duration
	for s != "" {
		digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
		if digits == 0 {
			return 0, fmt.Errorf("write a whole number before each unit, such as 10m, 36h, 7d or 1y")
		}
		amount, err := parseAmount(s[:digits])
		if err != nil {
			return 0, err
		}
		s = s[digits:]
		letters := strings.IndexAny(s, "0123456789")
		if letters < 0 {
			letters = len(s)
		}
		name := s[:letters]
		s = s[letters:]
		at := indexUnit(units, name)
		if at < 0 {
			return 0, unknown(name)
		}
		if amount > math.MaxInt64/int64(units[at].length) {
			return 0, errTooLong
		}
		if total, err = add(total, time.Duration(amount)*units[at].length); err != nil {
			return 0, err
		}
		units = units[at+1:]
	}
	return total, nil
}

var errTooLong = fmt.Errorf("it is longer than 292 years, the most that can be counted")

func parseAmount(digits string) (int64, error) {
	var n int64
	for _, c := range digits {
		if n > (math.MaxInt64-int64(c-'0'))/10 {
			return 0, errTooLong
		}
		n = n*10 + int64(c-'0')
	}
	return n, nil
}

func add(a, b time.Duration) (time.Duration, error) {
	if a > math.MaxInt64-b {
		return 0, errTooLong
	}
	return a + b, nil
}

func indexUnit(units []unit, name string) int {
	for i, u := range units {
		if u.name == name {
			return i
		}
	}
	return -1
}

// isoUnitError says what a unit of ISO 8601 should have been.
func isoUnitError(known string) func(string) error {
	return func(name string) error {
		return fmt.Errorf("%s is not a unit there: ISO 8601 has %s, each once and in this order", quote(name), known)
	}
}

// shortUnitError says what a short unit should have been. Words that people use
// are told their letter.
func shortUnitError(name string) error {
	const known = "s, m, h, d, w, mo, y"
	word := strings.ToLower(strings.TrimSpace(name))
	switch {
	case name == "":
		return fmt.Errorf("it has no unit (%s)", known)
	case strings.ContainsAny(word, ".,"):
		return fmt.Errorf("write whole numbers, such as 90m for an hour and a half")
	case name == "M":
		return fmt.Errorf("write m for minutes or mo for months")
	case word == "ms" || word == "us" || word == "ns":
		return fmt.Errorf("the shortest unit is s")
	}
	for _, w := range []struct{ prefix, unit string }{
		{"sec", "s"}, {"min", "m"}, {"hour", "h"}, {"hr", "h"}, {"day", "d"}, {"week", "w"}, {"month", "mo"}, {"year", "y"}, {"yr", "y"},
	} {
		if strings.HasPrefix(word, w.prefix) {
			return fmt.Errorf("write %s for %s, with no space before it", w.unit, quote(word))
		}
	}
	for _, u := range shortUnits {
		if word == u.name && name != word {
			return fmt.Errorf("write %s right after the number, in lower case", u.name)
		}
		if word == u.name {
			return fmt.Errorf("write each unit once, longest first")
		}
	}
	return fmt.Errorf("%s is not a unit (use one of %s)", quote(strings.TrimSpace(name)), known)
}

// FormatDuration writes a duration as people do: one unit where a small number
// of it says it exactly (10m, 36h, 7d, 1y), else several (1h1m41s). ParseDuration
// reads it back exactly, but for fractions of a second, which are rounded.
func FormatDuration(d time.Duration) string {
	if d < 0 {
		if d == math.MinInt64 {
			d++
		}
		return "-" + FormatDuration(-d)
	}
	var b strings.Builder
	for _, a := range amounts(d) {
		fmt.Fprintf(&b, "%d%s", a.count, a.unit)
	}
	return b.String()
}

type amount struct {
	count int64
	unit  string
}

// amounts splits a duration into the amounts that FormatDuration writes; at
// least one.
func amounts(d time.Duration) []amount {
	d = roundSecond(d)
	if d == 0 {
		return []amount{{0, "s"}}
	}
	for _, u := range printUnits {
		if d%u.length == 0 && d/u.length < 1000 {
			return []amount{{int64(d / u.length), u.name}}
		}
	}
	var out []amount
	for _, u := range printUnits {
		if n := d / u.length; n > 0 {
			out = append(out, amount{int64(n), u.name})
			d -= n * u.length
		}
	}
	return out
}

// roundSecond rounds to the nearest second, and down where rounding up would
// overflow.
func roundSecond(d time.Duration) time.Duration {
	rounded := d.Round(time.Second)
	if rounded%time.Second != 0 {
		return d.Truncate(time.Second)
	}
	return rounded
}
