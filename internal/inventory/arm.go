package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// armSource is the source of what Azure Resource Manager says.
const armSource = "arm"

// beside lists what tools write into a resource beside what ARM keeps there. It
// says nothing that the id does not, or nothing that anybody promised.
var beside = []string{
	"changedTime", "createdTime", "provisioningState", "resourceGroup", "subscriptionId", "systemData", "type",
}

// aboutIt lists what a resource can have without telling anything of its
// properties.
var aboutIt = append([]string{
	"extendedLocation", "etag", "id", "identity", "kind", "location", "managedBy", "name", "plan", "sku", "tags", "tenantId", "zones",
}, beside...)

func isRows(o opening) bool {
	return o.list || o.keys["data"] || o.keys["value"] || o.keys["id"] && o.keys["type"]
}

// readRows reads resources as ARM and its tools list them: a list, a page of one
// ("value"), the answer of Resource Graph ("data"), or a single resource. A list
// of which there are further pages is refused.
func readRows(data []byte) (document, error) {
	var rows []map[string]any
	var page struct {
		Value     []map[string]any `json:"value"`
		Data      json.RawMessage  `json:"data"`
		NextLink  *string          `json:"nextLink"`
		SkipToken *string          `json:"skip_token"`
		Token     *string          `json:"$skipToken"`
		Total     int              `json:"total_records"`
		AllOfThem int              `json:"totalRecords"`
	}
	graph := false
	switch first := data[leading(data)]; first {
	case '[':
		if err := unmarshal(data, &rows); err != nil {
			return document{}, fmt.Errorf("read Azure resources: %w", err)
		}
	default:
		if err := unmarshal(data, &page); err != nil {
			return document{}, fmt.Errorf("read Azure resources: %w", err)
		}
		switch {
		case page.Data != nil:
			graph = true
			if err := json.Unmarshal(page.Data, &rows); err != nil {
				return document{}, errors.New("read Azure resources: its data is not a list of objects; ask Resource Graph with --output json and the result format objectArray")
			}
		case page.Value != nil:
			rows = page.Value
		default:
			var one map[string]any
			if err := unmarshal(data, &one); err != nil {
				return document{}, fmt.Errorf("read Azure resources: %w", err)
			}
			rows = append(rows, one)
		}
	}
	total := max(page.Total, page.AllOfThem)
	if given(page.NextLink) || given(page.SkipToken) || given(page.Token) || total > len(rows) {
		return document{}, fmt.Errorf("read Azure resources: this is one page of a longer answer (%d resources of %s); join the pages into one list",
			len(rows), or(total, "more"))
	}
	if len(rows) == 0 {
		return document{}, errors.New("read Azure resources: the list is empty, so there is nothing to judge")
	}
	a := newARM()
	bare := true
	for i, row := range rows {
		if err := a.row(row, graph); err != nil {
			return document{}, fmt.Errorf("read Azure resources: [%d]: %w", i, err)
		}
		bare = bare && row["properties"] == nil
	}
	d := a.document()
	if bare && len(d.partial) == len(d.Resources) {
		d.Incomplete = bareList
	}
	return d, nil
}

// bareList is why a list without properties does not show everything.
const bareList = "a list without properties shows neither what is within its resources nor what is attached to them, such as diagnostic settings; give the exported state as another input, or each resource as `az resource show` tells it"

func leading(data []byte) int {
	return slices.IndexFunc(data, func(b byte) bool { return b == '[' || b == '{' })
}

func given(s *string) bool { return s != nil && *s != "" }

func or(n int, word string) string {
	if n > 0 {
		return fmt.Sprint(n)
	}
	return word
}

// arm gathers resources as ARM tells of them.
type arm struct {
	merger    *merger
	resources []*Resource
	external  []*Resource
	notJudged []NotJudged
}

func newARM() *arm { return &arm{merger: newMerger()} }

func (a *arm) document() document {
	d := document{Inventory: &Inventory{Source: armSource, Resources: pointed(a.resources), NotJudged: a.notJudged}, partial: a.merger.partial}
	if len(a.external) > 0 {
		d.External = pointed(a.external)
	}
	return d
}

// row takes in a resource of a list. Only Resource Graph leaves out what it was
// not asked for.
func (a *arm) row(row map[string]any, graph bool) error {
	id, _ := row["id"].(string)
	if azure.TypeOf(id) == "" {
		return fmt.Errorf("%q is no ARM id; every row needs its id, type, location, tags, sku, identity, zones and properties", id)
	}
	body, err := canonicalProps(row)
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	properties, told := body["properties"].(map[string]any)
	if !told {
		told = slices.ContainsFunc(slices.Collect(maps.Keys(body)), func(name string) bool { return !slices.Contains(aboutIt, name) })
		told = told && !graph
	} else if IsUnknown(properties) {
		told = false
	}
	partial := !told
	r := &armResource{id: id, body: body, partial: partial, from: row}
	if graph {
		r.graph(row)
	}
	return a.add(r)
}

// armResource is one resource in ARM's shape.
type armResource struct {
	id      string
	body    map[string]any
	partial bool // not all of its properties are told
	// from is the resource as it was written: a null there is a property that was
	// asked for and is not there.
	from              map[string]any
	unresolved        bool // the id stands for one that is not known
	external          bool
	dependsOn         []string
	propertyDependsOn map[string][]string
}

// graph heeds how Resource Graph writes a resource: a column that was not asked
// for is not there, and a text that is not there is empty.
func (r *armResource) graph(row map[string]any) {
	t, _, _ := azure.Parse(r.id)
	schema, ok := azure.Properties(t.Token)
	for _, name := range []string{"identity", "kind", "location", "managedBy", "sku", "tags", "zones"} {
		_, asked := row[name]
		switch {
		case row[name] == "":
			delete(r.body, name)
		case !asked && ok:
			if _, has := schema.Fields[name]; has {
				r.body[name] = Unknown()
			}
		}
	}
}

func (a *arm) add(r *armResource) error {
	t, values, ok := azure.Parse(r.id)
	if !ok {
		a.skip(r.id, "no rule knows its type")
		return nil
	}
	for _, child := range children(r) {
		if err := a.add(child); err != nil {
			return err
		}
	}
	body := maps.Clone(r.body)
	for _, name := range beside {
		delete(body, name)
	}
	if _, nested := body["properties"]; nested {
		delete(body, "tenantId")
	}
	if r.partial && IsUnknown(body["properties"]) {
		delete(body, "properties")
	}
	props := azure.Lift(t.Token, body)
	for name, value := range values {
		if name == "subscriptionId" {
			continue
		}
		props[name] = value
		if strings.Contains(value, standIn) {
			props[name] = Unknown()
			if parent := container(r.id); parent != "" && strings.Contains(parent, value) {
				r.propertyDependsOn[name] = []string{parent}
			}
		}
	}
	depends := make(map[string][]string, len(r.propertyDependsOn))
	for name, urns := range r.propertyDependsOn {
		depends[azure.OwnName(t.Token, name)] = urns
	}
	if name, ok := props["name"].(string); ok && strings.Contains(name, standIn) {
		props["name"] = Unknown()
	}
	hideWriteOnly(azure.WriteOnly(t.ARM), props)
	if inner, ok := props["properties"].(map[string]any); ok {
		hideWriteOnly(azure.WriteOnly(t.ARM), inner)
	}
	if schema, ok := azure.Properties(t.Token); ok && r.partial && r.from != nil {
		for name := range schema.Fields { // veil would take these for untold
			if v, asked := r.from[name]; asked && v == nil && slices.Contains(aboutIt, name) {
				props[name] = nil
			}
		}
	}
	resource := &Resource{
		URN: r.id, Type: t.Token, Name: armName(r.id), ID: r.id, Props: props, Custom: true,
		DependsOn: SortedURNs(r.dependsOn), PropertyDependsOn: PropertyDependencies(depends),
	}
	if r.unresolved {
		resource.ID = ""
	}
	added, err := a.merger.add(source{number: len(a.merger.from), arm: true}, resource, r.partial)
	switch {
	case err != nil:
		return err
	case added && r.external:
		a.external = append(a.external, resource)
	case added:
		a.resources = append(a.resources, resource)
	}
	return nil
}

// skip notes a resource that cannot be judged.
func (a *arm) skip(id, reason string) {
	a.notJudged = append(a.notJudged, NotJudged{ID: id, Type: azure.TypeOf(id), Reason: reason})
}

func hideWriteOnly(names []string, props map[string]any) {
	for _, name := range names {
		if _, there := props[name]; there {
			props[name] = Secret()
		}
	}
}

// children are the resources that ARM shows within another: the subnets of a
// network. One of which no more than the id is there is known to exist.
func children(r *armResource) []*armResource {
	properties, ok := r.body["properties"].(map[string]any)
	if !ok {
		properties = r.body
	}
	var list []*armResource
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		items, ok := properties[name].([]any)
		if !ok {
			continue
		}
		for _, item := range items {
			body, ok := item.(map[string]any)
			if !ok {
				continue
			}
			id, _ := body["id"].(string)
			if len(id) <= len(r.id) || !strings.EqualFold(id[:len(r.id)], r.id) || id[len(r.id)] != '/' {
				continue
			}
			if _, _, known := azure.Parse(id); !known {
				continue
			}
			bare := !slices.ContainsFunc(slices.Collect(maps.Keys(body)), func(name string) bool { return !slices.Contains(aboutIt, name) })
			list = append(list, &armResource{id: id, body: body, partial: bare})
		}
	}
	return list
}

// container is the id of the resource that one with this id is in; empty when it
// is in a resource group.
func container(id string) string {
	parent := id[:max(strings.LastIndexByte(id, '/'), 0)]
	parent = parent[:max(strings.LastIndexByte(parent, '/'), 0)]
	if strings.Contains(azure.TypeOf(parent), "/") {
		return parent
	}
	return ""
}

// armName is a resource's name as ARM writes it: "network/subnet" for a subnet.
func armName(id string) string {
	segments := strings.Split(strings.Trim(id, "/"), "/")
	var names []string
	for i := len(segments) - 1; i > 0; i -= 2 {
		if strings.EqualFold(segments[i-1], "providers") {
			break
		}
		names = append(names, segments[i])
		if strings.EqualFold(segments[i-1], "resourceGroups") {
			break
		}
	}
	slices.Reverse(names)
	return strings.Join(names, "/")
}
