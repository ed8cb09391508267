package gate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/version"

	"github.com/tillit-dev/tillit/internal/vm"
)

// compiled is a policy pack after everything that depends on nothing but its
// files. Compiling takes a third of a second, which is most of the time that it
// takes to judge an estate.
type compiled struct {
	Digest string          `json:"digest"` // of what it was compiled from
	Rules  map[string]Rule `json:"rules"`
	Data   json.RawMessage `json:"data"`
	Asked  []asked         `json:"asked"`
	Own    bool            `json:"own"`

	plan *vm.Plan
}

// Compile compiles a policy pack into what package policies keeps, for Load.
func Compile(ctx context.Context, pack fs.FS) ([]byte, error) {
	c, err := compile(ctx, pack, ".")
	if err != nil {
		return nil, err
	}
	if c.Digest, err = digest(pack); err != nil {
		return nil, err
	}
	head, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	plan, err := c.plan.Encode()
	if err != nil {
		return nil, err
	}
	return append(append(head, '\n'), plan...), nil // JSON has no line break of its own
}

// decode reads what Compile wrote.
func decode(data []byte) (*compiled, error) {
	head, rest, found := bytes.Cut(data, []byte("\n"))
	if !found {
		return nil, errors.New("there is no compiled pack")
	}
	var c compiled
	if err := json.Unmarshal(head, &c); err != nil {
		return nil, err
	}
	var err error
	c.plan, err = vm.DecodePlan(rest)
	return &c, err
}

// compile compiles a pack; its files are called name/path.
func compile(ctx context.Context, pack fs.FS, name string) (*compiled, error) {
	modules, err := parse(pack, name)
	if err != nil {
		return nil, err
	}
	data, facts, err := readData(pack, name)
	if err != nil {
		return nil, err
	}
	rules, err := readRules(modules, name, facts)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(pure())
	compiler.Compile(modules)
	if compiler.Failed() {
		return nil, joinRego(compiler.Errors)
	}
	if err := complete(modules, name); err != nil {
		return nil, err
	}
	c := &compiled{Rules: rules, Asked: questions(modules, rules), Own: knowsLibrary(modules)}
	if c.Data, err = json.Marshal(data); err != nil {
		return nil, fmt.Errorf("%s: data: %w", name, err)
	}
	names := make([]string, len(c.Asked))
	for i, q := range c.Asked {
		names[i] = q.Name
	}
	if c.plan, err = vm.NewPlan(ctx, compiler, pure(), names...); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// gate makes the pack ready to judge. The names of its files are put under dir.
func (c *compiled) gate(dir string) (*Gate, error) {
	g := &Gate{rules: c.Rules, asked: c.Asked, own: c.Own}
	for id, rule := range c.Rules {
		rule.File = path.Join(dir, rule.File)
		g.rules[id] = rule
	}
	c.plan.Under(dir)
	var data map[string]any
	d := json.NewDecoder(bytes.NewReader(c.Data))
	d.UseNumber()
	if err := d.Decode(&data); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	base, err := ast.InterfaceToValue(data)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if g.facts, err = readFacts(shortest(data).(map[string]any), path.Join(dir, "data")); err != nil {
		return nil, err
	}
	var inGo map[string]vm.Native
	if g.own {
		inGo = natives
	}
	if g.program, err = c.plan.Program(base, inGo); err != nil {
		return nil, err
	}
	return g, nil
}

// shortest puts int in the place of json.Number, and float64 where that will not
// do, as in YAML.
func shortest(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		return floats(v)
	case []any:
		for i := range v {
			v[i] = shortest(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = shortest(v[key])
		}
	}
	return v
}

// digest tells packs apart, and builds of the gate whose compiled packs differ.
func digest(pack fs.FS) (string, error) {
	h := sha256.New()
	write := func(parts ...string) {
		for _, part := range parts {
			fmt.Fprintf(h, "%d:%s", len(part), part)
		}
	}
	write(version.Version)
	write(sets...)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		write(name, own[name])
	}
	for _, dir := range []string{"lib", "rules", "data"} {
		err := fs.WalkDir(pack, dir, func(p string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(p, "_test.rego") {
				return err
			}
			text, err := fs.ReadFile(pack, p)
			write(p, string(text))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
