package vm

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/test/cases"
)

// asked matches the queries that ask for one document: data.a.b = x.
var asked = regexp.MustCompile(`^(data(?:\.[a-z_][a-z0-9_]*)+)\s*=\s*[a-z]+$`)

// byNumber are the cases in which a number stands for a text in a path of the
// base document: a trait of OPA's storage, which takes paths apart as texts.
var byNumber = map[string]bool{"data/toplevel integer": true, "data/nested integer": true}

// pure is Rego without the builtins that ask the world.
var pure = func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), (*ast.Builtin).IsNondeterministic)
	return c
}()

// OPA's own conformance tests: what its evaluator finds, this one finds.
func TestConformance(t *testing.T) {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa/v1/test/cases").Output()
	if err != nil {
		t.Fatal(err)
	}
	set, err := cases.Load(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "v1"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, c := range set.Cases {
		t.Run(c.Note, func(t *testing.T) {
			match := asked.FindStringSubmatch(c.Query)
			if match == nil || len(c.Env) > 0 || byNumber[c.Note] {
				return
			}
			if compare(t, c, match[1]) {
				compared++
			}
		})
	}
	t.Logf("%d of %d cases compared", compared, len(set.Cases))
}

// compare tells whether there was something to compare.
func compare(t *testing.T, c cases.TestCase, name string) bool {
	t.Helper()
	modules := map[string]*ast.Module{}
	for i, text := range c.Modules {
		file := string(rune('a'+i)) + ".rego"
		module, err := ast.ParseModuleWithOpts(file, text, ast.ParserOptions{AllFutureKeywords: true})
		if err != nil {
			return false
		}
		modules[file] = module
	}
	compiler := ast.NewCompiler().WithCapabilities(pure)
	if compiler.Compile(modules); compiler.Failed() {
		return false
	}
	data := map[string]any{}
	if c.Data != nil {
		data = *c.Data
	}
	var input ast.Value = ast.NewObject()
	switch {
	case c.InputTerm != nil:
		input = ast.MustParseTerm(*c.InputTerm).Value
	case c.Input != nil:
		input = ast.MustInterfaceToValue(*c.Input)
	}
	if !input.IsGround() {
		return false
	}
	base := ast.MustInterfaceToValue(data)
	p, err := through(t, compiler, base, nil, name)
	if err != nil {
		t.Logf("not planned: %v", err)
		return false
	}
	if fn := p.functions[name]; fn == nil || fn.memo < 0 {
		return false
	}
	if _, err := p.Eval(t.Context(), input, nil, []string{name}); err != nil {
		t.Logf("the first time: %v", err) // and the second time the same, or else
	}
	values, err := p.Eval(t.Context(), input, nil, []string{name})
	results, wantErr := rego.New(rego.Query(name), rego.Compiler(compiler), rego.ParsedInput(input),
		rego.Store(inmem.NewFromObject(data)), rego.StrictBuiltinErrors(true)).Eval(t.Context())
	if wantErr != nil {
		if err == nil {
			t.Errorf("got %v, want the error %v", values, wantErr)
		}
		return true
	}
	if err != nil {
		t.Errorf("got %v, want %v", err, results)
		return true
	}
	var want ast.Value
	if len(results) > 0 {
		want = ast.MustInterfaceToValue(results[0].Expressions[0].Value)
	}
	got := values[0]
	if got != nil {
		plain, err := ast.JSON(got)
		if err != nil {
			t.Fatal(err)
		}
		got = ast.MustInterfaceToValue(plain)
	}
	if (got == nil) != (want == nil) || got != nil && got.Compare(want) != 0 {
		t.Errorf("%s\ngot  %v\nwant %v", strings.Join(c.Modules, "\n"), got, want)
	}
	return true
}
