package gate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"gopkg.in/yaml.v3"

	"github.com/tillit-dev/tillit/internal/vm"
	"github.com/tillit-dev/tillit/policies"
)

// Gate is a compiled policy pack. It is safe for concurrent use.
type Gate struct {
	rules   map[string]Rule
	facts   map[string]Fact
	program *vm.Program
	asked   []asked // of every rule, by rule
	own     bool    // see own
}

// reportRules are what data.tillit.report must define, so that those who have
// only opa find the same as the gate, which asks the rules themselves.
var reportRules = []string{"judged", "violations", "witnesses", "undetermined"}

// Load reads a policy pack: Rego modules under lib and rules, and facts under
// data. Tests (_test.rego) are left out. Errors name files as name/path:line,
// where name is what the user calls the pack. The pack that was compiled when the
// program was built is not compiled again.
func Load(ctx context.Context, pack fs.FS, name string) (*Gate, error) {
	name = path.Clean(name)
	if sum, err := digest(pack); err == nil {
		if c, err := decode(policies.Compiled()); err == nil && c.Digest == sum {
			return c.gate(name)
		}
	}
	c, err := compile(ctx, pack, name)
	if err != nil {
		return nil, err
	}
	return c.gate("")
}

// questions are the sets that the rules define.
func questions(modules map[string]*ast.Module, rules map[string]Rule) []asked {
	var list []asked
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		module := modules[rules[id].File]
		for _, set := range sets {
			if slices.ContainsFunc(module.Rules, func(r *ast.Rule) bool { return r.Head.Ref()[0].String() == set }) {
				list = append(list, asked{Rule: id, Set: set, Name: module.Package.Path.String() + "." + set})
			}
		}
	}
	return list
}

// Rules are the pack's rules, by id.
func (g *Gate) Rules() []Rule {
	rules := make([]Rule, 0, len(g.rules))
	for _, id := range slices.Sorted(maps.Keys(g.rules)) {
		rules = append(rules, g.rules[id])
	}
	return rules
}

// Rule returns the rule with the id. Besides the pack's own there is Witnessed,
// the rule that a declared promise must have a witness.
func (g *Gate) Rule(id string) (Rule, bool) {
	if id == Witnessed {
		return witnessed, true
	}
	r, ok := g.rules[id]
	return r, ok
}

// parse reads every module of lib and rules, by file name.
func parse(pack fs.FS, name string) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	var faults []error
	for _, dir := range []string{"lib", "rules"} {
		err := fs.WalkDir(pack, dir, func(p string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir(), path.Ext(p) != ".rego", strings.HasSuffix(p, "_test.rego"):
				return nil
			}
			text, err := fs.ReadFile(pack, p)
			if err != nil {
				return err
			}
			file := path.Join(name, p)
			module, err := ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{
				ProcessAnnotation: true,
				Capabilities:      pure(),
			})
			if err != nil {
				faults = append(faults, joinRego(err))
				return nil
			}
			modules[file] = module
			return nil
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: not a policy pack: it has no folder %s: %w", name, dir, err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return modules, errors.Join(faults...)
}

// readData merges the YAML and JSON files of data at the root, as opa does, and
// returns beside it the facts that rules may name.
func readData(pack fs.FS, name string) (data map[string]any, facts map[string]Fact, err error) {
	data = map[string]any{}
	entries, err := fs.ReadDir(pack, "data")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, entry := range entries {
		if !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(entry.Name())) {
			continue
		}
		file := path.Join(name, "data", entry.Name())
		text, err := fs.ReadFile(pack, path.Join("data", entry.Name()))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		if err := jsonable(doc); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		for key, value := range doc {
			if err := merge(data, key, value); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	facts, err = readFacts(data, path.Join(name, "data"))
	if err != nil {
		return nil, nil, err
	}
	return data, facts, nil
}

// jsonable refuses what YAML can say and JSON cannot, such as a map whose keys
// are not strings.
func jsonable(doc any) error {
	if _, err := json.Marshal(doc); err != nil {
		return fmt.Errorf("is not JSON data: %w", err)
	}
	return nil
}

// merge adds value at key; two maps are merged one level down, so that several
// files may hold facts, and anything said twice is an error.
func merge(into map[string]any, key string, value any) error {
	old, there := into[key]
	if !there {
		into[key] = value
		return nil
	}
	a, aok := old.(map[string]any)
	b, bok := value.(map[string]any)
	if !aok || !bok {
		return fmt.Errorf("%s is defined twice", key)
	}
	for k, v := range b {
		if _, twice := a[k]; twice {
			return fmt.Errorf("%s.%s is defined twice", key, k)
		}
		a[k] = v
	}
	return nil
}

// complete checks that the pack has the entry point and rules to judge by.
func complete(modules map[string]*ast.Module, name string) error {
	defined := map[string]bool{}
	for _, m := range modules {
		if m.Package.Path.String() == "data.tillit.report" {
			for _, r := range m.Rules {
				defined[r.Head.Ref()[0].String()] = true
			}
		}
	}
	for _, rule := range reportRules {
		if !defined[rule] {
			return fmt.Errorf("%s: not a policy pack: data.tillit.report.%s is not defined", name, rule)
		}
	}
	return nil
}

// pure is the language rules are written in: all of Rego but the builtins whose
// answer depends on anything but their arguments.
func pure() *ast.Capabilities {
	caps := ast.CapabilitiesForThisVersion()
	caps.Builtins = slices.DeleteFunc(slices.Clone(caps.Builtins), func(b *ast.Builtin) bool {
		return b.IsNondeterministic()
	})
	return caps
}

// joinRego turns OPA's list of errors into a joined error, one a line.
func joinRego(err error) error {
	var list ast.Errors
	if !errors.As(err, &list) {
		return err
	}
	faults := make([]error, len(list))
	for i, e := range list {
		faults[i] = e
	}
	return errors.Join(faults...)
}
