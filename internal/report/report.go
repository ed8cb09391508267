package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/gate"
)

// Outputter writes a judgement in one format.
type Outputter interface {
	Output(w io.Writer, result *gate.Result) error
}

// Options are what a report tells beside the judgement itself. All are optional.
type Options struct {
	Colour bool        // text: with ANSI colours
	Rules  []gate.Rule // the pack's, for formats that describe the rules
	Time   time.Time   // of the judgement; OSCAL asks for one

	// Folder is the project's folder in its repository, with forward slashes;
	// positions of resources are told relative to it. File is the stack file's
	// path in the repository; empty when it lies outside.
	Folder string
	File   string

	// Docs is where the page of each rule is, at <rule>.md; empty when the pack's
	// rules have none.
	Docs string

	Baseline *gate.Result // text and json: an earlier judgement to compare with
}

var formats = map[string]func(Options) Outputter{
	"text":   func(o Options) Outputter { return Text{Colour: o.Colour, Baseline: o.Baseline, Rules: o.Rules} },
	"json":   func(o Options) Outputter { return JSON{Baseline: o.Baseline, Rules: o.Rules} },
	"sarif":  func(o Options) Outputter { return SARIF{o} },
	"junit":  func(o Options) Outputter { return JUnit{o} },
	"github": func(o Options) Outputter { return GitHub{o} },
	"oscal":  func(o Options) Outputter { return OSCAL{o} },
}

// comparing are the formats that show a comparison with an earlier judgement.
var comparing = []string{"json", "text"}

// Formats are the names that For knows, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// For returns the outputter of a format. An unknown format's error lists those
// there are.
func For(format string, options Options) (Outputter, error) {
	outputter, ok := formats[format]
	if !ok {
		return nil, fmt.Errorf("unknown format %q: use one of %s", format, strings.Join(Formats(), ", "))
	}
	if options.Baseline != nil && !slices.Contains(comparing, format) {
		return nil, fmt.Errorf("a comparison with an earlier result cannot be written as %s: use one of %s",
			format, strings.Join(comparing, ", "))
	}
	return outputter(options), nil
}
