package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// Comparison says what became of the violations of an earlier judgement, and
// which have come since. Only violations that no waiver accepts are compared.
type Comparison struct {
	New       []Change `json:"new"`
	Fixed     []Change `json:"fixed"`     // judged again, and not found
	Unchanged []Change `json:"unchanged"` // as they are now: message and value may have changed
	Unsettled []Change `json:"unsettled"` // not found, yet not known to be fixed
}

// Change is a violation in a comparison.
type Change struct {
	Promise promises.ID `json:"promise"`
	gate.Violation
	// Because says why the violation is unsettled: it is waived now, its value
	// is undetermined now, its promise is no longer declared, or the pack no
	// longer has its rule.
	Because string `json:"because,omitempty"`
}

// Compare compares a judgement with an earlier one of the same estate. Rules are
// those of the pack that gave the judgement.
func Compare(earlier, now *gate.Result, rules []gate.Rule) *Comparison {
	c := &Comparison{New: []Change{}, Fixed: []Change{}, Unchanged: []Change{}, Unsettled: []Change{}}
	before := map[string][]finding{}
	for _, f := range violations(earlier) {
		before[f.key()] = append(before[f.key()], f)
	}
	current := violations(now)
	// Where several share an identity those with the same message belong
	// together; what is left is paired in order.
	paired := make([]bool, len(current))
	for _, sameMessage := range []bool{true, false} {
		for i, f := range current {
			if paired[i] {
				continue
			}
			group := before[f.key()]
			at := slices.IndexFunc(group, func(b finding) bool { return !sameMessage || valid(b.Message) == valid(f.Message) })
			if at >= 0 {
				paired[i], before[f.key()] = true, slices.Delete(group, at, at+1)
			}
		}
	}
	for i, f := range current {
		into := &c.New
		if paired[i] {
			into = &c.Unchanged
		}
		*into = append(*into, Change{Promise: f.promise.ID, Violation: f.Violation})
	}
	for _, f := range violations(earlier) {
		group := before[f.key()]
		at := slices.IndexFunc(group, func(b finding) bool { return b.id == f.id })
		if at < 0 {
			continue
		}
		into, because := &c.Fixed, unsettled(f, now, rules)
		if because != "" {
			into = &c.Unsettled
		}
		*into = append(*into, Change{Promise: f.promise.ID, Violation: f.Violation, Because: because})
	}
	return c
}

// violations are the findings that break promises.
func violations(result *gate.Result) []finding {
	return slices.DeleteFunc(findings(result, nil), func(f finding) bool { return f.unknown || f.accepted != nil })
}

// key is a finding's identity without the number.
func (f finding) key() string { return f.id[:32] }

// unsettled says why a violation that is no longer found may not be fixed;
// empty when it is.
func unsettled(f finding, now *gate.Result, rules []gate.Rule) string {
	at := slices.IndexFunc(now.Promises, func(p gate.Promise) bool { return p.ID == f.promise.ID })
	if at < 0 {
		return "the promise is no longer declared"
	}
	p := &now.Promises[at]
	same := func(rule, urn string) bool { return rule == f.Rule && valid(urn) == valid(f.URN) }
	for _, w := range waived(p) {
		if same(w.Rule, w.URN) {
			return "waived"
		}
	}
	for _, u := range p.Undetermined {
		if u.Rule == "" || f.Rule == gate.Witnessed || same(u.Rule, u.URN) || same(u.Rule, f.URN) && u.URN == "" {
			return "undetermined"
		}
	}
	has := func(r gate.Rule) bool { return r.ID == f.Rule }
	if f.Rule != gate.Witnessed && !slices.ContainsFunc(rules, has) {
		return "the pack no longer has the rule"
	}
	return ""
}

// maxResult is the largest earlier result that is read, in bytes; one of 100,000
// resources is about a third of it.
const maxResult = 64 << 20

// ReadResult reads what JSON wrote, with or without a comparison in it. What
// JSON does not write, such as positions in the stack file, is not there.
func ReadResult(r io.Reader) (*gate.Result, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxResult+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxResult:
		return nil, fmt.Errorf("it is larger than %d MiB", maxResult>>20)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("it is empty")
	}
	var result gate.Result
	if err := json.Unmarshal(text, &result); err != nil {
		return nil, fmt.Errorf("it is no result of tillit check --format json: %w", err)
	}
	if err := wellFormed(&result); err != nil {
		return nil, fmt.Errorf("it is no result of tillit check --format json: %w", err)
	}
	return &result, nil
}

// wellFormed refuses JSON that is something else than a result, which would
// compare as if everything had been fixed.
func wellFormed(result *gate.Result) error {
	switch {
	case result.Estate == "":
		return errors.New("it names no estate")
	case !known(result.Verdict):
		return fmt.Errorf("its verdict is %q", result.Verdict)
	case len(result.Promises) == 0:
		return errors.New("it judges no promise")
	}
	seen := map[promises.ID]bool{}
	for _, p := range result.Promises {
		switch {
		case p.ID == "" || seen[p.ID]:
			return fmt.Errorf("the promise %q has no id or is there twice", p.ID)
		case !known(p.Verdict):
			return fmt.Errorf("the verdict on %s is %q", p.ID, p.Verdict)
		case p.Verdict == gate.Broken && len(p.Violations) == 0:
			return fmt.Errorf("%s is broken by no violation", p.ID)
		}
		seen[p.ID] = true
		for _, v := range p.Violations {
			if v.Rule == "" || v.Message == "" {
				return fmt.Errorf("a violation of %s has no rule or no message", p.ID)
			}
		}
	}
	return nil
}

func known(v gate.Verdict) bool {
	switch v {
	case gate.Kept, gate.Attested, gate.Waived, gate.Overdue, gate.Undetermined, gate.Broken, gate.NotJudged:
		return true
	default:
		return false
	}
}
