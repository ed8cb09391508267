package inventory

import (
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// Resolve fills in the ARM ids that follow from names alone, as before a
// deployment the engine knows none. A path parameter that is not known itself
// is read from the id of the resource it depends on, where only one such
// resource can have it: a subnet's virtualNetworkName from its virtual network.
// Everything else that is unknown stays so. Ids that are there are kept.
func Resolve(inv *Inventory, subscription string) {
	r := resolver{byURN: map[string]*Resource{}, waiting: map[string][]*Resource{}, subscription: subscription}
	for _, list := range [][]Resource{inv.Resources, inv.External} {
		for i := range list {
			r.byURN[list[i].URN] = &list[i]
		}
	}
	for _, list := range [][]Resource{inv.Resources, inv.External} {
		for i := range list {
			r.resolve(&list[i])
		}
	}
}

// resolver works through the resources; one that lacks the id of another waits
// for it, so that every dependency is looked at once.
type resolver struct {
	byURN        map[string]*Resource
	waiting      map[string][]*Resource // by the URN whose id is missing
	subscription string
}

func (r *resolver) resolve(first *Resource) {
	for todo := []*Resource{first}; len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if next.ID != "" || !next.Custom {
			continue
		}
		id, blocker := r.id(next)
		switch {
		case blocker != "":
			r.waiting[blocker] = append(r.waiting[blocker], next)
		case id != "":
			next.ID = id
			todo = append(todo, r.waiting[next.URN]...)
			delete(r.waiting, next.URN)
		}
	}
}

// id composes a resource's id. It returns the URN of a resource whose id has to
// be known first, or nothing when the id cannot be known.
func (r *resolver) id(resource *Resource) (id, blocker string) {
	t, ok := azure.Lookup(resource.Type)
	if !ok {
		return "", ""
	}
	inputs := resource.Props
	copied := false
	for _, parameter := range t.PathParameters() {
		if !IsUnknown(resource.Props[parameter]) {
			continue
		}
		value, blocker := r.parameter(resource, t, parameter)
		if value == "" {
			return "", blocker
		}
		if !copied {
			inputs, copied = shallow(inputs), true
		}
		inputs[parameter] = value
	}
	id, _ = azure.ID(resource.Type, inputs, r.subscription)
	return id, ""
}

// parameter reads a path parameter from the ids of the resources it depends on.
// Those that could give it are known by type, so that the answer is the same in
// whatever order ids come to be known; several must agree.
func (r *resolver) parameter(resource *Resource, t azure.Type, parameter string) (value, blocker string) {
	literal := literalBefore(t.Path, parameter)
	if literal == "" {
		return "", "" // a scope is a whole id: what it was made from is anyone's guess
	}
	for _, urn := range resource.PropertyDependsOn[parameter] {
		source, ok := r.byURN[urn]
		if !ok || urn == resource.URN {
			continue
		}
		if st, ok := azure.Lookup(source.Type); !ok || !strings.Contains(strings.ToLower(st.Path), "/"+literal+"/{") {
			continue
		}
		if source.ID == "" {
			return "", urn
		}
		segment := segmentAfter(source.ID, literal)
		if segment == "" || value != "" && !strings.EqualFold(value, segment) {
			return "", ""
		}
		value = segment
	}
	return value, ""
}

// literalBefore is the constant that precedes a parameter in an id's pattern,
// in lower case: "virtualnetworks" for virtualNetworkName.
func literalBefore(pattern, parameter string) string {
	before, _, ok := strings.Cut(pattern, "/{"+parameter+"}")
	if !ok {
		return ""
	}
	literal := strings.ToLower(before[strings.LastIndexByte(before, '/')+1:])
	if strings.HasPrefix(literal, "{") {
		return ""
	}
	return literal
}

// segmentAfter is the part of an id that follows a constant.
func segmentAfter(id, literal string) string {
	segments := strings.Split(id, "/")
	for i := range len(segments) - 1 {
		if strings.EqualFold(segments[i], literal) {
			return segments[i+1]
		}
	}
	return ""
}

func shallow(m map[string]any) map[string]any {
	c := make(map[string]any, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}
