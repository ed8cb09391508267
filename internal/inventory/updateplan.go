package inventory

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tillit-dev/tillit/internal/azure"
)

// planSource is the source of what an update plan says. A plan of tillit's own
// is called plan.
const planSource = "update-plan"

// The parts of an update plan that matter here (sdk/go/common/apitype/plan.go).
type (
	updatePlan struct {
		ResourcePlans map[string]resourcePlan `json:"resourcePlans"`
	}
	resourcePlan struct {
		Goal  *planGoal `json:"goal"`
		Steps []string  `json:"steps"`
	}
	planGoal struct {
		Type                 string              `json:"type"`
		Custom               bool                `json:"custom"`
		InputDiff            planDiff            `json:"inputDiff"`
		Parent               string              `json:"parent"`
		Provider             string              `json:"provider"`
		Dependencies         []string            `json:"dependencies"`
		PropertyDependencies map[string][]string `json:"propertyDependencies"`
		ID                   string              `json:"id"`
	}
	planDiff struct {
		Adds    map[string]any `json:"adds"`
		Deletes []string       `json:"deletes"`
		Updates map[string]any `json:"updates"`
	}
)

// A change is what an update plan does to a resource that is deployed already.
type change struct {
	urn      string
	gone     bool
	replaced bool
	goal     planGoal
}

// readUpdatePlan reads what `pulumi preview --save-plan` writes. A resource that
// is to be created is there in full; of one that is deployed already only what
// changes is.
func readUpdatePlan(data []byte) (document, error) {
	var plan updatePlan
	if err := unmarshal(data, &plan); err != nil {
		return document{}, fmt.Errorf("read update plan: %w", err)
	}
	d := document{Inventory: &Inventory{Source: planSource, Resources: []Resource{}}}
	for _, urn := range slices.Sorted(maps.Keys(plan.ResourcePlans)) {
		p := plan.ResourcePlans[urn]
		if defaultProvider(urn) {
			continue
		}
		if !validURN(urn) {
			return document{}, fmt.Errorf("read update plan: %q is not a URN", urn)
		}
		if d.Estate == "" {
			d.Estate = stackOf(urn)
		}
		switch {
		case p.Goal == nil && slices.Contains(p.Steps, "delete"):
			d.changes = append(d.changes, change{urn: urn, gone: true})
		case p.Goal == nil:
			return document{}, fmt.Errorf("read update plan: %s has no goal; save the plan again", urn)
		case slices.Equal(p.Steps, []string{"create"}) || slices.Equal(p.Steps, []string{"import"}):
			r, err := p.Goal.resource(urn)
			if err != nil {
				return document{}, fmt.Errorf("read update plan: %w", err)
			}
			d.Resources = append(d.Resources, r)
		default:
			d.changes = append(d.changes, change{urn: urn, replaced: slices.Contains(p.Steps, "replace"), goal: *p.Goal})
		}
	}
	return d, nil
}

func (g planGoal) resource(urn string) (Resource, error) {
	return stateResource{
		URN: urn, Custom: g.Custom, ID: g.ID, Type: g.Type, Inputs: g.InputDiff.Adds, Parent: g.Parent,
		Provider: g.Provider, Dependencies: g.Dependencies, PropertyDependencies: g.PropertyDependencies,
	}.canonical()
}

// apply changes a resource of the state to what the plan wants. One that is
// replaced keeps its inputs but neither its id nor what else was found.
func (c change) apply(r *Resource) error {
	adds, err := canonicalProps(c.goal.InputDiff.Adds)
	if err != nil {
		return fmt.Errorf("%s: %w", c.urn, err)
	}
	updates, err := canonicalProps(c.goal.InputDiff.Updates)
	if err != nil {
		return fmt.Errorf("%s: %w", c.urn, err)
	}
	props := maps.Clone(r.Props)
	if c.replaced {
		r.ID = ""
		if schema, ok := azure.Properties(r.Type); ok {
			maps.DeleteFunc(props, func(name string, _ any) bool {
				_, input := schema.Fields[name]
				return !input
			})
		}
	}
	for _, name := range c.goal.InputDiff.Deletes {
		delete(props, name)
	}
	maps.Copy(props, adds)
	maps.Copy(props, updates)
	r.Props = props
	r.DependsOn = SortedURNs(c.goal.Dependencies)
	r.PropertyDependsOn = PropertyDependencies(c.goal.PropertyDependencies)
	return nil
}
