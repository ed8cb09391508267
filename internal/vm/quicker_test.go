package vm

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
	"pgregory.net/rapid"
)

// What a quicker builtin answers, OPA's own does too.
func TestQuickerAnswersTheSame(t *testing.T) {
	arity := map[string]int{ast.JSONMarshal.Name: 1, ast.Lower.Name: 1, ast.Replace.Name: 3}
	for name, builtin := range quicker {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			operands := make([]*ast.Term, arity[name])
			for i := range operands {
				operands[i] = ast.NewTerm(anyValue(t, 3))
			}
			got, err := answers(builtin, operands)
			if again, _ := answers(builtin, operands); again.Compare(got) != 0 {
				t.Fatalf("%v: got %v, and then %v", operands, got, again)
			}
			want, wantErr := answers(topdown.GetBuiltin(name), operands)
			if got.Compare(want) != 0 || (err == nil) != (wantErr == nil) {
				t.Fatalf("%v: got %v, %v; OPA says %v, %v", operands, got, err, want, wantErr)
			}
		}))
	}
}

var cached = topdown.BuiltinContext{Cache: builtins.Cache{}}

func answers(builtin topdown.BuiltinFunc, operands []*ast.Term) (*ast.Array, error) {
	var list []*ast.Term
	err := builtin(cached, operands, func(t *ast.Term) error {
		list = append(list, t)
		return nil
	})
	return ast.NewArray(list...), err
}

func anyValue(t *rapid.T, depth int) ast.Value {
	kinds := []string{"text", "plain", "number", "bool", "null", "array", "object", "set", "odd object"}
	if depth == 0 {
		kinds = kinds[:5]
	}
	terms := func() []*ast.Term {
		list := make([]*ast.Term, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = ast.NewTerm(anyValue(t, depth-1))
		}
		return list
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "text":
		return ast.String(rapid.String().Draw(t, "text"))
	case "plain":
		return ast.String(rapid.SampledFrom([]string{"", "a", "ab", "b", "<&>", "\"\\", "\xff", "\u2028", "aab"}).Draw(t, "plain"))
	case "number":
		return ast.Number(rapid.SampledFrom([]string{"0", "-1", "1.50", "1e3", "123456789012345678901234567890"}).Draw(t, "number"))
	case "bool":
		return ast.Boolean(rapid.Bool().Draw(t, "bool"))
	case "array":
		return ast.NewArray(terms()...)
	case "object", "odd object":
		object := ast.NewObject()
		for _, v := range terms() {
			key := ast.NewTerm(anyValue(t, 0))
			if rapid.Bool().Draw(t, "named") {
				key = ast.StringTerm(rapid.StringN(0, 3, 9).Draw(t, "key"))
			}
			object.Insert(key, v)
		}
		return object
	case "set":
		return ast.NewSet(terms()...)
	default:
		return ast.Null{}
	}
}
