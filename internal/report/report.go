package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/gate"
)

// Outputter writes a judgement in one format.
type Outputter interface {
	Output(w io.Writer, result *gate.Result) error
}

var formats = map[string]func(colour bool) Outputter{
	"text": func(colour bool) Outputter { return Text{Colour: colour} },
	"json": func(bool) Outputter { return JSON{} },
}

// Formats are the names that For knows, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// For returns the outputter of a format, with colours where the format has any
// and they are wanted. An unknown format's error lists those there are.
func For(format string, colour bool) (Outputter, error) {
	outputter, ok := formats[format]
	if !ok {
		return nil, fmt.Errorf("unknown format %q: use one of %s", format, strings.Join(Formats(), ", "))
	}
	return outputter(colour), nil
}
