package variants

import (
	"context"
	"maps"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
)

// The estate that keeps its data apart is kept as it is, with either means, and
// each variant is refused for the right rule.
func TestBenchmarkSE(t *testing.T) {
	for means, list := range map[string][]Variant{"sql": BenchmarkSE(), "postgres": BenchmarkSEOnPostgres()} {
		t.Run(means, func(t *testing.T) { keptApart(t, means, list) })
	}
}

func keptApart(t *testing.T, means string, list []Variant) {
	t.Helper()
	d, err := Declaration("benchmark-se")
	if err != nil {
		t.Fatal(err)
	}
	d.Means = maps.Clone(d.Means)
	d.Means["database"] = means
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Plan(context.Background(), d, Sound(d))
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Judge(context.Background(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range result.Promises {
		for _, v := range p.Violations {
			t.Errorf("%s %s %s: %s", p.ID, v.Rule, v.URN, v.Message)
		}
		for _, f := range p.Undetermined {
			t.Errorf("%s %s %s undetermined: %s", p.ID, f.Rule, f.URN, f.Message)
		}
	}
	if result.Verdict != gate.Kept {
		t.Errorf("verdict %s", result.Verdict)
	}
	for _, v := range list {
		t.Run(v.String(), func(t *testing.T) {
			if ok, rules := violates(judge(t, g, d, v), v.Promise, v.Rule); !ok {
				t.Errorf("%s does not refuse it; the rules that break %s: %v", v.Rule, v.Promise, rules)
			}
		})
	}
}
