package mutation

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"gopkg.in/yaml.v3"
)

// Harmless explains why changes break no promise. They are not made at all,
// unless the entry says that they are made and may survive.
type Harmless struct {
	Types      []string `yaml:"types"`      // patterns of path.Match
	Names      []string `yaml:"names"`      // the same, of Pulumi names; none means all
	Properties []string `yaml:"properties"` // the same; "" is the resource itself
	Operators  []string `yaml:"operators"`  // none means all
	Survives   bool     `yaml:"survives"`
	Reason     string   `yaml:"reason"`

	used bool
}

// Explained is the whole list.
type Explained []*Harmless

// ReadHarmless reads the list from a YAML file.
func ReadHarmless(file string) (Explained, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the harmless mutants: %w", err)
	}
	var list Explained
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var faults []error
	for i, h := range list {
		if len(h.Types) == 0 || len(h.Properties) == 0 || h.Reason == "" {
			faults = append(faults, fmt.Errorf("%s: entry %d needs types, properties and a reason", file, i+1))
		}
		for _, pattern := range slices.Concat(h.Types, h.Names, h.Properties) {
			if _, err := path.Match(pattern, ""); err != nil {
				faults = append(faults, fmt.Errorf("%s: entry %d: %q: %w", file, i+1, pattern, err))
			}
		}
	}
	return list, errors.Join(faults...)
}

// Left tells whether a change is one that nothing promised is about.
func (list Explained) Left(m Mutant) bool { return list.find(m, false) }

// Accepts tells whether a survivor is explained.
func (list Explained) Accepts(m Mutant) bool { return list.find(m, true) }

func (list Explained) find(m Mutant, survives bool) bool {
	for _, h := range list {
		if h.Survives == survives && matches(h.Types, m.Type) && matches(h.Properties, m.Property) &&
			(len(h.Names) == 0 || matches(h.Names, m.Name)) &&
			(len(h.Operators) == 0 || slices.Contains(h.Operators, m.Operator)) {
			h.used = true
			return true
		}
	}
	return false
}

// Unused are the entries that have explained nothing.
func (list Explained) Unused() []*Harmless {
	var unused []*Harmless
	for _, h := range list {
		if !h.used {
			unused = append(unused, h)
		}
	}
	return unused
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}
