package explain

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// Book is what can be told of a policy pack and of the catalogue of promises.
type Book struct {
	gate     *gate.Gate
	examples map[string]example // by rule id
}

// Open reads a policy pack and its examples; name is what the user calls it.
// A pack without examples is explained without them.
func Open(ctx context.Context, pack fs.FS, name string) (*Book, error) {
	g, err := gate.Load(ctx, pack, name)
	if err != nil {
		return nil, fmt.Errorf("load the policies: %w", err)
	}
	examples, err := readExamples(pack, name)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(examples)) {
		if _, known := g.Rule(id); !known {
			return nil, fmt.Errorf("%s: the pack has no rule %s", examples[id].file, id)
		}
	}
	return &Book{gate: g, examples: examples}, nil
}

// Has tells whether the id is a rule's of the pack, or a promise's.
func (b *Book) Has(id string) (rule, promise bool) {
	_, rule = b.gate.Rule(id)
	_, promise = promises.Lookup(promises.ID(id))
	return rule, promise
}

// Rules are those of the pack, by id, and the gate's own.
func (b *Book) Rules() []gate.Rule {
	witnessed, _ := b.gate.Rule(gate.Witnessed)
	return append(b.gate.Rules(), witnessed)
}

// Nearest is the id of a rule or a promise that is most like the word: the first
// that has it as a part, else the one that takes the fewest edits.
func (b *Book) Nearest(word string) string {
	ids := b.IDs()
	if i := slices.IndexFunc(ids, func(id string) bool { return word != "" && strings.Contains(id, word) }); i >= 0 {
		return ids[i]
	}
	return azure.Nearest(word, ids)
}

// IDs are the ids of every rule, then of every promise.
func (b *Book) IDs() []string {
	ids := []string{gate.Witnessed}
	for _, r := range b.gate.Rules() {
		ids = append(ids, r.ID)
	}
	for _, p := range promises.Catalogue() {
		ids = append(ids, string(p.ID))
	}
	return ids
}

// Control is a control of ISO/IEC 27001:2022 Annex A.
type Control struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

func controls(ids []string) []Control {
	titles := promises.Controls()
	list := make([]Control, len(ids))
	for i, id := range ids {
		list[i] = Control{id, titles[id]}
	}
	return list
}
