package vm

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

func program(t *testing.T, module string, natives map[string]Native, names ...string) *Program {
	t.Helper()
	m, err := ast.ParseModule("p.rego", module)
	if err != nil {
		t.Fatal(err)
	}
	c := ast.NewCompiler().WithCapabilities(pure)
	if c.Compile(map[string]*ast.Module{"p.rego": m}); c.Failed() {
		t.Fatal(c.Errors)
	}
	p, err := through(t, c, ast.NewObject(), natives, names...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// through plans rules, and has the plan written and read on the way.
func through(t *testing.T, compiler *ast.Compiler, base ast.Value, natives map[string]Native, names ...string) (*Program, error) {
	t.Helper()
	plan, err := NewPlan(t.Context(), compiler, pure, names...)
	if err != nil {
		return nil, err
	}
	data, err := plan.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if plan, err = DecodePlan(data); err != nil {
		t.Fatal(err)
	}
	again, err := plan.Encode()
	if err != nil || !bytes.Equal(again, data) {
		t.Fatalf("what was read is not what was written (%v)", err)
	}
	return plan.Program(base, natives)
}

// A plan that is not whole is refused, wherever it is cut off or changed.
func TestDamagedPlans(t *testing.T) {
	m := ast.MustParseModule(`package p
s contains x if { some x in input; not x.a.b == {"c": 1} }`)
	c := ast.NewCompiler().WithCapabilities(pure)
	if c.Compile(map[string]*ast.Module{"p.rego": m}); c.Failed() {
		t.Fatal(c.Errors)
	}
	plan, err := NewPlan(t.Context(), c, pure, "data.p.s")
	if err != nil {
		t.Fatal(err)
	}
	data, err := plan.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		if _, err := DecodePlan(data[:i]); err == nil {
			t.Errorf("one that ends after %d of %d bytes is read", i, len(data))
		}
		changed := bytes.Clone(data)
		changed[i] ^= 0x80
		_, _ = DecodePlan(changed) // whatever it says, it does not panic
	}
	if _, err := DecodePlan(append(data, 0)); err == nil {
		t.Error("one with more behind it is read")
	}
}

// What a rule makes in one evaluation is not there in the next.
func TestEvaluationsAreApart(t *testing.T) {
	p := program(t, `package p
s contains x if some x in input
s contains "always" if true
l := [x | some x in input]
o := {x: {} | some x in input}
f(x) := {x} | {"own"}
called contains y if { some x in input; some y in f(x) }`, nil, "data.p.s", "data.p.l", "data.p.o", "data.p.called")
	names := []string{"data.p.s", "data.p.l", "data.p.o", "data.p.called"}
	for _, input := range []string{`["a"]`, `[]`, `["b", "c"]`, `[]`} {
		values, err := p.Eval(t.Context(), ast.MustParseTerm(input).Value, nil, names)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(values)
		for _, other := range []string{`"a"`, `"b"`} {
			if strings.Contains(got, other) != strings.Contains(input, other) {
				t.Errorf("of %s: %s", input, got)
			}
		}
	}
}

func TestKnownValuesAreNotComputed(t *testing.T) {
	p := program(t, "package p\n\nindex := {x | some x in input}\n\nout := {x | some x in index}", nil, "data.p.out")
	known := map[string]ast.Value{"data.p.index": ast.NewSet(ast.StringTerm("handed in")), "data.p.nothing": ast.Null{}}
	values, err := p.Eval(t.Context(), ast.NewArray(), known, []string{"data.p.out"})
	if err != nil || values[0].Compare(known["data.p.index"]) != 0 {
		t.Errorf("got %v, %v", values, err)
	}
}

func TestNativeTakesTheFunctionsPlace(t *testing.T) {
	natives := map[string]Native{"data.p.f": func(args []*ast.Term) *ast.Term {
		if args[0].Value.Compare(ast.String("none")) == 0 {
			return nil
		}
		return ast.StringTerm("native")
	}}
	p := program(t, "package p\n\nf(x) := x\n\nout := [f(x) | some x in input]", natives, "data.p.out")
	values, err := p.Eval(t.Context(), ast.MustParseTerm(`["a", "none"]`).Value, nil, []string{"data.p.out"})
	if err != nil || fmt.Sprint(values[0]) != `["native"]` {
		t.Errorf("got %v, %v", values, err)
	}
}

// A fault of one rule is the fault of the evaluation, whatever the others say.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ rule, want string }{
		"a builtin that fails": {`bad := lower(input.n)`, "p.rego:3: eval_type_error: lower: operand 1 must be string but got number"},
		"two values":           {"bad := x if some x in [1, 2, input.n]", "p.rego:3: eval_conflict_error"},
		"two values of a key":  {`bad := {"k": x | some x in [1, 2, input.n]}`, "p.rego:3: eval_conflict_error: object keys must be unique"},
		"through a function":   {"f(x) := lower(x)\n\nbad := f(input.n)", "p.rego:3: eval_type_error"},
		"below another rule":   {"other := lower(input.n)\n\nbad if not other", "p.rego:3: eval_type_error"},
	} {
		t.Run(name, func(t *testing.T) {
			p := program(t, "package p\n\n"+c.rule+"\n\ngood := 1", nil, "data.p.bad", "data.p.good")
			_, err := p.Eval(t.Context(), ast.MustParseTerm(`{"n": 5}`).Value, nil, []string{"data.p.good", "data.p.bad", "data.p.good"})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	p := program(t, "package p\n\ngood := 1", nil, "data.p.good")
	if _, err := p.Eval(t.Context(), ast.Null{}, nil, []string{"data.p.bad"}); err == nil {
		t.Error("a rule that is not there was evaluated")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := program(t, "package p\n\nlong := count([1 | some x in numbers.range(1, 4000); some y in numbers.range(1, 4000); x == y; f(x)])\n\nf(x) := x", map[string]Native{
		"data.p.f": func(args []*ast.Term) *ast.Term {
			cancel()
			return args[0]
		},
	}, "data.p.long")
	if _, err := p.Eval(ctx, ast.Null{}, nil, []string{"data.p.long"}); err == nil {
		t.Error("evaluated to the end")
	}
	if _, err := p.Eval(ctx, ast.Null{}, nil, []string{"data.p.long"}); err == nil || topdown.IsError(err) {
		t.Errorf("got %v, want the context's", err)
	}
}

// The values of a rule are the same within a with, and other ones.
func TestWith(t *testing.T) {
	p := program(t, `package p
one := input.x
f(x) := [x, one, input.y.z]
out := [one, a, b, one] if {
	a := one with input.x as 2
	b := f(3) with input.y.z as 4
}`, nil, "data.p.out")
	values, err := p.Eval(t.Context(), ast.MustParseTerm(`{"x": 1, "y": {"z": 0}}`).Value, nil, []string{"data.p.out"})
	if err != nil || fmt.Sprint(values[0]) != "[1, 2, [3, 1, 4], 1]" {
		t.Errorf("got %v, %v", values, err)
	}
}
