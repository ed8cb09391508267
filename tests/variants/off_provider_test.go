package variants

import (
	"context"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

// The estates that promise daily backups or a copy at another provider are kept as
// they ship, and each of their variants is refused.
func TestCopiesOfOtherEstates(t *testing.T) {
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	for estate, list := range map[string][]Variant{
		"benchmark-se": Daily(),
		"documents-fi": OffProvider(),
		"ledger-fi":    Daily(),
	} {
		t.Run(estate, func(t *testing.T) {
			d, err := Declaration(estate)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("sound", func(t *testing.T) { kept(t, g, d) })
			for _, v := range list {
				t.Run(v.String(), func(t *testing.T) {
					if ok, rules := violates(judge(t, g, d, v), v.Promise, v.Rule); !ok {
						t.Errorf("%s does not refuse it; the rules that break %s: %v", v.Rule, v.Promise, rules)
					}
				})
			}
		})
	}
}

// kept wants an estate without a finding on its backups.
func kept(t *testing.T, g *gate.Gate, d *promises.Declaration) {
	t.Helper()
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
}
