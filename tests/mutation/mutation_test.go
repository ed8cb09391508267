package mutation

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/tests/variants"
)

var (
	which   = flag.String("mutants", "sample", "which mutants to judge: a sample, one of all kinds, or all")
	listing = flag.String("listing", "", "write the survivors to this file")
)

// wanted is the share of all mutants that the gate must catch.
const wanted = 0.98

// samples are how many mutants of an estate are judged.
var samples = map[string]int{"sample": 16, "kinds": 1 << 30, "all": 0}

// richest is the estate that promises most. What nobody promised in another one is
// judged in its place on the richest one's promises, with the other's means, and on
// those of all the rest.
const richest = "ledger-no"

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

// shipped are the declarations of every estate that comes with the project, and
// of one that is unlike them where they are alike.
func shipped(t *testing.T) []*promises.Declaration {
	t.Helper()
	stacks := filepath.Join(variants.Root(), "stacks")
	var files []string
	for _, dir := range []string{stacks, filepath.Join(stacks, "testdata")} {
		found, err := filepath.Glob(promises.Path(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var list []*promises.Declaration
	for _, file := range files {
		list = append(list, load(t, file))
	}
	return list
}

func TestMutantsAreCaught(t *testing.T) {
	most, known := samples[*which]
	if !known {
		t.Fatalf("-mutants %s is none of sample, kinds, all", *which)
	}
	g, err := gate.Load(context.Background(), os.DirFS(filepath.Join(variants.Root(), "policies")), "policies")
	if err != nil {
		t.Fatal(err)
	}
	explained, err := ReadHarmless("harmless.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var estates []*Estate
	for _, d := range shipped(t) {
		estates = append(estates, prepare(t, g, d))
	}
	references := map[string]*Estate{}
	for _, means := range []string{"postgres", "sql"} {
		d := load(t, promises.Path(filepath.Join(variants.Root(), "stacks"), richest))
		d.Means = maps.Clone(d.Means)
		d.Means["database"] = means
		references[means] = prepare(t, g, d)
	}
	killed := map[string]int{}
	var survivors []string
	for _, e := range estates {
		d := e.declaration
		others := slices.DeleteFunc(slices.Clone(estates), func(other *Estate) bool { return other == e })
		started := clock.Now()
		tally, err := Run(context.Background(), e, append(others, references[d.Means["database"]]), explained, most)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s, in %s", tally, clock.Since(started).Round(1e9))
		for rule, n := range tally.Killers {
			killed[rule] += n
		}
		survivors = append(survivors, listed(tally)...)
		for _, m := range tally.Unexplained() {
			t.Errorf("%s: the gate lets through %s", d.Estate, m)
		}
		if *which == "all" {
			report(t, tally)
			if tally.Score() < wanted {
				t.Errorf("%s: %.2f %% of the mutants are caught, want %.0f %%", d.Estate, 100*tally.Score(), 100*wanted)
			}
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
		if killed[rule.ID] == 0 && !catches(t, g, rule.ID) {
			t.Errorf("the rule %s catches no mutant", rule.ID)
		}
	}
	for _, h := range explained.Unused() {
		t.Errorf("harmless.yaml explains what there is none of: %v %v %v", h.Types, h.Properties, h.Operators)
	}
}

// catches tells whether a rule about what no estate has, such as machines, catches
// a mutant of its own good example.
func catches(t *testing.T, g *gate.Gate, id string) bool {
	t.Helper()
	book, err := explain.Open(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	rule, err := book.Rule(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(policies.Files, "examples/"+id+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var example struct {
		Promises map[string]map[string]any `yaml:"promises"`
	}
	if err := yaml.Unmarshal(text, &example); err != nil {
		t.Fatal(err)
	}
	promised, err := json.Marshal(example.Promises)
	if err != nil {
		t.Fatal(err)
	}
	d, err := promises.FromConfig("example", map[string]string{"tillit:promises": string(promised)})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(context.Background(), g, rule.Good.Inventory, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := e.judge(context.Background(), Mutants(e.inventory))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, o := range outcomes {
		if slices.ContainsFunc(o.killers, func(k Killer) bool { return k.Rule == id }) {
			n++
		}
	}
	t.Logf("%s, about what no estate has, catches %d of %d mutants of its good example", id, n, len(outcomes))
	return n > 0
}

// listed is a line for each mutant that gets through.
func listed(tally *Tally) []string {
	var lines []string
	for _, s := range slices.Concat(tally.Survivors, tally.Elsewhere) {
		why := "not promised here, and caught where it is"
		switch {
		case s.Because != nil:
			why = s.Because.Reason
		case slices.ContainsFunc(tally.Survivors, func(other Survivor) bool { return other.String() == s.String() }):
			why = "UNEXPLAINED"
		}
		lines = append(lines, strings.Join([]string{tally.Estate, s.String(), strings.TrimSpace(why)}, "\t"))
	}
	return lines
}

// report says why which mutants were not made, and lists those that get through.
func report(t *testing.T, tally *Tally) {
	t.Helper()
	left := slices.SortedFunc(maps.Keys(tally.Left), func(a, b *Harmless) int {
		return cmp.Or(-cmp.Compare(tally.Left[a], tally.Left[b]), cmp.Compare(a.Reason, b.Reason))
	})
	for _, h := range left {
		t.Logf("%s: %d left alone: %s", tally.Estate, tally.Left[h], strings.TrimSpace(h.Reason))
	}
	for _, line := range listed(tally) {
		t.Log("gets through: " + strings.ReplaceAll(line, "\t", ": "))
	}
}
