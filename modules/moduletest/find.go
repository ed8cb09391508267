package moduletest

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// Of lists the resources that a component made of a type, given without its
// prefix, such as storage:StorageAccount. Component is the last word of the
// component's type, such as Documents; empty for any.
func Of(inv *inventory.Inventory, component, kind string) []inventory.Resource {
	var found []inventory.Resource
	for _, r := range inv.Resources {
		if r.Type == azure.Prefix+kind && strings.Contains(r.URN, ":"+component) {
			found = append(found, r)
		}
	}
	return found
}

// One is the resource of a type with that Pulumi name.
func One(t testing.TB, inv *inventory.Inventory, kind, name string) inventory.Resource {
	t.Helper()
	for _, r := range inv.Resources {
		if r.Type == azure.Prefix+kind && r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no %s named %s", kind, name)
	return inventory.Resource{}
}

// At is the property at a dotted path, in which numbers are positions in lists;
// nil when there is none.
func At(r inventory.Resource, path string) any {
	var v any = r.Props
	for part := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// Want compares properties by path. A nil says that a property must be absent.
func Want(t testing.TB, r inventory.Resource, properties map[string]any) {
	t.Helper()
	for path, want := range properties {
		got := At(r, path)
		if fmt.Sprint(got) != fmt.Sprint(want) || (got == nil) != (want == nil) && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s is %v, want %v", r.Name, path, got, want)
		}
	}
}

// Sound checks what holds for whatever is made: its inputs are spelled as Azure
// spells them, and no two are the same resource.
func Sound(t testing.TB, inv *inventory.Inventory) {
	t.Helper()
	seen := map[string]string{}
	for _, r := range inv.Resources {
		if !r.Custom {
			continue
		}
		for _, err := range azure.Check(r.Type, r.Props) {
			t.Errorf("%s: %v", r.URN, err)
		}
		if other, ok := seen[strings.ToLower(r.ID)]; ok && r.ID != "" {
			t.Errorf("%s and %s are the same resource", r.URN, other)
		}
		seen[strings.ToLower(r.ID)] = r.URN
	}
}
