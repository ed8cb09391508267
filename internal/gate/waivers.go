package gate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// checkWaivers refuses a waiver that can never hold: one for a rule that does
// not exist or whose promise is not declared. That a promise has no witness at
// all cannot be waived; an estate that does not keep a promise does not make it.
func (g *Gate) checkWaivers(decl *promises.Declaration) error {
	var faults []error
	for _, w := range decl.Waivers {
		fault := func(format string, args ...any) {
			faults = append(faults, &promises.Error{
				File: cmp.Or(decl.File, "tillit:waivers"), Line: w.Line, Column: w.Column, Msg: fmt.Sprintf(format, args...),
			})
		}
		rule, known := g.rules[w.Rule]
		switch {
		case w.Rule == Witnessed:
			fault("a promise that nothing keeps cannot be waived; stop declaring it")
		case !known:
			fault("waiver for %s: the pack has no such rule", w.Rule)
		case !decl.Has(rule.Promise):
			fault("waiver for %s: the estate does not declare its promise %s", w.Rule, rule.Promise)
		}
	}
	return errors.Join(faults...)
}

// applyWaivers moves the violations that a valid waiver accepts from the promise
// to the waiver. With the last of them goes the finding that nothing keeps the
// promise, since the waived resource is what would keep it.
func (p *Promise) applyWaivers(waivers []promises.Waiver, rules map[string]Rule, today time.Time, incomplete bool) {
	accepted := make([]bool, len(p.Violations))
	for _, w := range waivers {
		if rules[w.Rule].Promise != p.ID {
			continue
		}
		use := Waiver{
			Rule: w.Rule, Resource: w.Resource, Reason: w.Reason, Owner: w.Owner, Ticket: w.Ticket,
			Expires: w.Expires.UTC().Format(time.DateOnly), Violations: []Violation{}, Line: w.Line,
		}
		expired := !today.Before(w.Expires)
		for i, v := range p.Violations {
			if v.Rule == w.Rule && w.Matches(v.URN) {
				use.Violations = append(use.Violations, v)
				accepted[i] = accepted[i] || !expired
			}
		}
		slices.SortFunc(use.Violations, compareViolations)
		switch {
		case expired:
			use.State = Expired
		case len(use.Violations) == 0 && (incomplete || slices.ContainsFunc(p.Undetermined, func(f Finding) bool {
			return f.Rule == w.Rule && (f.URN == "" || w.Matches(f.URN))
		})):
			use.State = Pending
		case len(use.Violations) == 0:
			use.State = Orphaned
		default:
			use.State = Used
			use.OverBroad = overBroad(w, use.Violations, p.Witnesses)
		}
		p.Waivers = append(p.Waivers, use)
	}
	if !slices.Contains(accepted, true) {
		return
	}
	var left []Violation
	for i, v := range p.Violations {
		if !accepted[i] {
			left = append(left, v)
		}
	}
	if !slices.ContainsFunc(left, func(v Violation) bool { return v.Rule != Witnessed }) {
		left = nil
	}
	p.Violations = append([]Violation{}, left...)
}

// overBroad says why a waiver takes in more than the violations that it accepts,
// so that what is broken later would be accepted unseen: its pattern leaves the
// name open, or resources that keep the promise match it too. It is empty when
// the waiver names what it accepts and no more.
func overBroad(w promises.Waiver, accepts []Violation, witnesses []Witness) string {
	accepted := map[string]bool{}
	for _, v := range accepts {
		accepted[v.URN] = true
	}
	for urn := range accepted {
		kind := strings.TrimSuffix(urn, inventory.NameOf(urn))
		if w.Matches(kind+"0") && w.Matches(kind+"_") { // names that have nothing in common
			return fmt.Sprintf("it takes in every %s, whatever its name; name the resource", typeOf(kind))
		}
	}
	var spare []string
	for _, witness := range witnesses {
		if witness.Rule == w.Rule && !accepted[witness.URN] && w.Matches(witness.URN) {
			spare = append(spare, inventory.NameOf(witness.URN))
		}
	}
	spare = slices.Compact(slices.Sorted(slices.Values(spare)))
	switch len(spare) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("it takes in %s too, which keeps the promise; name only what does not", spare[0])
	default:
		return fmt.Sprintf("it takes in %d resources that keep the promise too, such as %s; name only what does not", len(spare), spare[0])
	}
}

// typeOf is the resource type in a URN without a name: what stands before the
// last ::, of a parent's and the own type the own.
func typeOf(kind string) string {
	kind = strings.TrimSuffix(kind, "::")
	kind = kind[strings.LastIndex(kind, "::")+1:]
	return strings.TrimPrefix(kind[strings.LastIndexByte(kind, '$')+1:], ":")
}
