package mutation

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/tillit-dev/tillit/promises"
)

// Harmless explains why changes break no promise. They are not made at all,
// unless the entry says that they are made and may survive.
type Harmless struct {
	Types      []string `yaml:"types"`      // patterns of path.Match
	Names      []string `yaml:"names"`      // the same, of Pulumi names; none means all
	Properties []string `yaml:"properties"` // the same; "" is the resource itself
	Operators  []string `yaml:"operators"`  // none means all
	Survives   bool     `yaml:"survives"`

	// Beside narrows the entry to properties whose neighbours, in the innermost
	// object that holds them, have these values; of a list's element to the element's
	// own. The values are patterns too.
	Beside map[string]string `yaml:"beside"`
	Reason string            `yaml:"reason"`

	// Unless names promises to which the change does matter: the entry says
	// nothing of an estate that makes one of them.
	Unless []promises.ID `yaml:"unless"`

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
		for _, id := range h.Unless {
			if _, known := promises.Lookup(id); !known {
				faults = append(faults, fmt.Errorf("%s: entry %d: the catalogue has no promise %s", file, i+1, id))
			}
		}
		for _, pattern := range slices.Concat(h.Types, h.Names, h.Properties, slices.Collect(maps.Values(h.Beside))) {
			if _, err := path.Match(pattern, ""); err != nil {
				faults = append(faults, fmt.Errorf("%s: entry %d: %q: %w", file, i+1, pattern, err))
			}
		}
	}
	return list, errors.Join(faults...)
}

// Left returns the entry for a change that nothing the estate promises is about;
// nil when there is none and the mutant has to be made.
func (list Explained) Left(d *promises.Declaration, m Mutant) *Harmless {
	return list.find(d, m, false)
}

// Accepts returns the entry that explains a survivor; nil when none does.
func (list Explained) Accepts(d *promises.Declaration, m Mutant) *Harmless {
	return list.find(d, m, true)
}

func (list Explained) find(d *promises.Declaration, m Mutant, survives bool) *Harmless {
	for _, h := range list {
		if h.Survives == survives && !slices.ContainsFunc(h.Unless, d.Has) && matches(h.Types, m.Type) && matches(h.Properties, m.Property) &&
			(len(h.Names) == 0 || matches(h.Names, m.Name)) && h.stands(m.beside) &&
			(len(h.Operators) == 0 || slices.Contains(h.Operators, m.Operator)) {
			h.used = true
			return h
		}
	}
	return nil
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

// stands reports that a property's neighbours are those that the entry is about.
func (h *Harmless) stands(beside map[string]any) bool {
	for name, pattern := range h.Beside {
		text, _ := beside[name].(string)
		if ok, _ := path.Match(pattern, text); !ok {
			return false
		}
	}
	return true
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}
