package gate

import (
	"fmt"
	"maps"
	"slices"
)

// Fact is what the platform can do, as data that rules compute with.
type Fact struct {
	Key    string `json:"key"` // data.facts.<key>
	Value  any    `json:"value"`
	Unit   string `json:"unit,omitempty"` // of the value, or what it is a list of
	Text   string `json:"text"`           // the fact in a sentence
	Source string `json:"source"`         // where it was read
	Dated  string `json:"dated"`          // of the source: a year, or YYYY-MM-DD
}

// Fact returns the fact with a key.
func (g *Gate) Fact(key string) (Fact, bool) {
	f, ok := g.facts[key]
	return f, ok
}

// readFacts reads data.facts; dir is where its files are, for errors.
func readFacts(data map[string]any, dir string) (map[string]Fact, error) {
	facts := map[string]Fact{}
	all, _ := data["facts"].(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		entry, _ := all[key].(map[string]any)
		f := Fact{Key: key, Value: entry["value"]}
		if f.Value == nil || f.Value == "" {
			return nil, factWithout(dir, key, "value")
		}
		for field, into := range map[string]*string{"text": &f.Text, "source": &f.Source, "dated": &f.Dated, "unit": &f.Unit} {
			if value := entry[field]; value != nil {
				*into = fmt.Sprint(value)
			}
		}
		for _, field := range []struct{ name, is string }{{"text", f.Text}, {"source", f.Source}, {"dated", f.Dated}} {
			if field.is == "" {
				return nil, factWithout(dir, key, field.name)
			}
		}
		facts[key] = f
	}
	return facts, nil
}

func factWithout(dir, key, field string) error {
	return fmt.Errorf("%s: the fact %s has no %s; a fact needs value, text, source and dated", dir, key, field)
}
