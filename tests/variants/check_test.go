package variants

import (
	"context"
	"slices"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

func judge(t *testing.T, g *gate.Gate, d *promises.Declaration, v Variant) *gate.Result {
	t.Helper()
	inv, err := Plan(context.Background(), d, v.Program(d))
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Judge(context.Background(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// violates reports whether the promise is broken and the rule is among those
// that say so.
func violates(result *gate.Result, id promises.ID, rule string) (broken bool, rules []string) {
	for _, p := range result.Promises {
		if p.ID != id {
			continue
		}
		for _, v := range p.Violations {
			if !slices.Contains(rules, v.Rule) {
				rules = append(rules, v.Rule)
			}
		}
		return p.Verdict == gate.Broken && slices.Contains(rules, rule), rules
	}
	return false, nil
}

func TestSoundEstateIsKept(t *testing.T) {
	d, err := Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Plan(context.Background(), d, Sound(d))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(inv.Resources); n < 150 {
		t.Errorf("%d resources, want at least 150", n)
	}
	result, err := g.Judge(context.Background(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if result.Verdict != gate.Kept {
		for _, p := range result.Promises {
			for _, v := range p.Violations {
				t.Errorf("%s %s %s: %s", p.ID, v.Rule, v.URN, v.Message)
			}
			for _, f := range p.Undetermined {
				t.Errorf("%s %s %s undetermined: %s", p.ID, f.Rule, f.URN, f.Message)
			}
		}
		t.Fatalf("verdict %s", result.Verdict)
	}
}

// Every gated promise of the estate must be broken in each of the three ways.
func TestVariantsCoverEveryGatedPromise(t *testing.T) {
	d, err := Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[promises.ID]map[Kind]int{}
	for _, v := range LedgerNo() {
		if seen[v.Promise] == nil {
			seen[v.Promise] = map[Kind]int{}
		}
		seen[v.Promise][v.Kind]++
	}
	for id := range d.Promises {
		entry, _ := promises.Lookup(id)
		if !entry.Gated {
			continue
		}
		for _, kind := range []Kind{Missing, Weakened, Bypassed} {
			if seen[id][kind] == 0 {
				t.Errorf("%s has no %s variant", id, kind)
			}
		}
	}
}
