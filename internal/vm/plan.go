package vm

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/rego"
)

// target names this evaluator to OPA.
const target = "tillit"

// register makes the evaluator known to OPA, once a process.
var register = sync.OnceFunc(func() { rego.RegisterPlugin(target, planner{}) })

// plan has OPA plan the rules with the given names and all that they need.
func plan(ctx context.Context, compiler *ast.Compiler, capabilities *ast.Capabilities, names []string) (*ir.Policy, error) {
	register()
	var policy *ir.Policy
	_, err := rego.New(
		rego.Query(strings.Join(names, "; ")),
		rego.Compiler(compiler),
		rego.Capabilities(capabilities),
		rego.Target(target),
	).PrepareForEval(context.WithValue(ctx, planKey{}, &policy))
	if err != nil {
		return nil, fmt.Errorf("plan the rules: %w", err)
	}
	return policy, nil
}

// planner is what OPA takes for an evaluator: it only keeps the plan, in the
// place that the context tells.
type planner struct{}

type planKey struct{}

func (planner) IsTarget(name string) bool { return name == target }

func (planner) PrepareForEval(ctx context.Context, policy *ir.Policy, _ ...rego.PrepareOption) (rego.TargetPluginEval, error) {
	place, ok := ctx.Value(planKey{}).(**ir.Policy)
	if !ok {
		return nil, fmt.Errorf("the target %s is used only by package vm", target)
	}
	*place = policy
	return nil, nil
}
