package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/tillit-dev/tillit/internal/gate"
)

// JSON writes the judgement as the gate's types define it, indented; with a
// baseline it has one more member, "comparison". Equal judgements give equal
// bytes.
type JSON struct {
	Baseline *gate.Result
	Rules    []gate.Rule
}

// Output writes one document and a newline.
func (j JSON) Output(w io.Writer, result *gate.Result) error {
	document := struct {
		*gate.Result
		Comparison *Comparison `json:"comparison,omitempty"`
	}{Result: result}
	if j.Baseline != nil {
		document.Comparison = Compare(j.Baseline, result, j.Rules)
	}
	return writeJSON(w, "json", document)
}

// writeJSON writes a document of a format, indented, and a newline.
func writeJSON(w io.Writer, format string, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return fmt.Errorf("write %s: %w", format, err)
	}
	return nil
}
