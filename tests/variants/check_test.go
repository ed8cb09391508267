package variants

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

func load(t *testing.T) *gate.Gate {
	t.Helper()
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// judged are the results by estate and variant. What the engine is shown has often
// been judged by the check before.
var judged sync.Map

func judge(t *testing.T, g *gate.Gate, d *promises.Declaration, v Variant) *gate.Result {
	t.Helper()
	key := d.Estate + " " + d.Means["database"] + " " + v.String()
	if result, ok := judged.Load(key); ok {
		return result.(*gate.Result)
	}
	inv, err := Plan(context.Background(), d, v.Program(d))
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Judge(context.Background(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	judged.Store(key, result)
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

// mustRefuse wants a variant refused for the right rule.
func mustRefuse(t *testing.T, result *gate.Result, v Variant) {
	t.Helper()
	if ok, rules := violates(result, v.Promise, v.Rule); !ok {
		t.Errorf("%s does not refuse it; the rules that break %s: %v", v.Rule, v.Promise, rules)
	}
}

// mustKeep wants an estate without a finding.
func mustKeep(t *testing.T, result *gate.Result) {
	t.Helper()
	if result.Verdict == gate.Kept {
		return
	}
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

// Every estate is kept as it is declared, with either means, and every broken
// variant of it is refused for the right rule. With the other means only what
// that means is about is judged again.
func TestCheckRefusesEveryVariant(t *testing.T) {
	g := load(t)
	for _, e := range estates(t) {
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			mustKeep(t, judge(t, g, e.Declaration, Variant{Name: "sound"}))
			for _, v := range For(e.Declaration) {
				if e.swapped && v.Means == "" {
					continue
				}
				t.Run(v.String(), func(t *testing.T) { mustRefuse(t, judge(t, g, e.Declaration, v), v) })
			}
		})
	}
}

// Every gated promise of every estate is broken in each of the three ways.
func TestVariantsCoverEveryGatedPromise(t *testing.T) {
	for _, e := range estates(t) {
		seen := map[promises.ID]map[Kind]int{}
		names := map[string]bool{}
		for _, v := range For(e.Declaration) {
			if seen[v.Promise] == nil {
				seen[v.Promise] = map[Kind]int{}
			}
			seen[v.Promise][v.Kind]++
			if names[v.String()] {
				t.Errorf("%s: there are two of %s", e, v)
			}
			names[v.String()] = true
		}
		for id := range e.Promises {
			if entry, _ := promises.Lookup(id); !entry.Gated {
				continue
			}
			for _, kind := range []Kind{Missing, Weakened, Bypassed} {
				if seen[id][kind] == 0 {
					t.Errorf("%s: %s has no %s variant", e, id, kind)
				}
			}
		}
	}
}

// Every rule about what the estates have refuses a variant.
func TestVariantsCoverEveryRule(t *testing.T) {
	refused := map[string]bool{}
	for _, e := range estates(t) {
		for _, v := range For(e.Declaration) {
			refused[v.Rule] = true
		}
	}
	for _, rule := range load(t).Rules() {
		if !refused[rule.ID] && !slices.Contains(ofMachines, rule.ID) {
			t.Errorf("no variant is refused by %s", rule.ID)
		}
	}
}

// ofMachines are the rules about machines and disks, which no estate has.
var ofMachines = strings.Fields("backup/machine-copies backup/machine-points crypto/disk-keys perimeter/disks-are-private")
