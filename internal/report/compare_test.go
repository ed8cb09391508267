package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/gate"
)

// transit is a judgement of crypto.transit with these violations.
func transit(list ...gate.Violation) *gate.Result {
	p := gate.Promise{
		ID: "crypto.transit", Verdict: gate.Kept, Violations: append([]gate.Violation{}, list...),
		Witnesses: []gate.Witness{}, Undetermined: []gate.Finding{}, Waivers: []gate.Waiver{},
	}
	if len(list) > 0 {
		p.Verdict = gate.Broken
	}
	return &gate.Result{Estate: "test", Verdict: p.Verdict, Promises: []gate.Promise{p}}
}

func old(urn, message string) gate.Violation {
	return gate.Violation{Rule: "crypto/tls-current", URN: urn, Message: message, Severity: gate.High, Controls: []string{}}
}

// said is a comparison in a line.
func said(c *Comparison) string {
	var parts []string
	for _, part := range []struct {
		word    string
		changes []Change
	}{{"new", c.New}, {"fixed", c.Fixed}, {"unchanged", c.Unchanged}, {"unsettled", c.Unsettled}} {
		for _, change := range part.changes {
			one := part.word + " " + change.URN + " " + change.Message
			if change.Because != "" {
				one += " (" + change.Because + ")"
			}
			parts = append(parts, one)
		}
	}
	return strings.Join(parts, ", ")
}

func TestCompare(t *testing.T) {
	a, b := old("urn:a", "m"), old("urn:b", "m")
	with := func(change func(p *gate.Promise)) *gate.Result {
		r := transit()
		change(&r.Promises[0])
		return r
	}
	witnessless := gate.Violation{Rule: gate.Witnessed, Message: "nothing"}
	gone := old("urn:a", "m")
	gone.Rule = "crypto/gone"
	for name, test := range map[string]struct {
		earlier, now *gate.Result
		want         string
	}{
		"nothing":               {transit(), transit(), ""},
		"new, fixed, unchanged": {transit(a, b), transit(b, old("urn:c", "m")), "new urn:c m, fixed urn:a m, unchanged urn:b m"},
		"another message":       {transit(a), transit(old("urn:a", "n")), "unchanged urn:a n"},
		"one of three alike": {
			transit(old("urn:a", "x"), old("urn:a", "y"), old("urn:a", "z")), transit(old("urn:a", "x"), old("urn:a", "z")),
			"fixed urn:a y, unchanged urn:a x, unchanged urn:a z",
		},
		"one more of those alike": {transit(old("urn:a", "y")), transit(old("urn:a", "x"), old("urn:a", "y")), "new urn:a x, unchanged urn:a y"},
		"waived": {transit(a), with(func(p *gate.Promise) {
			p.Waivers = []gate.Waiver{{State: gate.Used, Rule: a.Rule, Violations: []gate.Violation{a}}}
		}), "unsettled urn:a m (waived)"},
		"a waiver that expired": {with(func(p *gate.Promise) {
			p.Waivers = []gate.Waiver{{State: gate.Used, Rule: a.Rule, Violations: []gate.Violation{a}}}
		}), transit(a), "new urn:a m"},
		"undetermined": {transit(a), with(func(p *gate.Promise) {
			p.Undetermined = []gate.Finding{{Rule: a.Rule, URN: a.URN, Message: "?"}}
		}), "unsettled urn:a m (undetermined)"},
		"undetermined of another resource": {transit(a), with(func(p *gate.Promise) {
			p.Undetermined = []gate.Finding{{Rule: a.Rule, URN: "urn:z", Message: "?"}}
		}), "fixed urn:a m"},
		"undetermined of the estate": {transit(a), with(func(p *gate.Promise) {
			p.Undetermined = []gate.Finding{{Rule: a.Rule, Message: "?"}}
		}), "unsettled urn:a m (undetermined)"},
		"no witness, and none known now": {transit(witnessless), with(func(p *gate.Promise) {
			p.Undetermined = []gate.Finding{{Rule: a.Rule, URN: "urn:z", Message: "?"}}
		}), "unsettled  nothing (undetermined)"},
		"a witness now":   {transit(witnessless), transit(), "fixed  nothing"},
		"not declared":    {transit(a), &gate.Result{Estate: "test"}, "unsettled urn:a m (the promise is no longer declared)"},
		"a rule gone":     {transit(gone), transit(), "unsettled urn:a m (the pack no longer has the rule)"},
		"not UTF-8, once": {transit(old("urn:\ufffd", "\ufffd")), transit(old("urn:\xff", "\xff")), "unchanged urn:\xff \xff"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(Compare(test.earlier, test.now, rules())); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// Every violation of either judgement is in the comparison once, and a judgement
// compared with itself, by way of its JSON, shows no change.
func TestCompareLosesNothing(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) *gate.Result {
		n := rapid.IntRange(0, 8).Draw(t, "n")
		var list []gate.Violation
		for range n {
			list = append(list, old(fmt.Sprintf("urn:%d", rapid.IntRange(0, 3).Draw(t, "urn")), rapid.StringN(1, 3, -1).Draw(t, "message")))
		}
		return transit(list...)
	})
	rapid.Check(t, func(t *rapid.T) {
		earlier, now := draw.Draw(t, "earlier"), draw.Draw(t, "now")
		c := Compare(earlier, now, rules())
		if got, want := len(c.New)+len(c.Unchanged), len(now.Promises[0].Violations); got != want {
			t.Fatalf("%d violations of now, want %d", got, want)
		}
		if got, want := len(c.Fixed)+len(c.Unsettled)+len(c.Unchanged), len(earlier.Promises[0].Violations); got != want {
			t.Fatalf("%d violations of the earlier, want %d", got, want)
		}
		var text bytes.Buffer
		if err := (JSON{}).Output(&text, now); err != nil {
			t.Fatal(err)
		}
		read, err := ReadResult(&text)
		if err != nil {
			t.Fatal(err)
		}
		if c := Compare(read, now, rules()); len(c.New)+len(c.Fixed)+len(c.Unsettled) > 0 {
			t.Fatalf("changes against itself: %s", said(c))
		}
	})
}

func TestReadResultOfEveryFixture(t *testing.T) {
	for name, result := range fixtures() {
		with := options()
		with.Baseline = result
		for _, o := range []Options{options(), with} { // a comparison may be a baseline
			read, err := ReadResult(bytes.NewReader(written(t, "json", o, result)))
			if err != nil {
				t.Fatal(err)
			}
			result.Estate = valid(result.Estate)
			if c := Compare(read, result, rules()); len(c.New)+len(c.Fixed)+len(c.Unsettled) > 0 {
				t.Errorf("%s: changes against itself: %s", name, said(c))
			}
		}
	}
}

func TestReadResultRefuses(t *testing.T) {
	promise := func(more string) string {
		return `{"estate": "e", "verdict": "broken", "promises": [{"id": "crypto.transit", "verdict": "broken"` + more + `}]}`
	}
	for text, want := range map[string]string{
		"":                "it is empty",
		" \n":             "it is empty",
		"{":               "no result of tillit check",
		"\x00\x01":        "no result of tillit check",
		"[]":              "no result of tillit check",
		"{} {}":           "no result of tillit check",
		"{}":              "it names no estate",
		`{"estate": "e"}`: `its verdict is ""`,
		`{"estate": "e", "resources": [], "promises": {}}`:              "no result of tillit check",
		`{"estate": "e", "verdict": "fine"}`:                            `its verdict is "fine"`,
		`{"estate": "e", "verdict": "kept"}`:                            "it judges no promise",
		`{"estate": "e", "verdict": "kept", "promises": [{}]}`:          `the promise "" has no id`,
		`{"estate": "e", "verdict": "kept", "promises": [{"id": "a"}]}`: `the verdict on a is ""`,
		promise(""): "crypto.transit is broken by no violation",
		promise(`, "violations": [{"message": "m"}]`): "a violation of crypto.transit has no rule",
	} {
		if _, err := ReadResult(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// The bound holds before anything is decoded.
func TestReadResultIsBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"estate": "`), repeated('a'))
	if _, err := ReadResult(endless); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("error %v", err)
	}
	nested := strings.NewReader(strings.Repeat(`{"promises":[`, 1_000_000))
	if _, err := ReadResult(nested); err == nil {
		t.Error("a million levels are read")
	}
}

// repeated is a reader without an end.
type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

// Whatever is read is no panic; what is accepted has not changed against itself,
// and can be written in every format.
func FuzzReadResult(f *testing.F) {
	f.Add([]byte(earlierText))
	f.Add([]byte(`{"estate": "e", "verdict": "kept", "promises": [{"id": "a", "verdict": "kept", "violations": null}]}`))
	f.Add([]byte(`{"estate": "e", "verdict": "kept", "promises": [null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		result, err := ReadResult(bytes.NewReader(text))
		if err != nil {
			return
		}
		if c := Compare(result, result, nil); len(c.New)+len(c.Fixed)+len(c.Unsettled) > 0 {
			t.Errorf("changes against itself: %s", said(c))
		}
		for _, format := range Formats() {
			written(t, format, Options{}, result)
		}
		for _, f := range findings(result, nil) {
			if found, err := Find(result, nil, f.id); err != nil || found.ID != f.id {
				t.Errorf("%s is not found: %v", f.id, err)
			}
		}
	})
}

const earlierText = `{"estate": "e", "verdict": "broken", "promises": [{"id": "crypto.transit", "verdict": "broken", "by": null,
	"promised": {"tls": "1.2"}, "designed": null, "witnesses": [{"rule": "r", "urn": "u", "designed": {}}],
	"violations": [{"rule": "crypto/tls", "urn": "urn:b", "message": "m", "seen": {"$unknown": true}, "position": "a.go:1"}],
	"undetermined": [{"rule": "", "urn": "", "message": "?"}],
	"waivers": [{"rule": "crypto/tls", "state": "used", "expires": "soon", "violations": [{"rule": "crypto/tls", "message": "m"}]}]}]}`

func TestComparisonIsShown(t *testing.T) {
	earlier := everything()
	earlier.Promises[3].Violations = append(earlier.Promises[3].Violations, old("urn:repaired", "repaired accepts anything"))
	earlier.Promises[4].Violations = []gate.Violation{}
	earlier.Promises[2].Violations = earlier.Promises[2].Waivers[0].Violations
	earlier.Promises[2].Waivers = nil
	with := options()
	with.Baseline = earlier
	for format, file := range map[string]string{"text": "compared.txt", "json": "compared.json"} {
		compareGolden(t, file, written(t, format, with, everything()))
	}
	for _, format := range Formats() {
		_, err := For(format, with)
		if shows := slices.Contains(comparing, format); (err == nil) != shows {
			t.Errorf("%s: error %v", format, err)
		}
	}
}
