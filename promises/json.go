package promises

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// jsonTree reads a structured config value as the engine hands it over.
type jsonTree struct {
	budget
	dec *json.Decoder
}

var errNotJSON = errors.New("not JSON")

// parseJSON returns the tree of a JSON value, reporting what it cannot take. The
// engine hands over a single value bare, not as JSON, and an empty one as "".
func parseJSON(f *faults, text string) *node {
	if strings.TrimSpace(text) == "" {
		return &node{}
	}
	if len(text) > maxBytes {
		f.add(&node{}, "the value is larger than 1 MiB")
		return nil
	}
	t := jsonTree{dec: json.NewDecoder(strings.NewReader(text))}
	t.dec.UseNumber()
	n, err := t.read(1)
	if err == nil {
		if _, end := t.dec.Token(); !errors.Is(end, io.EOF) {
			err = errNotJSON
		}
	}
	var fault *Error
	switch {
	case errors.As(err, &fault):
		f.add(&node{}, "%s", fault.Msg)
		return nil
	case err != nil:
		return &node{kind: scalar, text: text, engine: text}
	}
	return n
}

func (t *jsonTree) read(depth int) (*node, error) {
	if fault := t.spend(depth); fault != "" {
		return nil, &Error{Msg: fault}
	}
	token, err := t.dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case nil:
		return &node{kind: null}, nil
	case bool:
		return leaf(map[bool]string{true: "true", false: "false"}[v]), nil
	case json.Number:
		return leaf(v.String()), nil
	case string:
		return leaf(v), nil
	case json.Delim:
		if v == '{' {
			return t.readMapping(depth)
		}
		return t.readList(depth)
	}
	return nil, errNotJSON
}

func leaf(text string) *node { return &node{kind: scalar, text: text, engine: text} }

func (t *jsonTree) readMapping(depth int) (*node, error) {
	n := &node{kind: mapping}
	seen := map[string]bool{}
	for t.dec.More() {
		token, err := t.dec.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, errNotJSON
		}
		value, err := t.read(depth + 1)
		if err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, &Error{Msg: quote(key) + " is given twice: keep one"}
		}
		seen[key] = true
		n.entries = append(n.entries, entry{leaf(key), value})
	}
	_, err := t.dec.Token()
	return n, err
}

func (t *jsonTree) readList(depth int) (*node, error) {
	n := &node{kind: list}
	for t.dec.More() {
		item, err := t.read(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, err := t.dec.Token()
	return n, err
}
