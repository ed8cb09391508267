package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxNesting bounds how deeply a document may nest: a resource's values, and
// what the forms put around them.
const maxNesting = maxDepth + 50

// few is the number of keys up to which looking through a list beats a map.
const few = 16

// scan goes through JSON that is known to be well formed and refuses what a
// decoder would take without a word: a key that is there twice in one object, of
// which the last would count, and nesting beyond any bound. It tells how the
// document begins.
func scan(data []byte) (opening, error) {
	var s scanner
	var first opening
	outermost := 0 // how many outermost values have begun
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			if len(s.open) == maxNesting {
				return first, fmt.Errorf("%s: nested more than %d levels deep", place(data, int64(i+1)), maxNesting)
			}
			if len(s.open) == 0 {
				if outermost++; outermost == 1 {
					if first.list = data[i] == '['; !first.list {
						first.keys = map[string]bool{}
					}
				}
			}
			s.open = append(s.open, level{object: data[i] == '{', first: len(s.keys)})
			s.atKey = data[i] == '{'
		case '}', ']':
			s.keys = s.keys[:s.open[len(s.open)-1].first]
			s.open = s.open[:len(s.open)-1]
			s.atKey = false
		case ',':
			s.atKey = len(s.open) > 0 && s.open[len(s.open)-1].object
		case '"':
			end := closing(data, i)
			if s.atKey {
				s.atKey = false
				key := unescaped(data[i : end+1])
				if s.twice(key) {
					return first, fmt.Errorf("%s: the key %q is there twice in one object; keep the one that is meant", place(data, int64(i+1)), key)
				}
				if outermost == 1 && len(s.open) == 1 {
					first.keys[string(key)] = true
				}
			}
			i = end
		}
	}
	return first, nil
}

type scanner struct {
	open  []level
	keys  [][]byte // of all objects that are open, innermost last
	atKey bool     // the next string is a key
}

type level struct {
	object bool
	first  int             // where its keys begin
	many   map[string]bool // its keys, when they are not few
}

// twice notes a key of the innermost object and tells whether it was there.
func (s *scanner) twice(key []byte) bool {
	l := &s.open[len(s.open)-1]
	if l.many != nil {
		was := l.many[string(key)]
		l.many[string(key)] = true
		return was
	}
	for _, k := range s.keys[l.first:] {
		if bytes.Equal(k, key) {
			return true
		}
	}
	s.keys = append(s.keys, key)
	if len(s.keys)-l.first > few {
		l.many = make(map[string]bool, 2*few)
		for _, k := range s.keys[l.first:] {
			l.many[string(k)] = true
		}
	}
	return false
}

// closing is where the string that begins at start ends.
func closing(data []byte, start int) int {
	for i := start + 1; ; i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
}

// unescaped is what a JSON string says.
func unescaped(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return quoted
	}
	return []byte(s)
}
