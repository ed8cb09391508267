package monitor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// SecretStandIn is what a program is told for a secret of the stack's
// configuration, which cannot be decrypted here. It surfaces only as a mark.
const SecretStandIn = "[secret]"

// Project is what a Pulumi.yaml says.
type Project struct {
	Name string
	Dir  string // the folder it lies in, absolute
	// Config holds the defaults that the project gives, by qualified key.
	Config map[string]string
}

// FindProject reads the Pulumi.yaml in dir or the nearest folder above it. It
// reports false when there is none.
func FindProject(dir string) (Project, bool, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Project{}, false, err
	}
	for {
		file := filepath.Join(dir, "Pulumi.yaml")
		data, err := os.ReadFile(file)
		switch {
		case err == nil:
			p, err := readProject(file, data)
			return p, err == nil, err
		case !errors.Is(err, fs.ErrNotExist):
			return Project{}, false, err
		case filepath.Dir(dir) == dir:
			return Project{}, false, nil
		}
		dir = filepath.Dir(dir)
	}
}

func readProject(file string, data []byte) (Project, error) {
	var raw struct {
		Name   string               `yaml:"name"`
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return Project{}, fmt.Errorf("%s: %w", file, err)
	}
	if raw.Name == "" {
		return Project{}, fmt.Errorf("%s: the project has no name", file)
	}
	p := Project{Name: raw.Name, Dir: filepath.Dir(file), Config: map[string]string{}}
	for key, node := range raw.Config {
		value := node
		if node.Kind == yaml.MappingNode { // a declaration: {type: string, default: x} or {value: x}
			var declared map[string]yaml.Node
			if err := node.Decode(&declared); err != nil {
				return Project{}, fmt.Errorf("%s: config %s: %w", file, key, err)
			}
			if v, ok := declared["value"]; ok {
				value = v
			} else if v, ok := declared["default"]; ok {
				value = v
			} else {
				continue
			}
		}
		text, _, err := configValue(&value)
		if err != nil {
			return Project{}, fmt.Errorf("%s:%d: config %s: %w", file, value.Line, key, err)
		}
		p.Config[qualified(p.Name, key)] = text
	}
	return p, nil
}

// ReadConfig reads a stack's configuration file as Pulumi hands it to a program:
// values by qualified key, structured ones as JSON, and the keys that hold
// secrets. A secret is replaced by SecretStandIn.
func ReadConfig(file, project string) (config map[string]string, secretKeys []string, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read stack file: %w", err)
	}
	var raw struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, nil, fmt.Errorf("read stack file: %s: %w", file, err)
	}
	config = make(map[string]string, len(raw.Config))
	for _, key := range slices.Sorted(maps.Keys(raw.Config)) {
		node := raw.Config[key]
		text, secret, err := configValue(&node)
		if err != nil {
			return nil, nil, fmt.Errorf("read stack file: %s:%d: %s: %w", file, node.Line, key, err)
		}
		config[qualified(project, key)] = text
		if secret {
			secretKeys = append(secretKeys, qualified(project, key))
		}
	}
	return config, secretKeys, nil
}

// qualified is a configuration key with its namespace: the project's own keys
// are written without.
func qualified(project, key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return project + ":" + key
}

// configValue is a value as Pulumi passes it on, and whether a secret is in it.
func configValue(node *yaml.Node) (text string, secret bool, err error) {
	v, secret, err := (&flattener{left: 100_000}).plain(node, 0)
	if err != nil {
		return "", false, err
	}
	switch v := v.(type) {
	case nil:
		return "", secret, nil
	case string:
		return v, secret, nil
	case bool, int, int64, uint64, float64:
		if node.Kind == yaml.ScalarNode {
			return node.Value, secret, nil // as it is written
		}
	}
	data, err := json.Marshal(v)
	return string(data), secret, err
}

// flattener decodes a YAML value to what JSON can hold, secrets replaced. It
// counts values, since aliases can make few lines into any number of them.
type flattener struct{ left int }

func (f *flattener) plain(node *yaml.Node, depth int) (v any, secret bool, err error) {
	if f.left--; f.left < 0 || depth > 100 {
		return nil, false, errors.New("it holds too many values, or nests more than 100 levels deep")
	}
	switch node.Kind {
	case yaml.AliasNode:
		return f.plain(node.Alias, depth+1)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			e, s, err := f.plain(item, depth+1)
			if err != nil {
				return nil, false, err
			}
			list, secret = append(list, e), secret || s
		}
		return list, secret, nil
	case yaml.MappingNode:
		if len(node.Content) == 2 && node.Content[0].Value == "secure" {
			return SecretStandIn, true, nil
		}
		object := map[string]any{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i].Value
			if _, twice := object[key]; twice {
				return nil, false, fmt.Errorf("line %d: %s is there twice", node.Content[i].Line, key)
			}
			e, s, err := f.plain(node.Content[i+1], depth+1)
			if err != nil {
				return nil, false, err
			}
			object[key], secret = e, secret || s
		}
		return object, secret, nil
	}
	if node.Tag == "!!timestamp" {
		return node.Value, false, nil
	}
	err = node.Decode(&v)
	return v, false, err
}
