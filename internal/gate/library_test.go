package gate

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/inventory"
)

func library(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../policies/lib/lib.rego")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The gate does in Go what the library says in Rego, and not where a library says
// something else.
func TestOwnWords(t *testing.T) {
	if !load(t).own {
		t.Error("the library has other words for its indexes or functions than the gate knows: see own")
	}
	text := library(t)
	for name, words := range own {
		if !strings.Contains(text, "\n"+words+"\n") {
			t.Errorf("the library does not say %s so", name)
			continue
		}
		g, err := Load(t.Context(), pack(t, map[string]string{"lib/lib.rego": strings.Replace(text, words, words+"\n\n"+words+"\n\n", 1)}), "pack")
		if err == nil && g.own {
			t.Errorf("%s is there twice, and the gate takes the library for its own", name)
		}
	}
	other := strings.Replace(text, `split(path, ".")`, `split(path, "/")`, 1)
	g, err := Load(t.Context(), pack(t, map[string]string{"lib/lib.rego": other}), "pack")
	if err != nil || g.own {
		t.Errorf("another library is taken for the gate's own (%v)", err)
	}
}

// ask evaluates a query with OPA and the library.
func ask(t *rapid.T, query rego.PreparedEvalQuery, input ast.Value) ast.Value {
	results, err := query.Eval(context.Background(), rego.EvalParsedInput(input))
	if err != nil {
		t.Fatal(err)
	}
	if len(results) == 0 {
		return nil
	}
	return ast.MustInterfaceToValue(results[0].Expressions[0].Value)
}

func prepared(t *testing.T, query string) rego.PreparedEvalQuery {
	t.Helper()
	q, err := rego.New(rego.Query(query), rego.Module("lib.rego", library(t))).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func same(a, b ast.Value) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	plain, err := ast.JSON(a)
	return err == nil && ast.MustInterfaceToValue(plain).Compare(b) == 0
}

func TestIndexes(t *testing.T) {
	queries := map[string]rego.PreparedEvalQuery{}
	for _, name := range []string{"by_urn", "by_type", "by_id"} {
		queries["data.tillit.lib."+name] = prepared(t, "data.tillit.lib."+name)
	}
	rapid.Check(t, func(t *rapid.T) {
		inv := &inventory.Inventory{Resources: rapid.SliceOfNDistinct(rapid.Custom(anyResource), 0, 6,
			func(r inventory.Resource) string { return r.URN }).Draw(t, "resources")}
		d, err := newDocument(inv, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		made := d.indexes(inv)
		for name, query := range queries {
			if want := ask(t, query, d.input); !same(made[name], want) {
				t.Fatalf("%s: the gate makes %v, the rules %v", name, made[name], want)
			}
		}
	})
	twice := &inventory.Inventory{Resources: []inventory.Resource{{URN: "a"}, {URN: "a"}}}
	d, err := newDocument(twice, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.indexes(twice) != nil {
		t.Error("two resources of one URN are indexed")
	}
}

func TestNatives(t *testing.T) {
	calls := map[string]string{
		"data.tillit.lib.at":      "data.tillit.lib.at(input.value, input.path)",
		"data.tillit.lib.prop":    "data.tillit.lib.prop(input.value, input.path)",
		"data.tillit.lib.veil":    "data.tillit.lib.veil(input.value)",
		"data.tillit.lib.unknown": "data.tillit.lib.unknown(input.value)",
	}
	for name, native := range natives {
		query := prepared(t, calls[name])
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			value := ast.NewTerm(ast.MustInterfaceToValue(anyDocument(t, 4)))
			path := ast.StringTerm(rapid.SampledFrom([]string{"", ".", "a", "a.b", "a.b.a", "props.a", "$unknown", "a.$unknown.b"}).Draw(t, "path"))
			var got ast.Value
			if answer := native([]*ast.Term{value, path}); answer != nil {
				got = answer.Value
			}
			want := ask(t, query, ast.NewObject(ast.Item(ast.StringTerm("value"), value), ast.Item(ast.StringTerm("path"), path)))
			if !same(got, want) {
				t.Fatalf("of %v at %v the gate says %v, the rules %v", value, path, got, want)
			}
		}))
	}
}

func anyDocument(t *rapid.T, depth int) any {
	kinds := []string{"null", "false", "text", "unknown", "object", "object", "list"}
	if depth == 0 {
		kinds = kinds[:4]
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "false":
		return false
	case "text":
		return `{"$unknown":true}`
	case "unknown":
		return inventory.Unknown()
	case "list":
		return []any{anyDocument(t, depth-1)}
	case "object":
		object := map[string]any{}
		for _, key := range []string{"a", "b", "props", "$unknown"} {
			if rapid.Bool().Draw(t, key) {
				object[key] = anyDocument(t, depth-1)
			}
		}
		return object
	default:
		return nil
	}
}
