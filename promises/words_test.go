package promises

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	d, err := parseFile("f", "e", []byte(`config:
  tillit:promises:
    backup.interval: {every: PT10M, for: 7d}
    crypto.keys: {rotation: 1y}
    crypto.transit: {tls: 1.3}
    crypto.rest:
    continuity.plan: {every: 1y, within: 1h, loss: 1s}
    residency.in-country: {country: NO, region: norwayeast}
    assurance.certified-hosting: {certificates: [ISO 27001, CSA STAR]}
    perimeter.firewalls:
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id             ID
		language, want string
	}{
		{"backup.interval", "en", "at most 10 minutes apart, reaching 7 days back"},
		{"backup.interval", "nb", "høyst 10 minutter mellom hvert punkt, rekker 7 dager tilbake"},
		{"backup.interval", "sv", "högst 10 minuter mellan punkterna, räcker 7 dagar tillbaka"},
		{"crypto.keys", "en", "rotated within 1 year, recoverable for 90 days"},
		{"crypto.transit", "nb", "TLS 1.3 eller nyere"},
		{"crypto.rest", "en", ""},
		{"continuity.plan", "en", "tests at most 1 year apart, running again within 1 hour, losing at most 1 second of data"},
		{"continuity.plan", "sv", "högst 1 år mellan testerna, i drift igen inom 1 timme, med högst 1 sekund förlorade data"},
		{"residency.in-country", "nb", "i NO, region norwayeast"},
		{"assurance.certified-hosting", "en", "ISO 27001, CSA STAR"},
		{"perimeter.firewalls", "sv", "2 lager"},
	} {
		if got := d.Promises[c.id].Words(c.language); got != c.want {
			t.Errorf("%s in %s:\n got %s\nwant %s", c.id, c.language, got, c.want)
		}
	}
}

// Words say the same amounts as the short form, in every language.
func TestDurationWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 9e9).Draw(t, "seconds")) * time.Second
		for _, language := range Languages() {
			words := strings.Fields(DurationWords(d, language))
			short := FormatDuration(d)
			for i := 0; i < len(words); i += 2 {
				if i+1 >= len(words) || !strings.HasPrefix(short, words[i]) || words[i+1] == "" {
					t.Fatalf("%s is %q in %s", FormatDuration(d), words, language)
				}
				short = strings.TrimLeft(short[len(words[i]):], "ydhms")
			}
			if short != "" {
				t.Fatalf("%s is %q in %s", FormatDuration(d), words, language)
			}
		}
	})
}
