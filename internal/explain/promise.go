package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// Promise is all that can be told of a promise, in one language.
type Promise struct {
	Kind       string      `json:"kind"` // promise
	ID         promises.ID `json:"id"`
	Language   string      `json:"language"`
	Title      string      `json:"title"`
	Parameters []Parameter `json:"parameters"`
	Kept       []string    `json:"kept"` // of built, gated, proven, attested
	Controls   []Control   `json:"controls"`
	Rules      []Judge     `json:"rules"` // that judge it
}

// Parameter is a parameter of a promise.
type Parameter struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Type    string   `json:"type"`              // duration, number, text, list, region, country, version, url
	Default string   `json:"default,omitempty"` // as one would write it; none when the parameter is required
	Example string   `json:"example,omitempty"` // as YAML, of a required parameter
	Better  string   `json:"better,omitempty"`  // lower or higher: the side on which another value keeps it too
	Values  []string `json:"values,omitempty"`  // the only ones allowed
	Min     string   `json:"min,omitempty"`
	Max     string   `json:"max,omitempty"`
}

// Judge is a rule that judges a promise.
type Judge struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Severity gate.Severity `json:"severity"`
}

// Promise gathers what there is to tell of the promise with the id, in one of
// promises.Languages. Rules have English titles only.
func (b *Book) Promise(id promises.ID, language string) (*Promise, error) {
	p, ok := promises.Lookup(id)
	if !ok {
		return nil, fmt.Errorf("the catalogue has no promise %s", id)
	}
	if !slices.Contains(promises.Languages(), language) {
		return nil, fmt.Errorf("unknown language %q: use one of %s", language, strings.Join(promises.Languages(), ", "))
	}
	told := &Promise{
		Kind: "promise", ID: p.ID, Language: language, Title: p.Title[language],
		Parameters: []Parameter{}, Kept: p.Kept(), Controls: controls(p.Controls), Rules: []Judge{},
	}
	for _, q := range p.Parameters {
		told.Parameters = append(told.Parameters, Parameter{
			Name: q.Name, Title: q.Title[language], Type: q.Type, Default: q.Default, Example: q.Example,
			Better: q.Better, Values: q.Values, Min: q.Min, Max: q.Max,
		})
	}
	for _, r := range b.gate.Rules() {
		if r.Promise == id {
			told.Rules = append(told.Rules, Judge{r.ID, r.Title, r.Severity})
		}
	}
	return told, nil
}
