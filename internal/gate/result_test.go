package gate

import (
	"testing"

	"github.com/tillit-dev/tillit/promises"
)

func TestMeasure(t *testing.T) {
	seconds := func(s float64) map[string]any { return map[string]any{"seconds": s} }
	result := func() *Result {
		return &Result{Verdict: Kept, Promises: []Promise{
			{ID: "backup.interval", Verdict: Kept},
			{ID: "backup.tested", Verdict: NotJudged, By: []string{"drill"}},
			{ID: "continuity.plan", Verdict: NotJudged, By: []string{"drill", "attestation"}},
		}}
	}
	for name, c := range map[string]struct {
		id      promises.ID
		values  []map[string]any
		kept    []bool
		verdict Verdict // of the promise
		estate  Verdict
		every   float64
	}{
		"a design is kept in fact":          {"backup.interval", []map[string]any{{"every": seconds(3)}}, []bool{true}, Kept, Kept, 3},
		"what is worse counts":              {"backup.interval", []map[string]any{{"every": seconds(9)}, {"every": seconds(3)}}, []bool{true, true}, Kept, Kept, 9},
		"a drill breaks what a design says": {"backup.interval", []map[string]any{{"every": seconds(3)}, {}}, []bool{false, true}, Broken, Broken, 3},
		"a drill keeps what only it shows":  {"backup.tested", []map[string]any{{"every": seconds(1)}}, []bool{true}, Kept, Kept, 1},
		"people have a word in it":          {"continuity.plan", []map[string]any{{"every": seconds(1)}}, []bool{true}, NotJudged, Kept, 1},
		"a drill says no to it all the same": {"continuity.plan", []map[string]any{{"every": seconds(1)}}, []bool{false},
			Broken, Broken, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := result()
			for i, values := range c.values {
				r.Measure(c.id, values, c.kept[i])
			}
			for _, p := range r.Promises {
				switch every, _ := p.Measured["every"].(map[string]any); {
				case p.ID != c.id && p.Measured != nil:
					t.Errorf("%s was measured too", p.ID)
				case p.ID == c.id && (p.Verdict != c.verdict || every["seconds"] != c.every):
					t.Errorf("%s is %s, measured %v", p.ID, p.Verdict, p.Measured)
				}
			}
			if r.Verdict != c.estate {
				t.Errorf("the estate is %s, want %s", r.Verdict, c.estate)
			}
		})
	}
	r := result()
	if r.Measure("perimeter.waf", nil, false); r.Verdict != Kept {
		t.Error("a promise that is not declared was measured")
	}
}
