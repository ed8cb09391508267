package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/tillit-dev/tillit/internal/gate"
)

// JSON writes the judgement as the gate's types define it, indented. Equal
// judgements give equal bytes.
type JSON struct{}

// Output writes one document and a newline.
func (JSON) Output(w io.Writer, result *gate.Result) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(result); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	return nil
}
