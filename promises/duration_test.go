package promises

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"10m": 10 * time.Minute, "36h": 36 * time.Hour, "7d": 7 * day, "2w": 14 * day, "3mo": 90 * day, "1y": 365 * day,
		"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "1y6mo": 545 * day, "0d": 0, "0010m": 10 * time.Minute,
		"P1Y": 365 * day, "P3M": 90 * day, "P2W": 14 * day, "P7D": 7 * day, "PT10M": 10 * time.Minute, "P1DT12H": 36 * time.Hour,
		"P1Y2M3W4DT5H6M7S": year + 2*month + 3*week + 4*day + 5*time.Hour + 6*time.Minute + 7*time.Second,
		"292y":             292 * year,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                      `"" is not a duration: write a number and a unit, such as 10m, 36h, 7d or 1y`,
		"-1d":                   `"-1d" is not a duration: write it without a sign`,
		"10":                    `"10" is not a duration: it has no unit (s, m, h, d, w, mo, y)`,
		"10 bananas":            `"10 bananas" is not a duration: "bananas" is not a unit (use one of s, m, h, d, w, mo, y)`,
		"10 minutes":            `"10 minutes" is not a duration: write m for "minutes", with no space before it`,
		"3 months":              `"3 months" is not a duration: write mo for "months", with no space before it`,
		"10 m":                  `"10 m" is not a duration: write m right after the number, in lower case`,
		"10M":                   `"10M" is not a duration: write m for minutes or mo for months`,
		"7D":                    `"7D" is not a duration: write d right after the number, in lower case`,
		"1.5h":                  `"1.5h" is not a duration: write whole numbers, such as 90m for an hour and a half`,
		"500ms":                 `"500ms" is not a duration: the shortest unit is s`,
		"1h1d":                  `"1h1d" is not a duration: write each unit once, longest first`,
		"1h1h":                  `"1h1h" is not a duration: write each unit once, longest first`,
		"m10":                   `"m10" is not a duration: write a whole number before each unit, such as 10m, 36h, 7d or 1y`,
		"P":                     `"P" is not a duration: ISO 8601 needs an amount, as in P7D or PT10M`,
		"PT":                    `"PT" is not a duration: ISO 8601 needs an amount, as in P7D or PT10M`,
		"P1DT":                  `"P1DT" is not a duration: ISO 8601 needs an amount, as in P7D or PT10M`,
		"P10H":                  `"P10H" is not a duration: "H" is not a unit there: ISO 8601 has Y, M, W, D before the T, each once and in this order`,
		"293y":                  `"293y" is not a duration: it is longer than 292 years, the most that can be counted`,
		"292y365d":              `"292y365d" is not a duration: it is longer than 292 years, the most that can be counted`,
		"99999999999999999999s": `"99999999999999999999s" is not a duration: it is longer than 292 years, the most that can be counted`,
		"P292YT9999999H":        `"P292YT9999999H" is not a duration: it is longer than 292 years, the most that can be counted`,
		"٣d":                    `"٣d" is not a duration: write a whole number before each unit, such as 10m, 36h, 7d or 1y`,
	} {
		if got, err := ParseDuration(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v\n got %v\nwant %s", text, got, err, want)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 90 * time.Second: "90s", 10 * time.Minute: "10m", 90 * time.Minute: "90m", 36 * time.Hour: "36h",
		7 * day: "7d", 14 * day: "14d", 90 * day: "90d", year: "1y", 3 * year: "3y", 400 * day: "400d",
		3701 * time.Second: "1h1m41s", 1400 * time.Millisecond: "1s", -10 * time.Minute: "-10m",
		math.MaxInt64: "292y171d23h47m16s", math.MinInt64: "-292y171d23h47m16s",
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
}

// What is written is read back as the same, in either form.
func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, math.MaxInt64/int64(time.Second)).Draw(t, "seconds")) * time.Second
		if rapid.Bool().Draw(t, "round") {
			d = d.Truncate(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, day, year}).Draw(t, "unit"))
		}
		if got, err := ParseDuration(FormatDuration(d)); err != nil || got != d {
			t.Fatalf("%s: %v, %v", FormatDuration(d), got, err)
		}
		iso := fmt.Sprintf("P%dDT%dS", d/day, d%day/time.Second)
		if got, err := ParseDuration(iso); err != nil || got != d {
			t.Fatalf("%s: %v, %v", iso, got, err)
		}
	})
}

// Nothing that parses is negative, and what does not parse is told why.
func TestParseDurationOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`P?T?([0-9]{1,20}[a-zA-Z ]{0,3}){0,4}`)).Draw(t, "text")
		d, err := ParseDuration(s)
		if err == nil && d < 0 || err != nil && d != 0 {
			t.Fatalf("%q: %v, %v", s, d, err)
		}
	})
}
