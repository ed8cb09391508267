package gate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

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
func (p *Promise) applyWaivers(waivers []promises.Waiver, rules map[string]Rule, today time.Time) {
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
		case len(use.Violations) == 0:
			use.State = Orphaned
		default:
			use.State = Used
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
