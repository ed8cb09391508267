package gate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// Judge gives the verdict on every promise that decl declares, from what the
// inventory can show. The inventory's own promises and means are not read; its
// ids must have been resolved. Waivers hold or have expired as of today. Any fault,
// cancellation included, is an error and no verdict.
func (g *Gate) Judge(ctx context.Context, inv *inventory.Inventory, decl *promises.Declaration, today time.Time) (*Result, error) {
	if len(decl.Promises) == 0 {
		return nil, errors.New("no promises are declared, so there is nothing to judge")
	}
	if err := g.checkWaivers(decl); err != nil {
		return nil, err
	}
	promised := decl.Canonical()
	result := &Result{Estate: decl.Estate, Source: inv.Source, Resources: len(inv.Resources), File: decl.File, NotJudged: unlisted(inv)}
	positions := make(map[string]string, len(inv.Resources))
	for i := range inv.Resources {
		positions[inv.Resources[i].URN] = inv.Resources[i].Position
	}
	rest := *inv // the rules have a document of their own; while they work, nothing here holds on to the resources
	rest.Resources, rest.External = nil, nil
	found, err := g.evaluate(ctx, inv, promised, decl.Means)
	if err != nil {
		return nil, err
	}
	g.doubt(found, &rest)
	rows := map[promises.ID]*Promise{}
	for id, declared := range decl.Promises {
		params, _ := promised[string(id)].(map[string]any)
		rows[id] = &Promise{
			ID: id, Promised: params, Line: declared.Line,
			Witnesses: []Witness{}, Violations: []Violation{}, Undetermined: []Finding{}, Waivers: []Waiver{},
		}
	}
	g.sort(found, rows, positions)
	for _, row := range rows {
		row.applyWaivers(decl.Waivers, g.rules, today, rest.Incomplete != "")
		if err := row.conclude(); err != nil {
			return nil, err
		}
		row.order()
		result.Promises = append(result.Promises, *row)
	}
	slices.SortFunc(result.Promises, func(a, b Promise) int { return cmp.Compare(a.ID, b.ID) })
	verdicts := make([]Verdict, len(result.Promises))
	for i, p := range result.Promises {
		verdicts[i] = p.Verdict
	}
	result.Verdict = Worst(verdicts...)
	return result, nil
}

// sort puts every finding in the row of its promise.
func (g *Gate) sort(found *findings, rows map[promises.ID]*Promise, positions map[string]string) {
	row := func(f finding) (*Promise, Rule) {
		rule, _ := g.Rule(f.Rule)
		if f.Rule == Witnessed {
			rule.Promise = promises.ID(f.Promise)
			entry, _ := promises.Lookup(rule.Promise)
			rule.Controls = entry.Controls
		}
		return rows[rule.Promise], rule
	}
	for _, f := range found.violations {
		p, rule := row(f)
		p.Violations = append(p.Violations, Violation{
			Rule: f.Rule, URN: f.URN, Message: f.Msg, Property: f.Property, Seen: f.Seen, Wanted: f.Wanted,
			Severity: rule.Severity, Remediation: rule.Remediation, Controls: slices.Clone(rule.Controls),
			Position: positions[f.URN],
		})
	}
	for _, f := range found.witnesses {
		p, _ := row(f)
		if f.Designed == nil {
			f.Designed = map[string]any{}
		}
		p.Witnesses = append(p.Witnesses, Witness{Rule: f.Rule, URN: f.URN, Designed: f.Designed})
	}
	for _, f := range found.undetermined {
		p, _ := row(f)
		p.Undetermined = append(p.Undetermined, Finding{
			Rule: f.Rule, URN: f.URN, Property: f.Property, Message: f.Msg, Position: positions[f.URN],
		})
	}
}

// conclude gives the promise its verdict and its designed value.
func (p *Promise) conclude() error {
	entry, known := promises.Lookup(p.ID)
	if !known {
		return fmt.Errorf("the catalogue has no promise %s", p.ID)
	}
	p.Designed = designed(entry, p.Witnesses)
	switch {
	case len(p.Violations) > 0:
		p.Verdict = Broken
	case len(p.Undetermined) > 0:
		p.Verdict = Undetermined
	case slices.ContainsFunc(p.Waivers, func(w Waiver) bool { return w.State == Used }):
		p.Verdict = Waived
	case len(p.Witnesses) > 0:
		p.Verdict = Kept
	case !entry.Gated && (entry.Proven || entry.Attested):
		p.Verdict = NotJudged
		if entry.Proven {
			p.By = append(p.By, "drill")
		}
		if entry.Attested {
			p.By = append(p.By, "attestation")
		}
	default:
		p.Verdict = Undetermined
		p.Undetermined = append(p.Undetermined, Finding{Message: fmt.Sprintf("no rule of the pack judges %s", p.ID)})
	}
	return nil
}

// order sorts what the promise lists, so that reports do not change from run to
// run.
func (p *Promise) order() {
	slices.SortFunc(p.Witnesses, func(a, b Witness) int {
		if c := cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN)); c != 0 {
			return c
		}
		return cmp.Compare(text(a.Designed), text(b.Designed))
	})
	slices.SortFunc(p.Violations, compareViolations)
	slices.SortFunc(p.Undetermined, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Property, b.Property), cmp.Compare(a.Message, b.Message))
	})
}

func compareViolations(a, b Violation) int {
	if c := cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN), cmp.Compare(a.Property, b.Property),
		cmp.Compare(a.Message, b.Message)); c != 0 {
		return c
	}
	return cmp.Compare(text(a.Seen), text(b.Seen))
}

// text is a value's JSON, whose object keys are sorted.
func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
