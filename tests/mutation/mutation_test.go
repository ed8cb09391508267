package mutation

import (
	"cmp"
	"context"
	"flag"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/tests/variants"
)

var (
	which   = flag.String("mutants", "sample", "which mutants to judge: a sample, one of all kinds, or all")
	listing = flag.String("listing", "", "write the survivors to this file")
)

// wanted is the share of all mutants that the gate must catch.
const wanted = 0.98

// sample is how many mutants of an estate are judged in a sample.
const sample = 70

func load(t *testing.T, file string) *promises.Declaration {
	t.Helper()
	d, err := promises.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func prepare(t *testing.T, g *gate.Gate, d *promises.Declaration) *Estate {
	t.Helper()
	inv, err := variants.Plan(context.Background(), d, variants.Sound(d))
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(context.Background(), g, inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// outcome is what became of a mutant.
type outcome struct {
	Mutant
	killers []Killer
}

// judge kills what it can, on every core.
func judge(t *testing.T, e *Estate, mutants []Mutant) []outcome {
	t.Helper()
	outcomes := make([]outcome, len(mutants))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				killers, err := e.Kill(context.Background(), mutants[i])
				if err != nil {
					t.Error(err)
				}
				outcomes[i] = outcome{mutants[i], killers}
			}
		})
	}
	for i := range mutants {
		next <- i
	}
	close(next)
	workers.Wait()
	return outcomes
}

// chosen is a sample that is the same in every run, of as many kinds of mutants
// as it has room for.
func chosen(mutants []Mutant, most int) []Mutant {
	hash := func(s string) uint64 {
		h := fnv.New64a()
		h.Write([]byte(s))
		return h.Sum64()
	}
	kinds := map[string]Mutant{}
	for _, m := range mutants {
		if other, there := kinds[m.kind()]; !there || hash(m.String()) < hash(other.String()) {
			kinds[m.kind()] = m
		}
	}
	list := slices.SortedFunc(maps.Values(kinds), func(a, b Mutant) int {
		return cmp.Compare(hash(a.String()), hash(b.String()))
	})
	return list[:min(most, len(list))]
}

func TestMutantsAreCaught(t *testing.T) {
	g, err := gate.Load(context.Background(), os.DirFS(filepath.Join(variants.Root(), "policies")), "policies")
	if err != nil {
		t.Fatal(err)
	}
	explained, err := ReadHarmless("harmless.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stacks := filepath.Join(variants.Root(), "stacks")
	ledger := load(t, promises.Path(stacks, "ledger-no"))
	onSQL := load(t, promises.Path(stacks, "ledger-no"))
	onSQL.Means = map[string]string{"database": "sql"}
	links := load(t, promises.Path(filepath.Join(stacks, "testdata"), "links-nl"))

	// What nobody promised in links-nl is judged in its place on ledger-no's
	// promises with the same means.
	reference := prepare(t, g, onSQL)
	killed := map[string]int{}
	var survivors []string
	for _, run := range []struct {
		estate    *Estate
		reference *Estate
	}{
		{prepare(t, g, ledger), nil},
		{prepare(t, g, links), reference},
	} {
		name := run.estate.declaration.Estate
		mutants := Mutants(run.estate.inventory, explained.Left)
		total := len(mutants)
		switch *which {
		case "sample":
			mutants = chosen(mutants, sample)
		case "kinds":
			mutants = chosen(mutants, total)
		}
		outcomes := judge(t, run.estate, mutants)
		caught, elsewhere := 0, 0
		var through []outcome
		for _, o := range outcomes {
			for _, k := range o.killers {
				killed[k.Rule]++
			}
			if len(o.killers) > 0 {
				caught++
			} else {
				through = append(through, o)
			}
		}
		if run.reference != nil {
			through, elsewhere = unpromised(t, run.estate, run.reference, explained, through)
		}
		for _, o := range through {
			survivors = append(survivors, name+"\t"+o.kind()+"\t"+o.String())
			if !explained.Accepts(o.Mutant) {
				t.Errorf("%s: the gate lets through %s", name, o)
			}
		}
		counted := len(outcomes) - elsewhere
		score := float64(caught) / float64(counted)
		t.Logf("%s: %d of %d mutants caught (%.2f %%), %d about nothing it promises, %d generated", name, caught, counted, 100*score, elsewhere, total)
		if *which == "all" && score < wanted {
			t.Errorf("%s: %.2f %% of the mutants are caught, want %.0f %%", name, 100*score, 100*wanted)
		}
	}
	if *listing != "" {
		if err := os.WriteFile(*listing, []byte(strings.Join(survivors, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if *which != "all" {
		return
	}
	for _, rule := range g.Rules() {
		if killed[rule.ID] == 0 {
			t.Errorf("the rule %s catches no mutant", rule.ID)
		}
	}
	for _, h := range explained.Unused() {
		t.Errorf("harmless.yaml explains what there is none of: %v %v %v", h.Types, h.Properties, h.Operators)
	}
}

// unpromised sorts out the mutants that only break promises which the estate
// does not make: the same kind of change to the reference, which makes them, is
// caught for those alone.
func unpromised(t *testing.T, e, reference *Estate, explained Explained, through []outcome) (rest []outcome, n int) {
	t.Helper()
	twins := map[string][]Mutant{}
	for _, m := range Mutants(reference.inventory, explained.Left) {
		twins[m.kind()] = append(twins[m.kind()], m)
	}
	known := map[string]bool{}
	for _, o := range through {
		kind := o.kind()
		if _, judged := known[kind]; !judged {
			list := twins[kind]
			for _, twin := range judge(t, reference, list[:min(3, len(list))]) {
				if len(twin.killers) > 0 && !slices.ContainsFunc(twin.killers, func(k Killer) bool {
					_, declared := e.declaration.Promises[k.Promise]
					return declared
				}) {
					known[kind] = true
				}
			}
		}
		if known[kind] {
			n++
		} else {
			known[kind] = false
			rest = append(rest, o)
		}
	}
	return rest, n
}
