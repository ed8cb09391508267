package gate

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// document is an inventory as the rules see it: the same that Inventory.Encode
// writes, without the way through text.
type document struct {
	terms     map[string]*ast.Term // one for each text, since most texts are there many times
	lists     map[string]*ast.Term // one for each list of texts
	resources []*ast.Term          // as in the inventory
	input     ast.Value
}

// newDocument makes the rules' input of an inventory, what is promised and by
// which means. The inventory's own word on either is not read: most inputs have
// none.
func newDocument(inv *inventory.Inventory, promised map[string]any, means map[string]string) (*document, error) {
	d := &document{terms: map[string]*ast.Term{}, lists: map[string]*ast.Term{}}
	declared, err := ast.InterfaceToValue(promised)
	if err != nil {
		return nil, fmt.Errorf("the promises: %w", err)
	}
	if d.resources, err = d.list(inv.Resources); err != nil {
		return nil, err
	}
	input := [][2]*ast.Term{
		{d.text("estate"), d.text(inv.Estate)},
		{d.text("source"), d.text(inv.Source)},
		{d.text("promises"), ast.NewTerm(declared)},
		{d.text("resources"), ast.ArrayTerm(d.resources...)},
	}
	if len(inv.External) > 0 {
		external, err := d.list(inv.External)
		if err != nil {
			return nil, err
		}
		input = append(input, ast.Item(d.text("external"), ast.ArrayTerm(external...)))
	}
	if len(means) > 0 {
		var slots [][2]*ast.Term
		for slot, mechanism := range means {
			slots = append(slots, ast.Item(d.text(slot), d.text(mechanism)))
		}
		input = append(input, ast.Item(d.text("means"), ast.ObjectTerm(slots...)))
	}
	d.input = ast.NewObject(input...)
	return d, nil
}

func (d *document) list(resources []inventory.Resource) ([]*ast.Term, error) {
	out := make([]*ast.Term, len(resources))
	for i := range resources {
		var err error
		if out[i], err = d.resource(&resources[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", resources[i].URN, err)
		}
	}
	return out, nil
}

func (d *document) resource(r *inventory.Resource) (*ast.Term, error) {
	props, err := d.object(r.Props)
	if err != nil {
		return nil, err
	}
	items := append(make([][2]*ast.Term, 0, 12),
		ast.Item(d.text("urn"), d.text(r.URN)),
		ast.Item(d.text("type"), d.text(r.Type)),
		ast.Item(d.text("name"), d.text(r.Name)),
		ast.Item(d.text("props"), props),
		ast.Item(d.text("custom"), ast.InternedTerm(r.Custom)),
	)
	for _, field := range [...]struct{ name, text string }{
		{"id", r.ID}, {"parent", r.Parent}, {"provider", r.Provider}, {"position", r.Position},
	} {
		if field.text != "" {
			items = append(items, ast.Item(d.text(field.name), d.text(field.text)))
		}
	}
	if len(r.DependsOn) > 0 {
		items = append(items, ast.Item(d.text("dependsOn"), d.texts(r.DependsOn)))
	}
	if len(r.PropertyDependsOn) > 0 {
		depends := make([][2]*ast.Term, 0, len(r.PropertyDependsOn))
		for property, urns := range r.PropertyDependsOn {
			depends = append(depends, ast.Item(d.text(property), d.texts(urns)))
		}
		items = append(items, ast.Item(d.text("propertyDependsOn"), ast.ObjectTerm(depends...)))
	}
	return ast.ObjectTerm(items...), nil
}

// value turns a value of a resource into a term.
func (d *document) value(v any) (*ast.Term, error) {
	switch v := v.(type) {
	case nil:
		return ast.InternedNullTerm, nil
	case bool:
		return ast.InternedTerm(v), nil
	case string:
		return d.text(v), nil
	case []any:
		elements := make([]*ast.Term, len(v))
		for i, e := range v {
			var err error
			if elements[i], err = d.value(e); err != nil {
				return nil, err
			}
		}
		return ast.ArrayTerm(elements...), nil
	case map[string]any:
		return d.object(v)
	default:
		scalar, err := ast.InterfaceToValue(v)
		return ast.NewTerm(scalar), err
	}
}

func (d *document) object(properties map[string]any) (*ast.Term, error) {
	items := make([][2]*ast.Term, 0, len(properties))
	for key, e := range properties {
		v, err := d.value(e)
		if err != nil {
			return nil, err
		}
		items = append(items, ast.Item(d.text(key), v))
	}
	return ast.ObjectTerm(items...), nil
}

func (d *document) text(s string) *ast.Term {
	t := d.terms[s]
	if t == nil {
		t = ast.StringTerm(s)
		d.terms[s] = t
	}
	return t
}

func (d *document) texts(list []string) *ast.Term {
	var name []byte
	for _, s := range list {
		name = append(binary.AppendUvarint(name, uint64(len(s))), s...)
	}
	key := string(name)
	t := d.lists[key]
	if t == nil {
		terms := make([]*ast.Term, len(list))
		for i, s := range list {
			terms[i] = d.text(s)
		}
		t = ast.ArrayTerm(terms...)
		d.lists[key] = t
	}
	return t
}

// indexes are the values of the library's indexes, by rule. There are none when a
// URN is there twice: what the rules then say is theirs to say.
func (d *document) indexes(inv *inventory.Inventory) map[string]ast.Value {
	order := make([]int, len(inv.Resources))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(inv.Resources[a].URN, inv.Resources[b].URN) })
	byURN := make([][2]*ast.Term, len(order))
	byType, byID := map[string][]*ast.Term{}, map[string][]*ast.Term{}
	for n, i := range order {
		r := &inv.Resources[i]
		if n > 0 && inv.Resources[order[n-1]].URN == r.URN {
			return nil
		}
		byURN[n] = ast.Item(d.text(r.URN), d.resources[i])
		byType[r.Type] = append(byType[r.Type], d.resources[i])
		if r.ID != "" {
			id := strings.ToLower(r.ID)
			byID[id] = append(byID[id], d.text(r.URN))
		}
	}
	return map[string]ast.Value{
		"data.tillit.lib.by_urn":  ast.NewObject(byURN...),
		"data.tillit.lib.by_type": grouped(d, byType, ast.ArrayTerm),
		"data.tillit.lib.by_id":   grouped(d, byID, ast.SetTerm),
	}
}

func grouped(d *document, groups map[string][]*ast.Term, collect func(...*ast.Term) *ast.Term) ast.Value {
	items := make([][2]*ast.Term, 0, len(groups))
	for key, terms := range groups {
		items = append(items, ast.Item(d.text(key), collect(terms...)))
	}
	return ast.NewObject(items...)
}

// plain is a value that a rule gave, as encoding/json reads it.
func plain(v ast.Value) (any, error) {
	out, err := ast.JSON(v)
	if err != nil {
		return nil, err
	}
	return floats(out), nil
}

// floats puts float64 in the place of json.Number.
func floats(v any) any {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = floats(v[key])
		}
	}
	return v
}
