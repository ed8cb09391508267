package gate

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

func waiver(resource string, expires time.Time) promises.Waiver {
	return promises.Waiver{
		Rule: "crypto/tls", Resource: resource, Reason: "the old scanner", Owner: "ops", Ticket: "T-1", Expires: expires, Line: 9,
	}
}

func TestVerdicts(t *testing.T) {
	const transit = `{"crypto.transit": {"tls": "1.2"}}`
	g := load(t)
	good := store("good", map[string]any{"tls": "1.2"})
	old := store("old", map[string]any{"tls": "1.0"})
	unknown := store("unknown", map[string]any{"tls": inventory.Unknown()})
	later, earlier := today.AddDate(0, 0, 1), today.AddDate(0, 0, -1)
	for name, test := range map[string]struct {
		promises  string
		waivers   []promises.Waiver
		resources []inventory.Resource
		want      Verdict // of the first promise
		estate    Verdict
		say       string // in the promise's JSON
	}{
		"kept":                   {transit, nil, []inventory.Resource{good}, Kept, Kept, `"designed":{"tls":"1.2"}`},
		"broken":                 {transit, nil, []inventory.Resource{good, old}, Broken, Broken, `"message":"old accepts TLS 1.0"`},
		"an empty estate":        {transit, nil, nil, Broken, Broken, `"rule":"promise/witnessed"`},
		"a secret is no witness": {transit, nil, []inventory.Resource{store("s", map[string]any{"tls": inventory.Secret()})}, Broken, Broken, "nothing in the estate keeps"},
		"undetermined":           {transit, nil, []inventory.Resource{good, unknown}, Undetermined, Undetermined, `"property":"tls","message":"the TLS version of unknown is not known yet"`},
		"broken beats unknown":   {transit, nil, []inventory.Resource{old, unknown}, Broken, Broken, "old accepts"},
		"waived":                 {transit, []promises.Waiver{waiver("*::old", later)}, []inventory.Resource{good, old}, Waived, Waived, `"state":"used"`},
		"waived and alone":       {transit, []promises.Waiver{waiver("*::old", later)}, []inventory.Resource{old}, Waived, Waived, `"violations":[]`},
		"waived in part": {
			transit, []promises.Waiver{waiver("*::old", later)},
			[]inventory.Resource{old, store("older", map[string]any{"tls": "1.0"})}, Broken, Broken, "older accepts",
		},
		"waived and unknown": {transit, []promises.Waiver{waiver("*::old", later)}, []inventory.Resource{old, unknown}, Undetermined, Undetermined, `"state":"used"`},
		"waiver expired":     {transit, []promises.Waiver{waiver("*::old", earlier)}, []inventory.Resource{good, old}, Broken, Broken, `"expires":"2024-05-31","state":"expired"`},
		"waiver's last day":  {transit, []promises.Waiver{waiver("*::old", today)}, []inventory.Resource{good, old}, Broken, Broken, `"state":"expired"`},
		"waiver pending":     {transit, []promises.Waiver{waiver("*::unknown", later)}, []inventory.Resource{good, unknown}, Undetermined, Undetermined, `"state":"pending"`},
		"waiver of another":  {transit, []promises.Waiver{waiver("*::gone", later)}, []inventory.Resource{good, unknown}, Undetermined, Undetermined, `"state":"orphaned"`},
		"waiver orphaned":    {transit, []promises.Waiver{waiver("*::gone", later)}, []inventory.Resource{good}, Kept, Kept, `"state":"orphaned"`},
		"no rule judges":     {`{"perimeter.waf": {}}`, nil, []inventory.Resource{good}, Undetermined, Undetermined, "no rule of the pack judges perimeter.waf"},
		"only a drill can":   {`{"backup.tested": {"every": "90d", "within": "4h"}}`, nil, nil, NotJudged, Undetermined, `"by":["drill"]`},
		"not judged beside kept": {
			`{"assurance.code-review": {}, "crypto.transit": {"tls": "1.2"}}`, nil, []inventory.Resource{good}, NotJudged, Kept, `"by":["attestation"]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			result := judge(t, g, declare(t, test.promises, test.waivers...), test.resources...)
			got := result.Promises[0]
			if got.Verdict != test.want || result.Verdict != test.estate {
				t.Errorf("promise %s, estate %s; want %s, %s", got.Verdict, result.Verdict, test.want, test.estate)
			}
			b, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(b), test.say) {
				t.Errorf("%s\ndoes not say %s", b, test.say)
			}
		})
	}
}

func TestViolationCarriesTheRule(t *testing.T) {
	result := judge(t, load(t), declare(t, `{"crypto.transit": {"tls": "1.2"}}`), store("old", map[string]any{"tls": "1.0"}))
	var got Violation
	for _, v := range result.Promises[0].Violations {
		if v.Rule == "crypto/tls" {
			got = v
		}
	}
	want := Violation{
		Rule: "crypto/tls", URN: urn("old"), Message: "old accepts TLS 1.0", Severity: High,
		Remediation: "Raise the minimum TLS version.", Controls: []string{"A.8.24"},
		Property: "tls", Seen: "1.0", Wanted: "1.2 or later", Position: "old.go:7",
	}
	if text(got) != text(want) {
		t.Errorf("got  %s\nwant %s", text(got), text(want))
	}
}

// The designed value is the worst over all witnesses, whichever way is worse.
func TestDesignedAtWorst(t *testing.T) {
	result := judge(t, load(t), declare(t, `{"backup.interval": {"every": "1d", "for": "7d"}, "crypto.transit": {"tls": "1.2"}}`),
		store("a", map[string]any{"backup": "wal", "days": 35, "tls": "1.3"}),
		store("b", map[string]any{"backup": "daily", "days": 7, "tls": "1.2"}))
	got := text(result.Promises[0].Designed) + text(result.Promises[1].Designed)
	want := `{"every":{"seconds":86400,"text":"1d"},"for":{"seconds":604800,"text":"7d"}}{"tls":"1.2"}`
	if got != want {
		t.Errorf("designed %s, want %s", got, want)
	}
}

func TestCompareVersions(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1.2", "1.2", 0}, {"1.2", "1.3", -1}, {"1.10", "1.9", 1}, {"1", "1.0", -1}, {"a", "b", -1}, {"1.a", "1.2", 1},
	} {
		if got := compareVersions(test.a, test.b); got != test.want {
			t.Errorf("%s against %s: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestJudgeRefuses(t *testing.T) {
	const transit = `{"crypto.transit": {"tls": "1.2"}}`
	g := load(t)
	later := today.AddDate(1, 0, 0)
	empty := &promises.Declaration{Estate: "test"}
	everything := declare(t, transit, promises.Waiver{Rule: Witnessed, Resource: "*", Expires: later})
	misspelt := declare(t, transit, promises.Waiver{Rule: "crypto/tsl", Resource: "*", Expires: later, Line: 4, Column: 7})
	misspelt.File = "stacks/Pulumi.test.yaml"
	undeclared := declare(t, transit, promises.Waiver{Rule: "backup/points", Resource: "*", Expires: later})
	for name, test := range map[string]struct {
		decl *promises.Declaration
		want string
	}{
		"nothing declared":            {empty, "no promises are declared"},
		"a waiver for an empty house": {everything, "cannot be waived"},
		"a waiver for no rule":        {misspelt, "stacks/Pulumi.test.yaml:4:7: waiver for crypto/tsl: the pack has no such rule"},
		"a waiver for no promise":     {undeclared, "does not declare its promise backup.interval"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.Judge(t.Context(), &inventory.Inventory{}, test.decl, today)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// A rule that goes wrong while it is evaluated is a fault, not a pass.
func TestEvaluationFaults(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"a builtin that fails":    {change(t, tlsRule, "\tlib.known(v)\n", "\tlower(r.props.size) != v\n"), tlsRule + ":26: eval_type_error: lower: operand 1 must be string"},
		"two values of one rule":  {change(t, tlsRule, "_subject contains", "_two := r.urn if some r in input.resources\n\n_subject contains [_two, 1] if _two\n\n_subject contains"), "must not have two values"},
		"a finding without urn":   {change(t, tlsRule, `"urn": r.urn, "designed"`, `"designed"`), "rule crypto/tls: a witness without urn or msg"},
		"a violation without msg": {change(t, tlsRule, `"msg": sprintf("%s accepts TLS %v", [r.name, v]),`, ""), "rule crypto/tls: a violation without urn or msg"},
		"a urn that is no text":   {change(t, tlsRule, `"urn": r.urn, "designed"`, `"urn": 5, "designed"`), "rule crypto/tls: a witness: urn is 5, not a text"},
		"a designed value no map": {change(t, tlsRule, `{"tls": v}`, `v`), "rule crypto/tls: a witness: designed is 1.2, not an object"},
		"a finding no object":     {change(t, tlsRule, `witness contains {"urn": r.urn, "designed": {"tls": v}}`, `witness contains r.urn`), "rule crypto/tls: a witness that is no object"},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := Load(t.Context(), pack(t, test.changes), "pack")
			if err != nil {
				t.Fatal(err)
			}
			inv := &inventory.Inventory{Resources: []inventory.Resource{
				store("good", map[string]any{"tls": "1.2", "size": 5}),
				store("old", map[string]any{"tls": "1.0", "size": 5}),
				store("new", map[string]any{"tls": inventory.Unknown(), "size": "5"}),
			}}
			_, err = g.Judge(t.Context(), inv, declare(t, `{"crypto.transit": {"tls": "1.2"}}`), today)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestJudgeStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := load(t).Judge(ctx, &inventory.Inventory{}, declare(t, `{"crypto.transit": {}}`), today)
	if err == nil {
		t.Error("judged")
	}
}

// Whatever an inventory holds, the gate answers: a verdict or an error, the
// same one every time, and never kept for a store with an old TLS.
func TestAnyInventory(t *testing.T) {
	g := load(t)
	decl := declare(t, `{"crypto.transit": {"tls": "1.2"}, "backup.interval": {"every": "10m", "for": "7d"}}`)
	rapid.Check(t, func(t *rapid.T) {
		resources := rapid.SliceOfN(rapid.Custom(anyResource), 0, 6).Draw(t, "resources")
		inv := &inventory.Inventory{Estate: "x", Resources: resources}
		first, err := g.Judge(context.Background(), inv, decl, today)
		second, again := g.Judge(context.Background(), inv, decl, today)
		if (err == nil) != (again == nil) || (err == nil && text(first) != text(second)) {
			t.Fatalf("two judgements differ: %v %v\n%s\n%s", err, again, text(first), text(second))
		}
		if err != nil {
			return
		}
		for _, r := range resources {
			if r.Type == "test:data:Store" && r.Props["tls"] == "1.0" && first.Verdict != Broken {
				t.Fatalf("%s with an old TLS", first.Verdict)
			}
		}
	})
}

func anyResource(t *rapid.T) inventory.Resource {
	r := inventory.Resource{
		URN:  rapid.OneOf(rapid.StringN(0, 12, 12), rapid.Just("urn:a")).Draw(t, "urn"),
		Type: rapid.SampledFrom([]string{"test:data:Store", "", "pulumi:pulumi:Stack"}).Draw(t, "type"),
		Name: rapid.String().Draw(t, "name"),
		ID:   rapid.SampledFrom([]string{"", "/", "/subscriptions/x/resourceGroups/y/providers/a/b/c/d/e", "☃"}).Draw(t, "id"),
	}
	if rapid.Bool().Draw(t, "props") {
		r.Props = map[string]any{}
		for _, key := range []string{"tls", "backup", "days"} {
			r.Props[key] = anyValue(t, 3)
		}
	}
	r.PropertyDependsOn = map[string][]string{"tls": {"urn:a", ""}}
	return r
}

func anyValue(t *rapid.T, depth int) any {
	kinds := []string{"null", "bool", "number", "text", "tls", "unknown", "secret", "list", "map"}
	if depth == 0 {
		kinds = kinds[:7]
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "bool":
		return rapid.Bool().Draw(t, "bool")
	case "number":
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "number")
	case "text":
		return rapid.String().Draw(t, "text")
	case "tls":
		return rapid.SampledFrom([]string{"1.0", "1.2", "wal", "daily"}).Draw(t, "known")
	case "unknown":
		return inventory.Unknown()
	case "secret":
		return inventory.Secret()
	case "list":
		return []any{anyValue(t, depth-1), anyValue(t, depth-1)}
	case "map":
		return map[string]any{"tls": anyValue(t, depth-1), "$unknown": anyValue(t, depth-1)}
	default:
		return nil
	}
}

func TestWorst(t *testing.T) {
	for _, test := range []struct {
		parts []Verdict
		want  Verdict
	}{
		{nil, Undetermined},
		{[]Verdict{NotJudged}, Undetermined},
		{[]Verdict{NotJudged, Kept}, Kept},
		{[]Verdict{Kept, Waived}, Waived},
		{[]Verdict{Attested, Overdue}, Overdue},
		{[]Verdict{Undetermined, Broken, Kept}, Broken},
	} {
		if got := Worst(test.parts...); got != test.want {
			t.Errorf("Worst(%v) = %s, want %s", test.parts, got, test.want)
		}
	}
}
