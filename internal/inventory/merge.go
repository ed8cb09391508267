package inventory

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// A document is what one input says.
type document struct {
	*Inventory
	// changes are what an update plan does to resources that are deployed
	// already. They mean something only upon a state that has those resources.
	changes []change
	// partial are the URNs of resources of which not every property was asked
	// for, so that one that is absent here may well be there.
	partial map[string]bool
}

// merger joins documents into one inventory.
type merger struct {
	inv     *Inventory
	partial map[string]bool
	byURN   map[string]*Resource
	byID    map[string]*Resource // by lower-case ARM id
	from    map[*Resource]source // what told of it first
}

// source is one of the inputs.
type source struct {
	number int
	name   string
	arm    bool // it comes from Azure itself
}

func newMerger() *merger {
	return &merger{
		inv: &Inventory{}, partial: map[string]bool{},
		byURN: map[string]*Resource{}, byID: map[string]*Resource{}, from: map[*Resource]source{},
	}
}

// merge joins what several inputs say of one estate.
//
// A resource is the same in two inputs when its URN is, or, if one of them comes
// from Azure itself, its ARM id. What one input does not know the other fills
// in. Where both know and differ they are refused: they tell of different
// moments or of different estates, and no choice between them is safe.
func merge(names []string, documents []document) (*Inventory, error) {
	m := newMerger()
	var all []*Resource
	var external []*Resource
	seenUnjudged := map[string]bool{}
	for i, d := range documents {
		from := source{i, names[i], d.Source == armSource}
		if err := m.head(from.name, d.Inventory); err != nil {
			return nil, err
		}
		for _, list := range []struct {
			of   []Resource
			into *[]*Resource
		}{{d.Resources, &all}, {d.External, &external}} {
			for j := range list.of {
				added, err := m.add(from, &list.of[j], d.partial[list.of[j].URN])
				if err != nil {
					return nil, err
				}
				if added {
					*list.into = append(*list.into, &list.of[j])
				}
			}
		}
		if i == 0 || d.Incomplete == "" {
			m.inv.Incomplete = d.Incomplete
		}
		for _, u := range d.NotJudged {
			if key := strings.ToLower(u.ID); !seenUnjudged[key] {
				seenUnjudged[key] = true
				m.inv.NotJudged = append(m.inv.NotJudged, u)
			}
		}
	}
	m.inv.Resources = pointed(all)
	if len(external) > 0 {
		m.inv.External = pointed(external)
	}
	for _, list := range [][]Resource{m.inv.Resources, m.inv.External} {
		for i := range list {
			if m.partial[list[i].URN] {
				veil(&list[i])
			}
			maps.DeleteFunc(list[i].Props, func(_ string, v any) bool { return v == nil })
		}
	}
	return m.inv, nil
}

func pointed(list []*Resource) []Resource {
	out := make([]Resource, len(list))
	for i, r := range list {
		out[i] = *r
	}
	return out
}

// head joins what the documents say of the estate as a whole.
func (m *merger) head(name string, d *Inventory) error {
	switch {
	case m.inv.Estate == "":
		m.inv.Estate = d.Estate
	case d.Estate != "" && d.Estate != m.inv.Estate:
		return fmt.Errorf("%sit is of the estate %s, and an input before it of %s; judge them apart", prefix(name), d.Estate, m.inv.Estate)
	}
	if !slices.Contains(strings.Split(m.inv.Source, "+"), d.Source) {
		m.inv.Source = strings.TrimPrefix(m.inv.Source+"+"+d.Source, "+")
	}
	if m.inv.Promises == nil {
		m.inv.Promises, m.inv.Means = d.Promises, d.Means
	} else if d.Promises != nil && (!reflect.DeepEqual(m.inv.Promises, d.Promises) || !maps.Equal(m.inv.Means, d.Means)) {
		return fmt.Errorf("%sit was planned with other promises than an input before it; plan both again", prefix(name))
	}
	return nil
}

// add takes a resource in, or joins it to the one that is there.
func (m *merger) add(from source, r *Resource, partial bool) (bool, error) {
	id := ""
	if azure.TypeOf(r.ID) != "" {
		id = strings.ToLower(r.ID)
	}
	there, ok := m.byURN[r.URN]
	if !ok && id != "" {
		there, ok = m.byID[id]
		ok = ok && m.from[there].number != from.number && (from.arm || m.from[there].arm)
	}
	if !ok {
		m.byURN[r.URN], m.from[r] = r, from
		if id != "" && m.byID[id] == nil {
			m.byID[id] = r
		}
		if partial {
			m.partial[r.URN] = true
		}
		return true, nil
	}
	if there.Type != r.Type && !sameInARM(there.Type, r.Type) {
		return false, fmt.Errorf("%s%s is %s there and %s in %s", prefix(from.name), r.URN, r.Type, there.Type, orThis(m.from[there].name))
	}
	props, path, ok := join(there.Props, r.Props)
	if !ok {
		return false, fmt.Errorf("%s%s differs from what %s says of it, in %s; read both at one moment, or leave one out",
			prefix(from.name), r.URN, orThis(m.from[there].name), path)
	}
	partial = partial && m.partial[there.URN]
	delete(m.partial, there.URN)
	if m.from[there].arm && !from.arm { // Pulumi's name says more
		there.URN, there.Type, there.Name, there.Custom = r.URN, r.Type, r.Name, r.Custom
		m.byURN[r.URN] = there
	}
	if partial {
		m.partial[there.URN] = true
	}
	there.Props, _ = props.(map[string]any)
	complete(there, r)
	return false, nil
}

// sameInARM tells whether two types are of the same resources: azure-native has a
// type of its own for some of what hangs on a subscription.
func sameInARM(a, b string) bool {
	one, known := azure.Lookup(a)
	other, also := azure.Lookup(b)
	return known && also && strings.EqualFold(one.ARM, other.ARM)
}

// complete fills in what only the second tells beside properties.
func complete(r, other *Resource) {
	for _, field := range []struct {
		to   *string
		from string
	}{{&r.ID, other.ID}, {&r.Parent, other.Parent}, {&r.Provider, other.Provider}, {&r.Position, other.Position}} {
		if *field.to == "" {
			*field.to = field.from
		}
	}
	r.DependsOn = SortedURNs(append(slices.Clone(r.DependsOn), other.DependsOn...))
	for property, urns := range other.PropertyDependsOn {
		if len(r.PropertyDependsOn[property]) > 0 {
			continue
		}
		if r.PropertyDependsOn == nil {
			r.PropertyDependsOn = map[string][]string{}
		}
		r.PropertyDependsOn[property] = urns
	}
}

// volatile are properties that change whenever somebody looks.
var volatile = []string{"etag", "eTag", "systemData"}

// join gives the value that holds what both know; false, with the path, where
// they contradict each other. A null is a property that was asked for and is
// absent. Words are compared as ARM does, without regard to
// case; a region may be written with blanks.
func join(a, b any) (v any, path string, ok bool) {
	switch {
	case IsSecret(a) || IsSecret(b):
		return Secret(), "", true
	case IsUnknown(a):
		return b, "", true
	case IsUnknown(b) || b == nil:
		return a, "", true
	case a == nil:
		return b, "", true
	}
	switch x := a.(type) {
	case map[string]any:
		y, same := b.(map[string]any)
		if !same {
			return nil, "", false
		}
		out := maps.Clone(x)
		for _, key := range slices.Sorted(maps.Keys(y)) {
			if _, both := x[key]; !both {
				out[key] = y[key]
				continue
			}
			if slices.Contains(volatile, key) {
				continue
			}
			if out[key], path, ok = join(x[key], y[key]); !ok {
				return nil, strings.TrimSuffix(key+"."+path, "."), false
			}
		}
		return out, "", true
	case []any:
		y, same := b.([]any)
		if !same || len(x) != len(y) {
			return nil, "", false
		}
		out := make([]any, len(x))
		for i := range x {
			if out[i], path, ok = join(x[i], y[i]); !ok {
				return nil, strings.TrimSuffix(fmt.Sprintf("%d.%s", i, path), "."), false
			}
		}
		return out, "", true
	case string:
		y, same := b.(string)
		return a, "", same && plainly(x) == plainly(y)
	}
	return a, "", a == b
}

// plainly is a text without what Azure itself pays no heed to: case, blanks in
// the name of a region, the slash that an id begins with.
func plainly(s string) string {
	s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
	if strings.HasPrefix(s, "subscriptions/") {
		s = "/" + s
	}
	return s
}

// veil marks as unknown every property that the resource's type can have and
// nobody told of. A rule then finds what it lacks undetermined, neither kept nor
// broken.
func veil(r *Resource) {
	schema, ok := azure.Properties(r.Type)
	if !ok {
		return
	}
	props := maps.Clone(r.Props)
	for name := range schema.Fields {
		if _, told := props[name]; !told && !slices.Contains([]string{"id", "name", "type", "etag"}, name) {
			props[name] = Unknown()
		}
	}
	r.Props = props
}

func prefix(name string) string {
	if name == "" {
		return ""
	}
	return name + ": "
}

func orThis(name string) string {
	if name == "" {
		return "the same input"
	}
	return name
}

// needState is why an update plan cannot be judged alone.
func needState(changes []change) error {
	return fmt.Errorf("an update plan of a stack that is deployed holds only what changes (%d resources are there already, such as %s); give the exported state as another input",
		len(changes), changes[0].urn)
}

// upon applies an update plan's changes to the state they were planned for.
func upon(inv *Inventory, changes []change) error {
	index := make(map[string]int, len(inv.Resources))
	for i := range inv.Resources {
		index[inv.Resources[i].URN] = i
	}
	gone := map[int]bool{}
	for _, c := range changes {
		i, ok := index[c.urn]
		if !ok {
			return fmt.Errorf("it changes %s, which the state does not have; export the state that it was planned for", c.urn)
		}
		if c.gone {
			gone[i] = true
			continue
		}
		if err := c.apply(&inv.Resources[i]); err != nil {
			return err
		}
	}
	kept := make([]Resource, 0, len(inv.Resources))
	for i, r := range inv.Resources {
		if !gone[i] {
			kept = append(kept, r)
		}
	}
	inv.Resources = kept
	return nil
}
