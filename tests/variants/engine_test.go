package variants

import (
	"cmp"
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
	"github.com/tillit-dev/tillit/promises"
)

// start brings up a rehearsal of an estate, with the gate inside the engine when
// it is given a policy pack.
func start(t *testing.T, d *promises.Declaration, pack string) *rehearsal.Rehearsal {
	t.Helper()
	r, err := rehearsal.Start(context.Background(), rehearsal.Options{
		Estate: d.Estate, StackFile: d.File, Root: Root(), PolicyPack: pack,
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

// sampled picks what the engine is shown: for each kind of database one variant
// of each promise, of the estate that has been given fewest. The kinds take turns.
func sampled(list []estate) map[string][]Variant {
	picked := map[string][]Variant{}
	kinds := []Kind{Missing, Weakened, Bypassed}
	turn := 0
	for _, means := range []string{"postgres", "sql"} {
		for _, promise := range promises.Catalogue() {
			var those []estate
			for _, e := range list {
				if e.Means["database"] == means && e.Has(promise.ID) {
					those = append(those, e)
				}
			}
			if !promise.Gated || len(those) == 0 {
				continue
			}
			least := slices.MinFunc(those, func(a, b estate) int { return cmp.Compare(len(picked[a.String()]), len(picked[b.String()])) })
			ways := slices.DeleteFunc(Of(kinds[turn%len(kinds)], For(least.Declaration)), func(v Variant) bool { return v.Promise != promise.ID })
			turn++
			// What is about the means says more than what is about any.
			slices.SortStableFunc(ways, func(a, b Variant) int { return -cmp.Compare(a.Means, b.Means) })
			picked[least.String()] = append(picked[least.String()], ways[0])
		}
	}
	return picked
}

// The engine refuses a variant of each promise at preview, for the same rules and
// resources as the check, and nothing is made in Azure. It finds the same as the
// check when an estate is broken in every way at once.
func TestEngineRefusesVariants(t *testing.T) {
	g := load(t)
	list := estates(t)
	sample := sampled(list)
	for _, e := range list {
		variants := sample[e.String()]
		if !e.swapped {
			all := For(e.Declaration)
			variants = append(variants, Combined("at once", slices.Concat(Of(Weakened, all), Of(Bypassed, all))))
		}
		if len(variants) == 0 {
			continue
		}
		t.Run(e.String(), func(t *testing.T) {
			t.Parallel()
			r := start(t, e.Declaration, filepath.Join(Root(), "policies"))
			for _, v := range variants {
				t.Run(v.String(), func(t *testing.T) {
					found := inEngine(refused(t, r, v.Program(e.Declaration)))
					result := judge(t, g, e.Declaration, v)
					if v.Promise != "" {
						mustRefuse(t, result, v)
					}
					if want := inCheck(result); !slices.Equal(found, want) {
						t.Errorf("the engine's gate finds\n%s\nthe check finds\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
					}
				})
			}
		})
	}
}

// The engine is shown each gated promise of each estate's, for each kind of
// database, and something of every estate.
func TestEngineIsShownEveryPromise(t *testing.T) {
	list := estates(t)
	sample := sampled(list)
	shown, owed := map[string]bool{}, map[string]bool{}
	for _, e := range list {
		if len(sample[e.String()]) == 0 {
			t.Errorf("the engine is shown nothing of %s", e)
		}
		for _, v := range sample[e.String()] {
			shown[e.Means["database"]+" "+string(v.Promise)] = true
		}
		for id := range e.Promises {
			if entry, _ := promises.Lookup(id); entry.Gated {
				owed[e.Means["database"]+" "+string(id)] = true
			}
		}
	}
	for promise := range owed {
		if !shown[promise] {
			t.Errorf("the engine is not shown %s", promise)
		}
	}
}

func TestEngineRefusesAnEmptyEstate(t *testing.T) {
	d, err := Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	refused(t, start(t, d, filepath.Join(Root(), "policies")), func(*pulumi.Context) error { return nil })
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
