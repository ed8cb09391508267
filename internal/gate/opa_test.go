package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// The rules see the same document whether the gate hands it over or opa reads
// it from a file.
func TestInputIsTheInventory(t *testing.T) {
	promised := map[string]any{"crypto.transit": map[string]any{"tls": "1.2"}}
	rapid.Check(t, func(t *rapid.T) {
		inv := &inventory.Inventory{
			Estate: "x", Source: "plan", Promises: promised, Means: map[string]string{"database": "sql"},
			Resources: rapid.SliceOfN(rapid.Custom(anyResource), 1, 4).Draw(t, "resources"),
		}
		for i := range inv.Resources {
			if inv.Resources[i].Props == nil {
				inv.Resources[i].Props = map[string]any{}
			}
			inv.Resources[i].URN = fmt.Sprint(i) // Encode sorts
		}
		inv.External = inv.Resources[:1]
		file, err := inv.Encode()
		if err != nil {
			t.Fatal(err)
		}
		want, err := ast.ValueFromReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDocument(inv, promised, inv.Means)
		if err != nil {
			t.Fatal(err)
		}
		if d.input.Compare(want) != 0 {
			t.Fatalf("gate %v\nopa  %v", d.input, want)
		}
	})
}

// Plain opa, which reads folders and files and knows nothing of the gate, finds
// the same violations.
func TestPlainOpaAgrees(t *testing.T) {
	decl := declare(t, `{"crypto.transit": {"tls": "1.2"}, "backup.interval": {"every": "10m", "for": "7d"}}`)
	inv := &inventory.Inventory{Estate: "test", Promises: decl.Canonical(), Resources: []inventory.Resource{
		store("a", map[string]any{"tls": "1.0", "backup": "daily", "days": 7}),
		store("b", map[string]any{"tls": "1.2", "backup": "wal", "days": 7}),
		store("c", map[string]any{"tls": inventory.Unknown()}),
	}}
	found, err := load(t).evaluate(t.Context(), inv, inv.Promises, inv.Means)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.violations) != 2 || len(found.undetermined) != 1 {
		t.Fatalf("%d violations, %d undetermined: the comparison would show nothing", len(found.violations), len(found.undetermined))
	}
	empty, err := load(t).evaluate(t.Context(), &inventory.Inventory{}, inv.Promises, nil)
	if err != nil {
		t.Fatal(err)
	}
	nothing := &inventory.Inventory{Estate: "test", Promises: inv.Promises}
	for _, set := range sets {
		report := map[string]string{"violation": "violations", "witness": "witnesses", "undetermined": "undetermined"}[set]
		for name, c := range map[string]struct {
			inv   *inventory.Inventory
			found *findings
		}{"three stores": {inv, found}, "nothing": {nothing, empty}} {
			got, want := opa(t, "data.tillit.report."+report, c.inv), *c.found.of(set)
			inOrder(got)
			inOrder(want)
			if text(got) != text(want) && len(got)+len(want) > 0 {
				t.Errorf("%s of %s: opa %s\ngate %s", set, name, text(got), text(want))
			}
		}
	}
}

func inOrder(list []finding) {
	slices.SortFunc(list, func(a, b finding) int { return strings.Compare(text(a), text(b)) })
}

func opa(t *testing.T, query string, inv *inventory.Inventory) []finding {
	t.Helper()
	file, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var input any
	if err := json.Unmarshal(file, &input); err != nil {
		t.Fatal(err)
	}
	results, err := rego.New(
		rego.Query(query),
		rego.Load([]string{"../../policies/lib", "testdata/policies/rules", "testdata/policies/data"}, nil),
		rego.Input(input),
	).Eval(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var found []finding
	document, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document, &found); err != nil {
		t.Fatal(err)
	}
	return found
}
