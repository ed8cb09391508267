package promises

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Error is one fault of a declaration, at a position. Load and FromConfig
// return all faults of a declaration at once, joined by errors.Join in the
// order of their positions.
type Error struct {
	File         string // stack config file, or the config key when the engine handed the value over
	Line, Column int    // 1-based; 0 when unknown
	Msg          string // what is wrong and how to put it right
}

// Error is file:line:column: message, without what is unknown.
func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at += fmt.Sprintf(":%d", e.Line)
		if e.Column > 0 {
			at += fmt.Sprintf(":%d", e.Column)
		}
	}
	return at + ": " + e.Msg
}

// faults collects the errors of one declaration.
type faults struct {
	file string
	list []*Error
}

func (f *faults) add(at *node, format string, args ...any) {
	f.list = append(f.list, &Error{File: f.file, Line: at.line, Column: at.column, Msg: fmt.Sprintf(format, args...)})
}

func (f *faults) join() error {
	slices.SortStableFunc(f.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	joined := make([]error, len(f.list))
	for i, e := range f.list {
		joined[i] = e
	}
	return errors.Join(joined...)
}
