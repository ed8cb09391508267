package gate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// findings is what the rules say, before waivers and verdicts. It is what
// data.tillit.report says to those who have only opa.
type findings struct {
	violations   []finding
	witnesses    []finding
	undetermined []finding
}

// finding is one element of a rule's sets. Which fields are set depends on the
// set.
type finding struct {
	Rule     string         `json:"rule"`
	Promise  string         `json:"promise"` // of promise/witnessed only
	URN      string         `json:"urn"`
	Msg      string         `json:"msg"`
	Property string         `json:"property"`
	Seen     any            `json:"seen"`
	Wanted   any            `json:"wanted"`
	Designed map[string]any `json:"designed"`
}

// sets are the names of a rule's sets.
var sets = []string{"violation", "witness", "undetermined"}

func (f *findings) of(set string) *[]finding {
	switch set {
	case "violation":
		return &f.violations
	case "witness":
		return &f.witnesses
	default:
		return &f.undetermined
	}
}

// asked is one set of one rule.
type asked struct {
	Rule string `json:"rule"`
	Set  string `json:"set"`
	Name string `json:"name"` // in the program: data.tillit.rules.group.rule.set
}

// evaluate asks the rules of the promised promises about an inventory, by the
// means that are declared. The other rules would have nothing to say.
func (g *Gate) evaluate(ctx context.Context, inv *inventory.Inventory, promised map[string]any, means map[string]string) (*findings, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("evaluate the rules: %w", err)
	}
	d, err := newDocument(inv, promised, means)
	if err != nil {
		return nil, fmt.Errorf("read the inventory: %w", err)
	}
	var known map[string]ast.Value
	if g.own {
		known = d.indexes(inv)
	}
	d.terms, d.lists = nil, nil // nothing is made of them any more
	var questions []asked
	var names []string
	for _, q := range g.asked {
		if _, declared := promised[string(g.rules[q.Rule].Promise)]; declared {
			questions, names = append(questions, q), append(names, q.Name)
		}
	}
	values, err := g.program.Eval(ctx, d.input, known, names)
	if err != nil {
		return nil, fmt.Errorf("evaluate the rules: %w", err)
	}
	var f findings
	for i, q := range questions {
		list := f.of(q.Set)
		if *list, err = read(*list, q, values[i]); err != nil {
			return nil, fmt.Errorf("rule %s: %w", q.Rule, err)
		}
	}
	f.violations = append(f.violations, g.unwitnessed(&f, promised)...)
	return &f, nil
}

// unwitnessed is the finding that no single rule can make: a promise that
// nothing keeps is broken, and an empty estate must not pass. An undetermined
// finding stands in for the witness, since what cannot be known yet may still
// turn out to keep the promise. A promise that no rule judges has none.
func (g *Gate) unwitnessed(f *findings, promised map[string]any) []finding {
	kept := map[promises.ID]bool{}
	for _, list := range [][]finding{f.witnesses, f.undetermined} {
		for _, one := range list {
			kept[g.rules[one.Rule].Promise] = true
		}
	}
	judged := map[promises.ID]bool{}
	for _, rule := range g.rules {
		judged[rule.Promise] = true
	}
	var missing []finding
	for _, id := range slices.Sorted(maps.Keys(promised)) {
		if judged[promises.ID(id)] && !kept[promises.ID(id)] {
			missing = append(missing, finding{
				Rule: Witnessed, Promise: id, Msg: fmt.Sprintf("nothing in the estate keeps %s", id),
			})
		}
	}
	return missing
}

// read adds the elements of a set to a list. A set that is undefined is a fault,
// since an evaluated set is at least empty.
func read(list []finding, q asked, value ast.Value) ([]finding, error) {
	elements, ok := value.(ast.Set)
	if !ok {
		return nil, fmt.Errorf("%s is no set", q.Set)
	}
	for _, e := range elements.Slice() {
		object, ok := e.Value.(ast.Object)
		if !ok {
			return nil, fmt.Errorf("a %s that is no object: %v", q.Set, e)
		}
		one := finding{Rule: q.Rule}
		var r reader
		urn := r.text(object, "urn", &one.URN)
		said := r.text(object, "msg", &one.Msg)
		r.text(object, "property", &one.Property)
		one.Seen, one.Wanted = r.any(object, "seen"), r.any(object, "wanted")
		designed := r.any(object, "designed")
		if one.Designed, ok = designed.(map[string]any); !ok && designed != nil {
			r.fault("designed is %v, not an object", designed)
		}
		switch {
		case r.err != nil:
			return nil, fmt.Errorf("a %s: %w", q.Set, r.err)
		case !urn || q.Set != "witness" && (!said || one.Msg == ""):
			return nil, fmt.Errorf("a %s without urn or msg", q.Set)
		}
		list = append(list, one)
	}
	return list, nil
}

// reader reads the fields of a finding and keeps the first fault.
type reader struct{ err error }

func (r *reader) fault(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// text tells whether the field is there.
func (r *reader) text(object ast.Object, name string, into *string) bool {
	t := object.Get(ast.InternedTerm(name))
	if t == nil {
		return false
	}
	s, ok := t.Value.(ast.String)
	if !ok {
		r.fault("%s is %v, not a text", name, t)
	}
	*into = string(s)
	return true
}

// any is nil when the field is not there.
func (r *reader) any(object ast.Object, name string) any {
	t := object.Get(ast.InternedTerm(name))
	if t == nil {
		return nil
	}
	v, err := plain(t.Value)
	if err != nil {
		r.fault("%s: %w", name, err)
	}
	return v
}
