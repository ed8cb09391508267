package mutation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Tally is what became of an estate's mutants.
type Tally struct {
	Estate    string
	Generated int               // all that the operators make
	Left      map[*Harmless]int // those not made, since harmless.yaml says why they break nothing
	Made      int               // those made and judged; in a sample not all that remain
	Caught    int
	Elsewhere []Survivor     // those about what the estate does not promise, which are caught where it is promised
	Survivors []Survivor     // the rest
	Killers   map[string]int // the mutants caught by each rule
}

// Survivor is a mutant that the gate lets through, and the entry that explains it;
// nil when none does.
type Survivor struct {
	Mutant
	Because *Harmless
}

// Score is the share of the mutants that could break a promise of the estate and
// are caught.
func (t *Tally) Score() float64 {
	counted := t.Made - len(t.Elsewhere)
	if counted == 0 {
		return 0
	}
	return float64(t.Caught) / float64(counted)
}

// String is the tally in a line.
func (t *Tally) String() string {
	left := 0
	for _, n := range t.Left {
		left += n
	}
	return fmt.Sprintf("%s: %d mutants generated, %d left alone with a reason; of %d made %d caught, %d about what it does not promise, %d survive: %.2f %%",
		t.Estate, t.Generated, left, t.Made, t.Caught, len(t.Elsewhere), len(t.Survivors), 100*t.Score())
}

// Unexplained are the survivors that no entry explains.
func (t *Tally) Unexplained() []Mutant {
	var list []Mutant
	for _, s := range t.Survivors {
		if s.Because == nil {
			list = append(list, s.Mutant)
		}
	}
	return list
}

// Run makes mutants of an estate and judges them: at most a number of them, of as
// many kinds as there is room for, or all when it is zero. The references are estates
// that make other promises; with them a mutant that only breaks what the estate does
// not promise is told from one that gets through.
func Run(ctx context.Context, e *Estate, references []*Estate, explained Explained, most int) (*Tally, error) {
	t := &Tally{Estate: e.declaration.Estate, Left: map[*Harmless]int{}, Killers: map[string]int{}}
	all := Mutants(e.inventory)
	t.Generated = len(all)
	mutants := slices.DeleteFunc(all, func(m Mutant) bool {
		left := explained.Left(e.declaration, m)
		if left != nil {
			t.Left[left]++
		}
		return left != nil
	})
	if most > 0 {
		mutants = chosen(mutants, most)
	}
	t.Made = len(mutants)
	outcomes, err := e.judge(ctx, mutants)
	if err != nil {
		return nil, err
	}
	var through []Mutant
	for _, o := range outcomes {
		for _, k := range o.killers {
			t.Killers[k.Rule]++
		}
		if len(o.killers) > 0 {
			t.Caught++
		} else {
			through = append(through, o.Mutant)
		}
	}
	elsewhere, err := e.unpromised(ctx, references, explained, through)
	if err != nil {
		return nil, err
	}
	for _, m := range through {
		s := Survivor{m, explained.Accepts(e.declaration, m)}
		if s.Because == nil && elsewhere[m.kind()] {
			t.Elsewhere = append(t.Elsewhere, s)
		} else {
			t.Survivors = append(t.Survivors, s)
		}
	}
	return t, nil
}

// outcome is what became of a mutant.
type outcome struct {
	Mutant
	killers []Killer
}

// judge kills what it can, on every core.
func (e *Estate) judge(ctx context.Context, mutants []Mutant) ([]outcome, error) {
	outcomes, faults := make([]outcome, len(mutants)), make([]error, len(mutants))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				killers, err := e.Kill(ctx, mutants[i])
				outcomes[i], faults[i] = outcome{mutants[i], killers}, err
			}
		})
	}
	for i := range mutants {
		next <- i
	}
	close(next)
	workers.Wait()
	return outcomes, errors.Join(faults...)
}

// twins is how many mutants of a kind are made of the reference.
const twins = 3

// unpromised is the kinds of mutants that only break promises which the estate
// does not make: the same kind of change to an estate that makes them is caught for
// those alone.
func (e *Estate) unpromised(ctx context.Context, references []*Estate, explained Explained, through []Mutant) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, m := range through {
		if explained.Accepts(e.declaration, m) == nil {
			wanted[m.kind()] = true
		}
	}
	kinds := map[string]bool{}
	for _, reference := range references {
		made := map[string]int{}
		mutants := slices.DeleteFunc(Mutants(reference.inventory), func(m Mutant) bool {
			if !wanted[m.kind()] || kinds[m.kind()] || explained.Left(reference.declaration, m) != nil {
				return true
			}
			made[m.kind()]++
			return made[m.kind()] > twins
		})
		outcomes, err := reference.judge(ctx, mutants)
		if err != nil {
			return nil, err
		}
		for _, o := range outcomes {
			if len(o.killers) > 0 && !slices.ContainsFunc(o.killers, func(k Killer) bool { return e.declaration.Has(k.Promise) }) {
				kinds[o.kind()] = true
			}
		}
	}
	return kinds, nil
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
		return cmp.Or(cmp.Compare(hash(a.String()), hash(b.String())), strings.Compare(a.String(), b.String()))
	})
	return list[:min(most, len(list))]
}
