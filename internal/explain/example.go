package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// estate is the name of every example's estate, and of its resource group.
const estate = "example"

// example is a file of the pack, as package doc describes it.
type example struct {
	Promises        map[string]map[string]any `yaml:"promises"`
	Both, Good, Bad []resource

	file string
	text map[string]string // the sections as they are written
}

type resource struct {
	Type  string         `yaml:"type"`
	Name  string         `yaml:"name"`
	Props map[string]any `yaml:"props"`
}

// Judged is one of the two estates of an example, with what its rule finds.
type Judged struct {
	Inventory *inventory.Inventory `json:"inventory"` // as tillit check reads it
	// Witnesses are the names of the resources that keep the promise, each with
	// the values it is designed to keep; good estates have some, bad ones may.
	Witnesses  []string         `json:"witnesses"`
	Violations []gate.Violation `json:"violations"` // none in a good estate

	shared, own string // the example as it is written
}

func readExamples(pack fs.FS, name string) (map[string]example, error) {
	examples := map[string]example{}
	err := fs.WalkDir(pack, "examples", func(p string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && p == "examples":
			return nil
		case err != nil:
			return err
		case entry.IsDir() || path.Ext(p) != ".yaml":
			return nil
		}
		text, err := fs.ReadFile(pack, p)
		if err != nil {
			return err
		}
		e, err := readExample(text, path.Join(name, p))
		if err != nil {
			return err
		}
		examples[strings.TrimSuffix(strings.TrimPrefix(p, "examples/"), ".yaml")] = e
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the examples: %w", err)
	}
	return examples, nil
}

func readExample(text []byte, file string) (example, error) {
	e := example{file: file, text: sections(string(text))}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&e); err != nil {
		return example{}, fmt.Errorf("%s: %w", file, err)
	}
	if len(e.Promises) == 0 || len(e.Good) == 0 || len(e.Bad) == 0 {
		return example{}, fmt.Errorf("%s: an example needs promises, good and bad", file)
	}
	return e, nil
}

var sectionHead = regexp.MustCompile(`^([a-z]+):`)

// sections cuts a file at its top-level keys. What stands before the first is
// left out.
func sections(text string) map[string]string {
	cut := map[string]string{}
	head := ""
	for line := range strings.Lines(text) {
		if found := sectionHead.FindStringSubmatch(line); found != nil {
			head = found[1]
		}
		if head != "" {
			cut[head] += line
		}
	}
	return cut
}

// judge builds one of the example's estates and keeps what the rule finds.
func (b *Book) judge(ctx context.Context, rule gate.Rule, e example, section string, own []resource) (*Judged, error) {
	decl, err := e.declaration()
	if err != nil {
		return nil, fmt.Errorf("%s: promises: %w", e.file, err)
	}
	resources, err := resolve(slices.Concat(e.Both, own))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", e.file, section, err)
	}
	inv := &inventory.Inventory{Estate: estate, Source: "plan", Promises: decl.Canonical(), Resources: resources}
	// An example has no waivers, so the day does not matter.
	result, err := b.gate.Judge(ctx, inv, decl, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", e.file, section, err)
	}
	judged := &Judged{
		Inventory: inv, Witnesses: []string{}, Violations: []gate.Violation{},
		shared: e.text["promises"] + e.text["both"], own: e.text[section],
	}
	names := map[string]string{}
	for _, r := range resources {
		names[r.URN] = r.Name
	}
	for _, p := range result.Promises {
		for _, w := range p.Witnesses {
			if w.Rule == rule.ID {
				judged.Witnesses = append(judged.Witnesses, names[w.URN]+designed(p.ID, w.Designed))
			}
		}
		for _, v := range p.Violations {
			if v.Rule == rule.ID {
				judged.Violations = append(judged.Violations, v)
			}
		}
	}
	slices.Sort(judged.Witnesses)
	return judged, nil
}

// declaration is the example's promises, read as strictly as a stack file's.
func (e example) declaration() (*promises.Declaration, error) {
	text, err := json.Marshal(e.Promises)
	if err != nil {
		return nil, err
	}
	return promises.FromConfig(estate, map[string]string{"tillit:promises": string(text)})
}

// designed writes a witness's values: " (every 5m, for 7d)"; empty without any.
func designed(id promises.ID, values map[string]any) string {
	promise, _ := promises.Lookup(id)
	var parts []string
	for _, q := range promise.Parameters {
		v, ok := values[q.Name]
		if !ok {
			continue
		}
		if seconds, number := v.(float64); number && q.Type == "duration" {
			v = promises.FormatDuration(time.Duration(seconds) * time.Second)
		}
		parts = append(parts, fmt.Sprintf("%s %v", q.Name, v))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

var reference = regexp.MustCompile(`\$\{([^}]*)\.id\}`)

// resolve makes an inventory's resources of an example's. A resource may refer
// to those before it whose type has a known place in ARM.
func resolve(list []resource) ([]inventory.Resource, error) {
	ids := map[string]string{}
	resolved := make([]inventory.Resource, 0, len(list))
	for _, r := range list {
		if _, twice := ids[r.Name]; twice || r.Name == "" || r.Type == "" {
			return nil, fmt.Errorf("%q: each resource needs a type, and a name of its own", r.Name)
		}
		value, err := substitute(r.Props, ids)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		props, _ := value.(map[string]any)
		if props == nil {
			props = map[string]any{}
		}
		id := ""
		if t, known := azure.Lookup(r.Type); known {
			name(r.Name, props, t.PathParameters())
			if id, err = t.ID(props, azure.Subscription); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Name, err)
			}
		}
		ids[r.Name] = id
		resolved = append(resolved, inventory.Resource{
			URN:  fmt.Sprintf("urn:pulumi:%s::%s::%s::%s", estate, estate, r.Type, r.Name),
			Type: r.Type, Name: r.Name, ID: id, Props: props, Custom: true,
		})
	}
	return resolved, nil
}

// name fills in the names that an example may leave out of a resource's props.
func name(own string, props map[string]any, parameters []string) {
	if len(parameters) == 0 {
		return
	}
	for parameter, value := range map[string]string{"resourceGroupName": estate, parameters[len(parameters)-1]: own} {
		if props[parameter] == nil && slices.Contains(parameters, parameter) {
			props[parameter] = value
		}
	}
}

// substitute replaces every ${name.id} in a value. It makes a copy: both
// estates of an example are made of the same resources.
func substitute(value any, ids map[string]string) (any, error) {
	switch v := value.(type) {
	case string:
		var missing error
		text := reference.ReplaceAllStringFunc(v, func(ref string) string {
			name := reference.FindStringSubmatch(ref)[1]
			if ids[name] == "" {
				missing = fmt.Errorf("%s: no resource before this one has that name and an id", ref)
			}
			return ids[name]
		})
		return text, missing
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, item := range v {
			var err error
			if copied[key], err = substitute(item, ids); err != nil {
				return nil, err
			}
		}
		return copied, nil
	case []any:
		copied := make([]any, len(v))
		for i, item := range v {
			var err error
			if copied[i], err = substitute(item, ids); err != nil {
				return nil, err
			}
		}
		return copied, nil
	default:
		return value, nil
	}
}
