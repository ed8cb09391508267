package mutation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// Mutant is one change to one resource.
type Mutant struct {
	URN      string
	Type     string
	Name     string // Pulumi name
	Property string // dotted, without the indices of lists; empty for the resource itself
	Operator string // what was done, such as flip
	Value    any    // what the property becomes; nil when it is removed

	index  int            // of the resource
	steps  []any          // keys and indices that lead to the value
	beside map[string]any // the innermost object that holds the value, or the list's element itself
}

// String tells a mutant from every other of its estate.
func (m Mutant) String() string {
	var b strings.Builder
	for _, step := range m.steps {
		switch step := step.(type) {
		case string:
			b.WriteString("." + step)
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		}
	}
	if m.Value == nil {
		return fmt.Sprintf("%s%s %s", m.URN, b.String(), m.Operator)
	}
	return fmt.Sprintf("%s%s %s to %v", m.URN, b.String(), m.Operator, m.Value)
}

// kind is what mutants of like resources have in common.
func (m Mutant) kind() string { return m.Type + " " + m.Property + " " + m.Operator }

// Mutants are all mutants of an estate, in the order of its resources.
func Mutants(inv *inventory.Inventory) []Mutant {
	w := walker{around: look(inv)}
	for i := range inv.Resources {
		r := &inv.Resources[i]
		if !r.Custom {
			continue // a component is nothing in Azure
		}
		w.resource, w.index = r, i
		w.parameters, w.own = parameters(r.Type), ownName(r)
		w.add(change{operator: "remove"}, "", nil)
		w.object(r.Props, "", nil)
	}
	return w.mutants
}

// Apply returns the estate with the mutant's change; it shares with the original
// all that the change does not touch.
func (m Mutant) Apply(inv *inventory.Inventory) *inventory.Inventory {
	mutated := *inv
	mutated.Resources = slices.Clone(inv.Resources)
	if m.Property == "" {
		mutated.Resources = slices.Delete(mutated.Resources, m.index, m.index+1)
		return &mutated
	}
	r := &mutated.Resources[m.index]
	r.Props, _ = put(r.Props, m.steps, m.Value).(map[string]any)
	if t, ok := azure.Lookup(r.Type); ok && slices.Contains(t.PathParameters(), m.steps[0].(string)) {
		r.ID = "" // it follows from what was changed
		inventory.Resolve(&mutated, azure.Subscription)
	}
	return &mutated
}

// put returns v with the value at the end of steps replaced, or taken out when
// the new one is nil.
func put(v any, steps []any, value any) any {
	if len(steps) == 0 {
		return value
	}
	switch step := steps[0].(type) {
	case string:
		object := maps.Clone(v.(map[string]any))
		if changed := put(object[step], steps[1:], value); changed != nil {
			object[step] = changed
		} else {
			delete(object, step)
		}
		return object
	default:
		list, at := slices.Clone(v.([]any)), step.(int)
		if changed := put(list[at], steps[1:], value); changed != nil {
			list[at] = changed
			return list
		}
		return slices.Delete(list, at, at+1)
	}
}

// walker collects the mutants of a resource's properties.
type walker struct {
	around     surroundings
	resource   *inventory.Resource
	parameters []string // of its address
	own        string   // the parameter that is the resource's own name
	index      int
	mutants    []Mutant
}

func (w *walker) add(c change, property string, steps []any) {
	w.mutants = append(w.mutants, Mutant{
		URN: w.resource.URN, Type: w.resource.Type, Name: w.resource.Name, Property: property,
		Operator: c.operator, Value: c.value, index: w.index, steps: slices.Clone(steps), beside: innermost(w.resource.Props, steps),
	})
}

// innermost is the last object on the way to a value; an element of a list that is
// an object is on its own way.
func innermost(props map[string]any, steps []any) map[string]any {
	object, v := props, any(props)
	for i, step := range steps {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
		_, element := steps[i].(int)
		if inner, ok := v.(map[string]any); ok && (i < len(steps)-1 || element) {
			object = inner
		}
	}
	return object
}

// references are the words of an object that says where a secret is, in place of the
// secret itself.
var references = []string{"keyVaultUrl", "secretRef"}

func (w *walker) object(object map[string]any, property string, steps []any) {
	for _, reference := range references {
		if _, there := object[reference]; there {
			w.add(change{"reveal", "in clear"}, property+".value", append(slices.Clone(steps), "value"))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		inner := strings.TrimPrefix(property+"."+key, ".")
		if strings.Contains(key, "/") {
			inner = property // a key that is an id, as of an identity
		}
		if inner == w.own {
			continue
		}
		path := append(slices.Clone(steps), key)
		if len(steps) > 0 || !slices.Contains(w.parameters, key) { // nothing can be deployed without its address
			w.add(change{operator: "remove"}, inner, path)
		}
		w.value(object[key], inner, path)
	}
}

func (w *walker) value(v any, property string, steps []any) {
	for _, c := range w.around.weaken(w.resource, property, v) {
		w.add(c, property, steps)
	}
	switch v := v.(type) {
	case map[string]any:
		if !inventory.IsUnknown(v) && !inventory.IsSecret(v) {
			w.object(v, property, steps)
		}
	case []any:
		for i, element := range v {
			path := append(slices.Clone(steps), i)
			w.add(change{operator: "drop"}, property, path)
			w.value(element, property, path)
		}
	}
}

// ownName is the property that gives a resource its own name: another name is
// another resource, not a weaker one.
func ownName(r *inventory.Resource) string {
	t, ok := azure.Lookup(r.Type)
	if !ok {
		return ""
	}
	parameters := t.PathParameters()
	if len(parameters) == 0 || !strings.HasSuffix(t.Path, "/{"+parameters[len(parameters)-1]+"}") {
		return ""
	}
	return parameters[len(parameters)-1]
}
