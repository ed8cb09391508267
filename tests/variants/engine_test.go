package variants

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

// start brings up a rehearsal of ledger-no, with the gate inside the engine when
// it is given a policy pack.
func start(t *testing.T, pack string) *rehearsal.Rehearsal {
	t.Helper()
	r, err := rehearsal.Start(context.Background(), rehearsal.Options{
		Estate: "ledger-no", StackFile: promises.Path(filepath.Join(Root(), "stacks"), "ledger-no"),
		Root: Root(), PolicyPack: pack,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// inEngine lists what the engine's gate found mandatory, as rule and URN. A
// finding about the whole estate is put on the stack by the engine.
func inEngine(result rehearsal.Result) []string {
	var list []string
	for _, f := range result.Findings {
		if f.Enforcement != string(apitype.Mandatory) {
			continue
		}
		if strings.Contains(f.URN, "pulumi:pulumi:Stack::") {
			f.URN = ""
		}
		list = append(list, f.Rule+" "+f.URN)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// inCheck lists the violations of a check in the same form.
func inCheck(result *gate.Result) []string {
	var list []string
	for _, p := range result.Promises {
		for _, v := range p.Violations {
			list = append(list, v.Rule+" "+v.URN)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// The check refuses each variant for the right rule. The engine refuses it at
// preview, for the same rules and resources, and nothing is made in Azure.
func TestEveryVariantIsRefused(t *testing.T) {
	d, err := Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	list := LedgerNo()
	// Two engines side by side, for two cores.
	const engines = 2
	for i := range engines {
		t.Run("engine", func(t *testing.T) {
			t.Parallel()
			r := start(t, filepath.Join(Root(), "policies"))
			for j := i; j < len(list); j += engines {
				v := list[j]
				t.Run(v.String(), func(t *testing.T) {
					found := inEngine(refused(t, r, v.Program(d)))
					result := judge(t, g, d, v)
					if ok, rules := violates(result, v.Promise, v.Rule); !ok {
						t.Errorf("%s does not refuse it; the rules that break %s: %v", v.Rule, v.Promise, rules)
					}
					if want := inCheck(result); !slices.Equal(found, want) {
						t.Errorf("the engine's gate finds\n%s\nthe check finds\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
					}
				})
			}
		})
	}
}

func TestEngineRefusesAnEmptyEstate(t *testing.T) {
	refused(t, start(t, filepath.Join(Root(), "policies")), func(*pulumi.Context) error { return nil })
}

// refused previews a program and wants the gate to stop it before anything is
// made.
func refused(t *testing.T, r *rehearsal.Rehearsal, program pulumi.RunFunc) rehearsal.Result {
	t.Helper()
	result, err := r.Preview(context.Background(), program)
	if !errors.Is(err, rehearsal.ErrRefused) {
		t.Fatalf("preview: %v, want it refused\n%s", err, result.Log)
	}
	if made := r.Resources(); len(made) > 0 {
		t.Fatalf("%d resources were made, such as %s", len(made), made[0])
	}
	return result
}
