package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
)

// previewSource is the source of what a preview says.
const previewSource = "preview"

// The parts of a preview's digest that matter here (pkg/display/json.go), and of
// the events that take its place when PULUMI_ENABLE_STREAMING_JSON_PREVIEW is set
// (sdk/go/common/apitype/events.go).
type (
	previewDigest struct {
		Steps         []previewStep       `json:"steps"`
		Diagnostics   []previewDiagnostic `json:"diagnostics"`
		ChangeSummary map[string]int      `json:"changeSummary"`
	}
	previewStep struct {
		Op       string         `json:"op"`
		URN      string         `json:"urn"`
		OldState *stateResource `json:"oldState"`
		NewState *stateResource `json:"newState"`
	}
	previewDiagnostic struct {
		Message  string `json:"message"`
		Severity string `json:"severity"`
	}
	previewEvent struct {
		Sequence    *int               `json:"sequence"`
		Resource    *previewMetadata   `json:"resourcePreEvent"`
		Outputs     *previewMetadata   `json:"resOutputsEvent"`
		Diagnostic  *previewDiagnostic `json:"diagnosticEvent"`
		Summary     *previewSummary    `json:"summaryEvent"`
		EngineFault *struct {
			Error string `json:"error"`
		} `json:"errorEvent"`
	}
	previewMetadata struct {
		Metadata struct {
			Op  string         `json:"op"`
			URN string         `json:"urn"`
			Old *stateResource `json:"old"`
			New *stateResource `json:"new"`
		} `json:"metadata"`
	}
	previewSummary struct {
		IsPreview bool   `json:"isPreview"`
		Result    string `json:"result"`
	}
)

func isPreview(o opening) bool {
	return o.keys["changeSummary"] || o.keys["steps"] || o.keys["diagnostics"]
}

// readPreview reads the digest that `pulumi preview --json` writes. What is to be
// deleted is left out. A digest that leaves out resources because they do not
// change is refused, since nothing could be told of them.
func readPreview(data []byte) (*Inventory, error) {
	var digest previewDigest
	if err := unmarshal(data, &digest); err != nil {
		return nil, fmt.Errorf("read preview: %w", err)
	}
	for _, d := range digest.Diagnostics {
		if d.Severity == "error" {
			return nil, failedPreview(d.Message)
		}
	}
	if len(digest.ChangeSummary) == 0 {
		return nil, errors.New("read preview: it does not end with a summary of changes, so it was cut short; run `pulumi preview --json --show-sames` again")
	}
	same := 0
	p := newPreview()
	for i, step := range digest.Steps {
		if step.Op == "same" {
			same++
		}
		if err := p.step(step); err != nil {
			return nil, fmt.Errorf("read preview: steps[%d]: %w", i, err)
		}
	}
	if missing := digest.ChangeSummary["same"] - same; missing > 0 {
		return nil, fmt.Errorf("read preview: it leaves out %d resources that do not change; run `pulumi preview --json --show-sames`", missing)
	}
	return p.inventory(), nil
}

// readEvents reads a preview told as events, one JSON object after another. They
// do not say what depends on what, so those of a deployment with values that are
// not known yet are refused: relations could not be told from their absence.
func readEvents(data []byte) (*Inventory, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	p := newPreview()
	for {
		var e previewEvent
		err := d.Decode(&e)
		var mismatch *json.UnmarshalTypeError
		switch {
		case err == io.EOF:
			return nil, errors.New("read preview: the events end before their summary, so they were cut short; run the preview again")
		case errors.As(err, &mismatch):
			return nil, fmt.Errorf("read preview: %s: %s is a JSON %s, which is of the wrong kind", place(data, d.InputOffset()), mismatch.Field, mismatch.Value)
		case err != nil:
			return nil, fmt.Errorf("read preview: %s: %w", place(data, d.InputOffset()), err)
		}
		at := func(err error) error { return fmt.Errorf("read preview: %s: %w", place(data, d.InputOffset()), err) }
		switch {
		case e.Diagnostic != nil && e.Diagnostic.Severity == "error":
			return nil, failedPreview(e.Diagnostic.Message)
		case e.EngineFault != nil:
			return nil, failedPreview(e.EngineFault.Error)
		case e.Resource != nil:
			m := e.Resource.Metadata
			if err := p.step(previewStep{m.Op, m.URN, m.Old, m.New}); err != nil {
				return nil, at(err)
			}
		case e.Outputs != nil && e.Outputs.Metadata.Op == "read": // only now it is known
			m := e.Outputs.Metadata
			if err := p.step(previewStep{m.Op, m.URN, m.Old, m.New}); err != nil {
				return nil, at(err)
			}
		case e.Summary != nil:
			switch {
			case !e.Summary.IsPreview:
				return nil, errors.New("read preview: these are the events of an update, not of a preview; read what it left with `pulumi stack export`")
			case e.Summary.Result != "" && e.Summary.Result != "succeeded":
				return nil, failedPreview("its result is " + e.Summary.Result)
			}
			if urn, property := p.firstUnknown(); urn != "" {
				return nil, fmt.Errorf("read preview: %s of %s is not known yet, and events do not say what it depends on; unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW and run `pulumi preview --json --show-sames`", property, urn)
			}
			return p.inventory(), nil
		}
	}
}

// firstUnknown finds a property of a custom resource in which something is not
// known.
func (p *preview) firstUnknown() (urn, property string) {
	for _, urn := range p.order {
		r := p.resources[urn]
		for _, property := range slices.Sorted(maps.Keys(r.Props)) {
			if r.Custom && holdsUnknown(r.Props[property]) {
				return urn, property
			}
		}
	}
	return "", ""
}

func holdsUnknown(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, holdsUnknown)
	case map[string]any:
		return IsUnknown(v) || slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsUnknown)
	}
	return false
}

func failedPreview(message string) error {
	return fmt.Errorf("read preview: the preview failed, so it does not tell everything: %s", firstLine(message))
}

// preview gathers resources as the steps of a preview tell of them. A resource
// may have several steps; the last one that leaves it there counts.
type preview struct {
	order     []string
	resources map[string]Resource
	external  map[string]bool
}

func newPreview() *preview {
	return &preview{resources: map[string]Resource{}, external: map[string]bool{}}
}

func (p *preview) inventory() *Inventory {
	inv := &Inventory{Source: previewSource, Resources: []Resource{}}
	for _, urn := range p.order {
		r, ok := p.resources[urn]
		if !ok {
			continue
		}
		if inv.Estate == "" {
			inv.Estate = stackOf(urn)
		}
		if p.external[urn] {
			inv.External = append(inv.External, r)
		} else {
			inv.Resources = append(inv.Resources, r)
		}
	}
	return inv
}

func (p *preview) step(s previewStep) error {
	if defaultProvider(s.URN) {
		return nil
	}
	switch s.Op {
	case "delete", "discard":
		delete(p.resources, s.URN)
		return nil
	case "delete-replaced", "discard-replaced", "remove-pending-replace":
		return nil
	case "same", "update", "create", "create-replacement", "replace", "import", "import-replacement", "read", "read-replacement", "refresh":
	default:
		return fmt.Errorf("%s: the step %q is not known here", s.URN, s.Op)
	}
	if s.NewState == nil {
		return fmt.Errorf("%s: the step %q does not say what the resource becomes", s.URN, s.Op)
	}
	r, err := s.becomes()
	if err != nil {
		return err
	}
	if r.URN != s.URN {
		return fmt.Errorf("%q is not a URN, or not that of %q", s.URN, r.URN)
	}
	if _, seen := p.resources[r.URN]; !seen {
		p.order = append(p.order, r.URN)
	}
	p.resources[r.URN], p.external[r.URN] = r, s.NewState.External
	return nil
}

// becomes is the resource after the step. What stays as it is has the outputs it
// was found with; what changes has those that its new inputs do not touch; what
// is new has its inputs.
func (s previewStep) becomes() (Resource, error) {
	raw := *s.NewState
	old := s.OldState
	switch s.Op {
	case "read", "read-replacement", "refresh":
	case "same":
		if old != nil {
			raw.Outputs = old.Outputs
		}
	default:
		raw.Outputs = nil
	}
	if raw.ID == "" && old != nil && (s.Op == "same" || s.Op == "update") {
		raw.ID = old.ID
	}
	r, err := raw.canonical()
	if err != nil {
		return Resource{}, err
	}
	if s.Op == "update" && old != nil {
		before, err := old.canonical()
		if err != nil {
			return Resource{}, err
		}
		asked, err := canonicalProps(old.Inputs)
		if err != nil {
			return Resource{}, err
		}
		r.Props = updated(before.Props, asked, r.Props)
	}
	r.Props, _ = unblind(r.Props).(map[string]any)
	return r, nil
}

// updated is what a resource has after its inputs change from old to new: an
// input that changes takes the place of whatever was there, one that goes takes
// it away, and everything else stays.
func updated(props, oldInputs, newInputs map[string]any) map[string]any {
	out := make(map[string]any, len(props))
	for key, v := range props {
		_, was := oldInputs[key]
		if _, is := newInputs[key]; is || !was {
			out[key] = v
		}
	}
	for key, v := range newInputs {
		if was, ok := oldInputs[key]; !ok || !reflect.DeepEqual(was, v) {
			out[key] = v
		}
	}
	return out
}

// blinded is what a preview writes in place of a secret.
const blinded = "[secret]"

// unblind marks the secrets that a preview has blinded.
func unblind(v any) any {
	switch v := v.(type) {
	case string:
		if v == blinded {
			return Secret()
		}
	case []any:
		for i := range v {
			v[i] = unblind(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = unblind(v[key])
		}
	}
	return v
}

func firstLine(text string) string {
	for line := range bytes.Lines([]byte(text)) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return string(line)
		}
	}
	return "no message"
}
