package gate

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

// shipped is the pack that ships and what ledger-no declares.
func shipped(t *testing.T) (*Gate, *promises.Declaration) {
	t.Helper()
	g, err := Load(t.Context(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	decl, err := promises.Load("../../stacks/Pulumi.ledger-no.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return g, decl
}

// The pack loads from disk as it does from the binary.
func TestShippedPackLoads(t *testing.T) {
	g, _ := shipped(t)
	disk, err := Load(t.Context(), os.DirFS("../../policies"), "../../policies/")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := len(g.Rules()), len(disk.Rules()); a != b {
		t.Errorf("%d rules embedded, %d on disk", a, b)
	}
}

// types are the resource types that the shipped rules look at.
func types(g *Gate) []string {
	var list []string
	for _, r := range g.Rules() {
		list = append(list, r.Types...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Values that are not known yet, or not what the cloud would give, lead to
// findings or to a fault of the judgement, never to a panic or a pass.
func TestShippedRulesTakeAnything(t *testing.T) {
	g, decl := shipped(t)
	all := types(g)
	rapid.Check(t, func(t *rapid.T) {
		inv := &inventory.Inventory{Estate: "ledger-no", Source: "preview"}
		for i := range rapid.IntRange(1, 8).Draw(t, "resources") {
			kind := rapid.SampledFrom(all).Draw(t, "type")
			r := inventory.Resource{
				URN: urn(string(rune('a' + i))), Type: kind, Name: string(rune('a' + i)), Custom: true, Props: map[string]any{},
				PropertyDependsOn: map[string][]string{},
			}
			schema, _ := azure.Properties(kind)
			if schema != nil {
				fill(t, r.Props, schema, 2)
			}
			inv.Resources = append(inv.Resources, r)
		}
		inventory.Resolve(inv, azure.Subscription)
		result, err := g.Judge(context.Background(), inv, decl, today)
		if err == nil && result.Verdict != Broken {
			t.Fatalf("a heap of odds and ends is %s", result.Verdict)
		}
	})
}

// fill gives an object's properties values of their kind, unknown ones, secrets
// and values of any other kind.
func fill(t *rapid.T, into map[string]any, schema *azure.Schema, depth int) {
	for _, name := range slices.Sorted(maps.Keys(schema.Fields)) {
		switch rapid.IntRange(0, 5).Draw(t, name) {
		case 0:
		case 1:
			into[name] = inventory.Unknown()
		case 2:
			into[name] = inventory.Secret()
		case 3:
			into[name] = anyValue(t, 2)
		default:
			into[name] = fieldValue(t, schema.Fields[name], schema.Fields[name].Wraps, depth)
		}
	}
}

func fieldValue(t *rapid.T, f azure.Field, wraps string, depth int) any {
	switch {
	case strings.HasPrefix(wraps, "l"):
		list := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "length") {
			list = append(list, fieldValue(t, f, wraps[1:], depth))
		}
		return list
	case strings.HasPrefix(wraps, "m"):
		return map[string]any{"class": fieldValue(t, f, wraps[1:], depth)}
	case rapid.IntRange(0, 6).Draw(t, "hidden") == 0:
		return inventory.Unknown()
	}
	switch f.Kind {
	case azure.Integer, azure.Number:
		return rapid.Float64Range(-10, 1000).Draw(t, "number")
	case azure.Boolean:
		return rapid.Bool().Draw(t, "boolean")
	case azure.Object:
		object := map[string]any{}
		if schema := f.Object(); schema != nil && depth > 0 {
			fill(t, object, schema, depth-1)
		}
		return object
	default:
		return rapid.SampledFrom([]string{
			"", "x", "Enabled", "Disabled", "documents", "westeurope", "TLS1_2", "P30D", "PT5M", "0.0.0.0/0",
			"/subscriptions/" + azure.Subscription + "/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/y",
		}).Draw(t, "text")
	}
}
