package gate

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// findings is data.tillit.report: what the rules say, before waivers and
// verdicts.
type findings struct {
	judged       map[string][]string // promise to the rules that judge it
	violations   []finding
	witnesses    []finding
	undetermined []finding
}

// finding is one element of a rule's sets. Which fields are set depends on the
// set.
type finding struct {
	Rule     string         `json:"rule"`
	Promise  string         `json:"promise"` // of promise/witnessed only
	URN      *string        `json:"urn"`
	Msg      string         `json:"msg"`
	Property string         `json:"property"`
	Seen     any            `json:"seen"`
	Wanted   any            `json:"wanted"`
	Designed map[string]any `json:"designed"`
}

// evaluate runs the one prepared query over an inventory.
func (g *Gate) evaluate(ctx context.Context, inv *inventory.Inventory, promised map[string]any) (*findings, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("evaluate the rules: %w", err)
	}
	input, err := value(inv, promised)
	if err != nil {
		return nil, fmt.Errorf("read the inventory: %w", err)
	}
	results, err := g.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return nil, fmt.Errorf("evaluate the rules: %w", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("evaluate the rules: data.tillit.report is undefined")
	}
	report, ok := results[0].Expressions[0].Value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("evaluate the rules: data.tillit.report is %T, not an object", results[0].Expressions[0].Value)
	}
	var f findings
	for set, into := range map[string]any{
		"judged":       &f.judged,
		"violations":   &f.violations,
		"witnesses":    &f.witnesses,
		"undetermined": &f.undetermined,
	} {
		if err := decode(report[set], into); err != nil {
			return nil, fmt.Errorf("evaluate the rules: data.tillit.report.%s: %w", set, err)
		}
	}
	for set, list := range map[string][]finding{"violation": f.violations, "witness": f.witnesses, "undetermined": f.undetermined} {
		for _, one := range list {
			if _, known := g.Rule(one.Rule); !known {
				return nil, fmt.Errorf("evaluate the rules: a finding of the rule %q, which the pack does not have", one.Rule)
			}
			if one.URN == nil || (set != "witness" && one.Msg == "") {
				return nil, fmt.Errorf("rule %s: a %s without urn or msg", one.Rule, set)
			}
		}
	}
	return &f, nil
}

// decode reads a value that came out of the evaluator. A set that is undefined
// is a fault, since an evaluated set is at least empty.
func decode(from, into any) error {
	if from == nil {
		return fmt.Errorf("undefined")
	}
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// value makes the rules' input, the same document that Inventory.Encode writes,
// without the way through text.
func value(inv *inventory.Inventory, promised map[string]any) (ast.Value, error) {
	input := map[string]any{
		"estate":    inv.Estate,
		"source":    inv.Source,
		"promises":  promised,
		"resources": list(inv.Resources),
	}
	if len(inv.External) > 0 {
		input["external"] = list(inv.External)
	}
	if len(inv.Means) > 0 {
		input["means"] = inv.Means
	}
	return ast.InterfaceToValue(input)
}

func list(resources []inventory.Resource) []any {
	out := make([]any, len(resources))
	for i := range resources {
		out[i] = resource(&resources[i])
	}
	return out
}

func resource(r *inventory.Resource) map[string]any {
	props := r.Props
	if props == nil {
		props = map[string]any{}
	}
	m := map[string]any{
		"urn":    r.URN,
		"type":   r.Type,
		"name":   r.Name,
		"props":  props,
		"custom": r.Custom,
	}
	for key, text := range map[string]string{"id": r.ID, "parent": r.Parent, "provider": r.Provider, "position": r.Position} {
		if text != "" {
			m[key] = text
		}
	}
	if len(r.DependsOn) > 0 {
		m["dependsOn"] = r.DependsOn
	}
	if len(r.PropertyDependsOn) > 0 {
		depends := make(map[string]any, len(r.PropertyDependsOn))
		for property, urns := range r.PropertyDependsOn {
			depends[property] = urns
		}
		m["propertyDependsOn"] = depends
	}
	return m
}
