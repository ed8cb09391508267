package bench

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// stackType is the type of the one resource that copies share.
const stackType = "pulumi:pulumi:Stack"

// Multiply returns an inventory of at least n resources: copies of the given one,
// each in a subscription of its own, or together in one. The stack is shared.
func Multiply(inv *inventory.Inventory, n int, together bool) *inventory.Inventory {
	many := *inv
	many.Resources = append(make([]inventory.Resource, 0, n+len(inv.Resources)), inv.Resources...)
	for i := 2; len(many.Resources) < n; i++ {
		c := newCopier(inv.Estate, i, together)
		for _, r := range inv.Resources {
			if r.Type != stackType {
				many.Resources = append(many.Resources, c.resource(r))
			}
		}
	}
	return &many
}

// copier renames what has to be unique.
type copier struct {
	suffix string
	names  *strings.Replacer
}

// newCopier makes the copier of the i-th copy. Names that are unique in all of
// Azure, and those of resource groups, carry the estate's name, with or without
// its hyphens, and get the number too.
func newCopier(estate string, i int, together bool) copier {
	number := strconv.Itoa(i)
	subscription := azure.Subscription
	if !together {
		subscription = fmt.Sprintf("00000000-0000-4000-8001-%012d", i)
	}
	plain := strings.ReplaceAll(estate, "-", "")
	return copier{
		suffix: "-" + number,
		names: strings.NewReplacer(
			azure.Subscription, subscription,
			estate, estate+"-"+number,
			plain, plain+number,
		),
	}
}

func (c copier) resource(r inventory.Resource) inventory.Resource {
	r.URN, r.Name, r.ID = c.text(r.URN), r.Name+c.suffix, c.text(r.ID)
	r.Parent, r.Provider, r.DependsOn = c.text(r.Parent), c.text(r.Provider), c.texts(r.DependsOn)
	props := make(map[string]any, len(r.Props))
	for key, value := range r.Props {
		props[key] = c.value(value)
	}
	r.Props = props
	if r.PropertyDependsOn != nil {
		depends := make(map[string][]string, len(r.PropertyDependsOn))
		for key, urns := range r.PropertyDependsOn {
			depends[key] = c.texts(urns)
		}
		r.PropertyDependsOn = depends
	}
	return r
}

func (c copier) text(s string) string {
	if strings.HasPrefix(s, "urn:pulumi:") {
		if strings.Contains(s, "::"+stackType+"::") {
			return s
		}
		return s + c.suffix
	}
	return c.names.Replace(s)
}

func (c copier) texts(list []string) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = c.text(s)
	}
	return out
}

func (c copier) value(v any) any {
	switch v := v.(type) {
	case string:
		return c.text(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = c.value(e)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, e := range v {
			object[key] = c.value(e)
		}
		return object
	default:
		return v
	}
}
