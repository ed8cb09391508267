package report

import (
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/gate"
)

// Every finding of a judgement is found by its whole identity, by what a text
// report shows of it, and by its JSON.
func TestFind(t *testing.T) {
	for name, result := range fixtures() {
		for _, f := range findings(result, rules()) {
			for _, word := range []string{f.id, short(f.id)} {
				if !IsIdentity(word) {
					t.Errorf("%s: %s is no identity", name, word)
				}
				found, err := Find(result, rules(), word)
				if len(word) < 32 && err != nil && strings.Contains(err.Error(), "findings begin with") {
					continue // one that the report shows with its number
				}
				if err != nil || found.ID != f.id || found.Message != f.Message || found.Promise != f.promise.ID {
					t.Errorf("%s: %s is %+v, %v", name, word, found, err)
				}
			}
		}
	}
}

func TestFindTellsTheOutcome(t *testing.T) {
	said := map[string]string{}
	for _, f := range findings(everything(), rules()) {
		found, err := Find(everything(), rules(), f.id)
		if err != nil {
			t.Fatal(err)
		}
		said[found.Rule+" "+found.URN] = found.Outcome + "\n" + found.Text()
	}
	for finding, want := range map[string][]string{
		"crypto/keys-rotate urn:legacy": {"waived\nlegacy never rotates", "waiver   used: moved in May"},
		"crypto/tls-current urn:pulumi:test::tillit::azure-native:storage:StorageAccount::archive": {"violation\n", "waiver   expired: scanner", "seen     minimumTlsVersion = TLS1_0"},
		"crypto/tls-current urn:new": {"undetermined\nthe minimum TLS version", "must be known: minimumTlsVersion"},
	} {
		for _, text := range want {
			if !strings.Contains(said[finding], text) {
				t.Errorf("%s: %q is not in\n%s", finding, text, said[finding])
			}
		}
	}
}

func TestFindRefuses(t *testing.T) {
	one := gate.Violation{Rule: "crypto/tls-current", URN: "urn:a", Message: "m"}
	two := one
	two.Message = "n"
	result := transit(one, two)
	id := findings(result, nil)[0].id
	for word, want := range map[string]string{
		"":            "is not the identity of a finding",
		"abc":         "is not the identity of a finding",
		"crypto/tls":  "is not the identity of a finding",
		"ABCDEF01":    "is not the identity of a finding",
		"000000":      "the result of test has no finding 000000",
		id[:8]:        "2 findings begin with",
		id[:8] + ":3": "has no finding",
		id[:8] + ":0": "is not the identity of a finding",
		id + "0x":     "is not the identity of a finding",
	} {
		if found, err := Find(result, nil, word); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", word, found, err, want)
		}
	}
	if found, err := Find(result, nil, id[:8]+":2"); err != nil || found.Message != "n" {
		t.Errorf("the second: %+v, %v", found, err)
	}
}
