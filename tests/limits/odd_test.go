package limits

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/policies"
)

// judged are the rules whose examples are made odd.
var judged = []string{
	"backup/daily", "backup/interval", "backup/machine-copies", "backup/machine-points", "backup/off-provider",
	"crypto/disk-keys", "perimeter/disks-are-private",
}

// odd are values that no property is expected to have, and that one may have all
// the same in somebody's state file.
var odd = []string{
	`null`, `true`, `0`, `-1`, `1.5`, `1e300`, `""`, `"x"`, `"P"`, `"R/x/PT0S"`, `[]`, `[null]`, `{}`, `{"x": 1}`,
	`{"$unknown": true}`, `{"$secret": true}`,
}

// Whatever stands in a property, the rules judge the estate: a rule that fails stops
// the gate for everybody.
func TestOddValuesAreJudged(t *testing.T) {
	book, err := explain.Open(t.Context(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(t.Context(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	disks, d := disks(t)
	seeds := []*inventory.Inventory{disks}
	for _, id := range judged {
		rule, err := book.Rule(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, rule.Good.Inventory, rule.Bad.Inventory)
	}
	rapid.Check(t, func(rt *rapid.T) {
		inv := copied(t, rapid.SampledFrom(seeds).Draw(rt, "estate"))
		resource := rapid.IntRange(0, len(inv.Resources)-1).Draw(rt, "resource")
		var value any
		if err := json.Unmarshal([]byte(rapid.SampledFrom(odd).Draw(rt, "value")), &value); err != nil {
			t.Fatal(err)
		}
		disturb(rt, inv.Resources[resource].Props, value)
		if _, err := g.Judge(t.Context(), inv, d, clock.Now()); err != nil {
			rt.Fatalf("%s: %v", inv.Resources[resource].Name, err)
		}
	})
}

// disturb puts a value somewhere into a tree.
func disturb(t *rapid.T, tree map[string]any, value any) {
	if len(tree) == 0 {
		return
	}
	key := rapid.SampledFrom(slices.Sorted(maps.Keys(tree))).Draw(t, "property")
	if rapid.Bool().Draw(t, "deeper") {
		switch inner := tree[key].(type) {
		case map[string]any:
			disturb(t, inner, value)
			return
		case []any:
			if len(inner) == 0 {
				break
			}
			i := rapid.IntRange(0, len(inner)-1).Draw(t, "item")
			if item, ok := inner[i].(map[string]any); ok {
				disturb(t, item, value)
			} else {
				inner[i] = value
			}
			return
		}
	}
	tree[key] = value
}

func copied(t *testing.T, inv *inventory.Inventory) *inventory.Inventory {
	t.Helper()
	text, err := json.Marshal(inv)
	if err != nil {
		t.Fatal(err)
	}
	var other inventory.Inventory
	if err := json.Unmarshal(text, &other); err != nil {
		t.Fatal(err)
	}
	return &other
}
