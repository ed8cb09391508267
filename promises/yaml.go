package promises

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// parseYAML reads the bytes of a stack config file as one YAML document; nil
// when it is empty.
func parseYAML(f *faults, data []byte) *yaml.Node {
	lines := &lineReader{rest: data}
	dec := yaml.NewDecoder(lines)
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		f.list = append(f.list, yamlError(f.file, data, lines.line, err))
		return nil
	}
	if err := dec.Decode(&second); err == nil {
		f.add(place(&second), "a second YAML document begins here; Pulumi reads only the first: join them")
	} else if !errors.Is(err, io.EOF) {
		f.list = append(f.list, yamlError(f.file, data, lines.line, err))
	}
	return doc.Content[0]
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)
	yamlAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// lineReader hands out one line at a time, so that the line at which a parser
// gave up is known: yaml.v3 names the line where the surrounding block began, or
// the one before it.
type lineReader struct {
	rest []byte
	line int // last line handed out, 1-based
}

func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	end := bytes.IndexByte(r.rest, '\n') + 1
	if end == 0 {
		end = len(r.rest)
	}
	n := copy(p, r.rest[:end])
	r.rest = r.rest[n:]
	if n == end {
		r.line++
	}
	return n, nil
}

// yamlError gives a YAML syntax error its line; reached is the last line read.
// Where the scanner gives up, yaml.v3 names the line. Where the parser does, it
// names the line before the one where the surrounding block begins (it counts
// from zero there), and the fault is on the line reached or just before.
func yamlError(file string, data []byte, reached int, err error) *Error {
	e := &Error{File: file, Msg: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Msg = m[2]
	}
	if strings.HasPrefix(e.Msg, "did not find expected") {
		if begin := e.Line + 1; begin < reached {
			e.Msg += fmt.Sprintf(" in what begins on line %d", begin)
		}
		e.Line = reached
	} else if m := yamlAnchor.FindStringSubmatch(e.Msg); m != nil {
		e.Line, e.Column = position(data, bytes.Index(data, []byte("*"+m[1])))
		e.Msg = fmt.Sprintf("no anchor &%s stands before the alias *%s", m[1], m[1])
	} else if at := bytes.IndexFunc(data, isControl); e.Line == 0 && at >= 0 {
		e.Line, e.Column = position(data, at)
	}
	e.Msg = "the YAML does not parse: " + e.Msg
	return e
}

func isControl(r rune) bool {
	return r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0x7f || r == 0xFFFD
}

// position returns the 1-based line and column of a byte offset.
func position(data []byte, offset int) (line, column int) {
	if offset < 0 {
		return 0, 0
	}
	before := data[:offset]
	return bytes.Count(before, []byte("\n")) + 1, offset - bytes.LastIndexByte(before, '\n')
}

// place is a node that holds only the position of a YAML node.
func place(n *yaml.Node) *node { return &node{line: n.Line, column: n.Column} }

// yamlTree turns YAML nodes into our tree: aliases and merge keys are followed,
// keys are distinct. What it cannot take it reports and leaves out.
type yamlTree struct {
	*faults
	budget
	stopped bool         // over budget; reported once
	open    []*yaml.Node // anchors whose content is being read
}

func (t *yamlTree) read(n *yaml.Node, depth int) *node {
	out := place(n)
	if t.stopped {
		return out
	}
	if fault := t.spend(depth); fault != "" {
		t.stopped = true
		t.add(out, "%s", fault)
		return out
	}
	if n.Kind == yaml.AliasNode {
		if slices.Contains(t.open, n.Alias) {
			t.add(out, "the alias *%s stands inside the value it names", n.Value)
			return out
		}
		t.open = append(t.open, n.Alias)
		resolved := t.read(n.Alias, depth+1)
		t.open = t.open[:len(t.open)-1]
		return resolved
	}
	if n.Anchor != "" {
		t.open = append(t.open, n)
		defer func() { t.open = t.open[:len(t.open)-1] }()
	}
	if n.Style&yaml.TaggedStyle != 0 {
		t.add(out, "the YAML tag %s has no meaning here: remove it", quote(n.Tag))
		return out
	}
	switch n.Kind {
	case yaml.MappingNode:
		out.kind = mapping
		t.readMapping(n, out, depth)
	case yaml.SequenceNode:
		out.kind = list
		for _, item := range n.Content {
			out.items = append(out.items, t.read(item, depth+1))
		}
	case yaml.ScalarNode:
		t.readScalar(n, out)
	}
	return out
}

// readMapping reads the keys of a mapping, its own before merged ones, which
// give way to them, as YAML has it.
func (t *yamlTree) readMapping(n *yaml.Node, out *node, depth int) {
	seen := map[string]*node{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content) && !t.stopped; i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Tag == "!!merge" {
			merges = append(merges, v)
			continue
		}
		key := t.read(k, depth+1)
		if key.kind != scalar && key.kind != null || key.kind == null && k.Kind != yaml.ScalarNode {
			t.add(place(k), "a key must be a single word")
			continue
		}
		key.line, key.column = k.Line, k.Column
		if first := seen[key.text]; first != nil {
			t.add(key, "%s is given twice, first on line %d: keep one", quote(key.text), first.line)
			continue
		}
		seen[key.text] = key
		out.entries = append(out.entries, entry{key, t.read(v, depth+1)})
	}
	for _, m := range merges {
		t.merge(m, out, seen, depth)
	}
}

// merge adds the keys of a merged mapping, or of a list of them, that the
// mapping does not have yet.
func (t *yamlTree) merge(m *yaml.Node, out *node, seen map[string]*node, depth int) {
	from := t.read(m, depth+1)
	sources := []*node{from}
	if from.kind == list {
		sources = from.items
	}
	for _, source := range sources {
		if source.kind != mapping {
			t.add(place(m), "<< merges a mapping or a list of mappings, not %s", source.kind)
			continue
		}
		for _, e := range source.entries {
			if seen[e.key.text] == nil {
				seen[e.key.text] = e.key
				out.entries = append(out.entries, e)
			}
		}
	}
}

// readScalar keeps a scalar as written and as the engine would hand it over:
// the engine resolves plain scalars to numbers, booleans and instants first.
func (t *yamlTree) readScalar(n *yaml.Node, out *node) {
	out.kind, out.text, out.engine = scalar, n.Value, n.Value
	switch n.ShortTag() {
	case "!!null":
		out.kind = null
	case "!!int", "!!float", "!!bool":
		var v any
		out.engine = ""
		if n.Decode(&v) == nil {
			if b, err := json.Marshal(v); err == nil {
				out.engine = string(b)
			}
		}
	case "!!timestamp":
		var v time.Time
		if n.Decode(&v) == nil {
			out.engine = v.String()
		}
	}
}
