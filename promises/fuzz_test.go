package promises

import (
	"errors"
	"os"
	"testing"
)

// FuzzLoad feeds the parser any bytes. Whatever they are it neither panics nor
// hangs; a fault is an *Error of this file, at a line of it; and what loads
// means the same when it comes from the engine.
func FuzzLoad(f *testing.F) {
	shipped, err := os.ReadFile("../stacks/Pulumi.ledger-no.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(shipped), full, "", "config:\n  tillit:promises: {crypto.rest: }\n",
		"config:\n  tillit:promises: {crypto.transit: {tls: 1.20}}\n",
		"config:\n  tillit:promises: {perimeter.firewalls: {layers: 0b11}}\n",
		"config:\n  tillit:promises: &a {crypto.rest: *a}\n",
		"config:\n  tillit:promises:\n    ? [x]\n    : y\n    <<: [{crypto.rest: }, {crypto.keys: {rotation: P1Y}}]\n",
		"config:\n  tillit:promises: {crypto.rest: }\n  tillit:waivers: [{rule: a/b, resource: x, reason: r, owner: o, ticket: 1e3, expires: 2027-01-31}]\n",
		"config: {tillit:config:promises: {assurance.certified-hosting: {certificates: [.inf, ~, !!binary aGk=, 2027-01-31]}}}\n",
		"\xef\xbb\xbfconfig:\r\n  tillit:promises: {crypto.rest: }\r\n---\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = data[:min(len(data), maxBytes)] // Load reads no more
		d, err := parseFile("f", "e", data)
		if err == nil {
			if len(d.Promises) == 0 {
				t.Fatal("an estate without promises loads")
			}
			checkAgreement(t, data, d)
			return
		}
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("%T: %v", err, err)
		}
		for _, err := range joined.Unwrap() {
			var fault *Error
			if !errors.As(err, &fault) || fault.File != "f" || fault.Line < 0 || fault.Msg == "" {
				t.Fatalf("%T: %v", err, err)
			}
		}
		checkEngineIsNoLaxer(t, data)
	})
}

// FuzzFromConfig feeds the reader of the engine's values any text.
func FuzzFromConfig(f *testing.F) {
	for _, seed := range []string{"", "null", "{}", `{"crypto.rest": {}}`, `{"crypto.transit": {"tls": 1.2}}`, `[[[`, `{"a":{"a":1}`, `"x"`, `{} {}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range ourKeys {
			values := map[string]string{"tillit:promises": `{"crypto.rest": {}}`}
			values["tillit:"+word] = text
			if d, err := FromConfig("e", values); err == nil && len(d.Promises) == 0 {
				t.Fatal("an estate without promises is taken")
			}
		}
	})
}

// FuzzParseDuration feeds the reader of durations any text. What it takes is
// never negative, and is the same when it is written and read again.
func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"", "10m", "1h30m", "7d", "2w", "3mo", "1y", "P1Y6M", "PT10M", "P7D", "-1m", "1.5h", "292y", "300y", "99999999999999999999s", "0s", "m", "1m1h", "PT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		again, err := ParseDuration(FormatDuration(d))
		if d < 0 || err != nil || again != d {
			t.Fatalf("%q is %v, written as %q, which is %v, %v", text, d, FormatDuration(d), again, err)
		}
	})
}
