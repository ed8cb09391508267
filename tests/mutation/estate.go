package mutation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// Estate is a sound estate to make mutants of.
type Estate struct {
	inventory   *inventory.Inventory
	declaration *promises.Declaration
	gate        *gate.Gate
	today       time.Time
	sound       map[string]bool // what the gate says of the estate as it is
}

// New judges an estate as it is, which must break no promise.
func New(ctx context.Context, g *gate.Gate, inv *inventory.Inventory, d *promises.Declaration, today time.Time) (*Estate, error) {
	e := &Estate{inventory: inv, declaration: d, gate: g, today: today, sound: map[string]bool{}}
	found, err := e.findings(ctx, inv)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.violated {
			return nil, fmt.Errorf("mutate %s: the estate itself is broken: %s", d.Estate, f.key)
		}
		e.sound[f.key] = true
	}
	return e, nil
}

// Killer is a rule that catches a mutant, and the promise that it is about.
type Killer struct {
	Rule    string
	Promise promises.ID
}

// Kill returns the rules that catch a mutant; none when it gets through.
func (e *Estate) Kill(ctx context.Context, m Mutant) ([]Killer, error) {
	found, err := e.findings(ctx, m.Apply(e.inventory))
	if err != nil {
		return nil, fmt.Errorf("mutant %s: %w", m, err)
	}
	var killers []Killer
	for _, f := range found {
		if !e.sound[f.key] && !slices.Contains(killers, f.killer) {
			killers = append(killers, f.killer)
		}
	}
	return killers, nil
}

// finding is something that keeps an estate from being kept.
type finding struct {
	key      string
	killer   Killer
	violated bool
}

func (e *Estate) findings(ctx context.Context, inv *inventory.Inventory) ([]finding, error) {
	result, err := e.gate.Judge(ctx, inv, e.declaration, e.today)
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, p := range result.Promises {
		add := func(rule, urn, property, message string, violated bool) {
			found = append(found, finding{
				key:    strings.Join([]string{string(p.ID), rule, urn, property, message}, " "),
				killer: Killer{Rule: rule, Promise: p.ID}, violated: violated,
			})
		}
		for _, v := range p.Violations {
			add(v.Rule, v.URN, v.Property, v.Message, true)
		}
		for _, u := range p.Undetermined {
			add(u.Rule, u.URN, u.Property, u.Message, false)
		}
	}
	return found, nil
}
