package promises

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// Promise is one entry of the catalogue.
type Promise struct {
	ID         ID
	Title      map[string]string // what is promised, by language: en, nb, sv
	Parameters []Parameter       // in the order they are read aloud
	Built      bool              // a resource implements it
	Gated      bool              // a rule denies a deployment that breaks it
	Proven     bool              // a drill or a live check measures it
	Attested   bool              // people record it, dated
	Controls   []string          // Annex A ids, such as A.8.13
}

// Parameter is one parameter of a promise.
type Parameter struct {
	Name     string
	Type     string            // duration, number, text, list, region, country, version, url
	Required bool              // no default
	Example  string            // a value as YAML, of a required parameter; else empty
	Default  string            // as one would write it; empty when required
	Better   string            // lower or higher: the side on which another value still keeps the promise; else empty
	Values   []string          // the only values allowed; empty when any of the type is
	Min, Max string            // bounds, as one would write them; empty when none
	Title    map[string]string // by language
	Words    map[string]string // a phrase that says the value, {} in its place; by language
}

// Languages are the languages of every title, in the order of the catalogue.
func Languages() []string { return []string{"en", "nb", "sv"} }

// Catalogue returns every promise, in the catalogue's order. The caller must
// not change it.
func Catalogue() []Promise { return catalogue().all }

// Lookup returns the promise with an id.
func Lookup(id ID) (Promise, bool) {
	i, ok := catalogue().byID[id]
	if !ok {
		return Promise{}, false
	}
	return catalogue().all[i], true
}

// Controls returns the titles of the 93 controls of ISO/IEC 27001:2022 Annex A,
// by id such as A.8.13.
func Controls() map[string]string {
	titles := map[string]string{}
	for line := range strings.Lines(controlsTSV) {
		id, title, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		titles[id] = title
	}
	return titles
}

// Kept returns the ways in which the promise is kept, in the order built,
// gated, proven, attested.
func (p Promise) Kept() []string {
	var ways []string
	for _, w := range []struct {
		name string
		is   bool
	}{{"built", p.Built}, {"gated", p.Gated}, {"proven", p.Proven}, {"attested", p.Attested}} {
		if w.is {
			ways = append(ways, w.name)
		}
	}
	return ways
}

// Parameter returns the parameter with a name.
func (p Promise) Parameter(name string) (Parameter, bool) {
	for _, q := range p.Parameters {
		if q.Name == name {
			return q, true
		}
	}
	return Parameter{}, false
}

func (p Promise) parameterNames() []string {
	names := make([]string, len(p.Parameters))
	for i, q := range p.Parameters {
		names[i] = q.Name
	}
	return names
}

// example writes the promise's parameters as a stack file could: { for: 1y }.
func (p Promise) example() string {
	parts := make([]string, len(p.Parameters))
	for i, q := range p.Parameters {
		parts[i] = q.Name + ": " + q.example()
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// example is a value of the parameter as a stack file could have it.
func (q Parameter) example() string {
	switch {
	case q.Required:
		return q.Example
	case q.Type == "version":
		return strconv.Quote(q.Default)
	default:
		return q.Default
	}
}

var (
	//go:embed catalogue.yaml
	catalogueYAML string
	//go:embed controls.tsv
	controlsTSV string
)

type index struct {
	all  []Promise
	byID map[ID]int
	ids  []string
}

// catalogue reads the embedded catalogue once. The data is part of the program
// and checked by its tests, so a fault in it is a fault of the build.
var catalogue = sync.OnceValue(func() index {
	var entries []struct {
		ID         ID                `yaml:"id"`
		Kept       []string          `yaml:"kept"`
		Controls   []string          `yaml:"controls"`
		Title      map[string]string `yaml:"title"`
		Parameters []Parameter       `yaml:"parameters"`
	}
	decodeEmbedded("catalogue.yaml", catalogueYAML, &entries)
	x := index{byID: map[ID]int{}}
	for i, e := range entries {
		x.byID[e.ID] = i
		x.ids = append(x.ids, string(e.ID))
		x.all = append(x.all, Promise{
			ID: e.ID, Title: e.Title, Parameters: e.Parameters, Controls: e.Controls,
			Built:    slices.Contains(e.Kept, "built"),
			Gated:    slices.Contains(e.Kept, "gated"),
			Proven:   slices.Contains(e.Kept, "proven"),
			Attested: slices.Contains(e.Kept, "attested"),
		})
	}
	return x
})

func decodeEmbedded(name, text string, into any) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		panic(fmt.Sprintf("promises: embedded %s: %v", name, err))
	}
}
