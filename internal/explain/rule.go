package explain

import (
	"context"
	"fmt"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// Rule is all that can be told of a rule.
type Rule struct {
	Kind         string        `json:"kind"` // rule
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Description  string        `json:"description"`
	Promise      promises.ID   `json:"promise,omitempty"` // none of gate.Witnessed, which judges them all
	PromiseTitle string        `json:"promiseTitle,omitempty"`
	Severity     gate.Severity `json:"severity"`
	Controls     []Control     `json:"controls"`
	Remediation  string        `json:"remediation"`
	Types        []string      `json:"types"`
	Facts        []gate.Fact   `json:"facts"`
	Source       string        `json:"source,omitempty"` // of the Rego, as the pack is called; none of gate.Witnessed
	Good         *Judged       `json:"good,omitempty"`   // none when the pack has no example
	Bad          *Judged       `json:"bad,omitempty"`
}

// Rule gathers what there is to tell of the rule with the id, and judges its
// examples.
func (b *Book) Rule(ctx context.Context, id string) (*Rule, error) {
	r, ok := b.gate.Rule(id)
	if !ok {
		return nil, fmt.Errorf("the pack has no rule %s", id)
	}
	promise, _ := promises.Lookup(r.Promise)
	told := &Rule{
		Kind: "rule", ID: r.ID, Title: r.Title, Description: r.Description,
		Promise: r.Promise, PromiseTitle: promise.Title["en"], Severity: r.Severity,
		Controls: controls(r.Controls), Remediation: r.Remediation,
		Types: append([]string{}, r.Types...), Facts: []gate.Fact{}, Source: r.File,
	}
	for _, key := range r.Facts {
		fact, _ := b.gate.Fact(key)
		told.Facts = append(told.Facts, fact)
	}
	e, ok := b.examples[id]
	if !ok {
		return told, nil
	}
	var err error
	if told.Good, err = b.judge(ctx, r, e, "good", e.Good); err != nil {
		return nil, err
	}
	if told.Bad, err = b.judge(ctx, r, e, "bad", e.Bad); err != nil {
		return nil, err
	}
	return told, nil
}
