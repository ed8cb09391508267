package variants

import (
	"context"
	"testing"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
)

// ledger-fi keeps what it promises, and each variant is refused by the right rule.
func TestLedgerFi(t *testing.T) {
	d, err := Declaration("ledger-fi")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	sound := judge(t, g, d, Variant{Name: "sound"})
	for _, p := range sound.Promises {
		for _, v := range p.Violations {
			t.Errorf("%s %s %s: %s", p.ID, v.Rule, v.URN, v.Message)
		}
		for _, f := range p.Undetermined {
			t.Errorf("%s %s %s undetermined: %s", p.ID, f.Rule, f.URN, f.Message)
		}
	}
	for _, v := range LedgerFi() {
		t.Run(v.String(), func(t *testing.T) {
			if ok, rules := violates(judge(t, g, d, v), v.Promise, v.Rule); !ok {
				t.Errorf("%s does not refuse it; the rules that break %s: %v", v.Rule, v.Promise, rules)
			}
		})
	}
}

// What validation-eu promises of updates is kept, and each variant of it refused.
func TestPatching(t *testing.T) {
	d, err := Declaration("validation-eu")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range judge(t, g, d, Variant{Name: "sound"}).Promises {
		if p.ID == "assurance.patching" && p.Verdict != gate.Kept {
			t.Errorf("%s is %s: %+v", p.ID, p.Verdict, p.Violations)
		}
	}
	for _, v := range Patching() {
		t.Run(v.String(), func(t *testing.T) {
			if ok, rules := violates(judge(t, g, d, v), v.Promise, v.Rule); !ok {
				t.Errorf("%s does not refuse it; the rules that break %s: %v", v.Rule, v.Promise, rules)
			}
		})
	}
}
