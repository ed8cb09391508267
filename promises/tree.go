package promises

// node is one value of a declaration, whichever form it was read from. It is
// what the two readers (YAML file, engine's JSON) have in common, so that one
// piece of code judges both.
type node struct {
	kind         kind
	text         string  // scalar: as it is written
	engine       string  // scalar: as the engine would hand it over; differs for a plain 1.20, 0x10 or 2027-01-31
	entries      []entry // mapping, in the order written, keys distinct
	items        []*node // list
	line, column int     // 1-based; 0 when the value came from the engine
}

type kind int

const (
	null kind = iota
	scalar
	mapping
	list
)

// entry is one key of a mapping. The key is a node for its position.
type entry struct {
	key   *node
	value *node
}

// get returns the value of a key; nil when there is none.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if e.key.text == key {
			return e.value
		}
	}
	return nil
}

// String names the kind in a message.
func (k kind) String() string {
	return [...]string{"nothing", "a single value", "a mapping", "a list"}[k]
}

// Bounds on what is read. A declaration needs four levels and a few hundred
// values; these keep hostile input from costing time or memory.
const (
	maxBytes = 1 << 20
	maxDepth = 16
	maxNodes = 10_000
)

// budget counts the values of one declaration while a tree is built, aliases
// counted as often as they are used.
type budget struct{ nodes int }

// spend takes one value at a depth; it returns what is wrong when there are too
// many or they are too deep.
func (b *budget) spend(depth int) (fault string) {
	b.nodes++
	switch {
	case b.nodes > maxNodes:
		return "the declaration is too large: more than 10,000 values, aliases counted each time"
	case depth > maxDepth:
		return "values are nested more than 16 deep; a declaration needs four levels"
	}
	return ""
}
