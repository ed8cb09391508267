package vm

import (
	"context"
	"fmt"
	"path"
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

// Plan is rules as OPA has planned them, before they become steps.
type Plan struct{ policy *ir.Policy }

// NewPlan has OPA plan the rules with the given names, such as data.a.b, of a
// compiler's modules and all that they need. Capabilities are those that the
// modules were compiled with.
func NewPlan(ctx context.Context, compiler *ast.Compiler, capabilities *ast.Capabilities, names ...string) (*Plan, error) {
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
	return &Plan{policy}, nil
}

// Under puts the names of the plan's files, which errors tell, under a folder.
func (plan *Plan) Under(dir string) {
	for _, file := range plan.policy.Static.Files {
		file.Value = path.Join(dir, file.Value)
	}
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
