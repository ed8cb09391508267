package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

// stateSource is the source of what an exported state says.
const stateSource = "state"

// The parts of Pulumi's deployment schema that matter here
// (sdk/go/common/apitype/core.go).
type (
	stateFile struct {
		Version    int              `json:"version"`
		Deployment *stateDeployment `json:"deployment"`
	}
	stateDeployment struct {
		Resources         []stateResource  `json:"resources"`
		PendingOperations []stateOperation `json:"pending_operations"`
	}
	stateOperation struct {
		Resource stateResource `json:"resource"`
		Type     string        `json:"type"`
	}
	stateResource struct {
		URN                  string              `json:"urn"`
		Custom               bool                `json:"custom"`
		Delete               bool                `json:"delete"`
		External             bool                `json:"external"`
		PendingReplacement   bool                `json:"pendingReplacement"`
		ID                   string              `json:"id"`
		Type                 string              `json:"type"`
		Inputs               map[string]any      `json:"inputs"`
		Outputs              map[string]any      `json:"outputs"`
		Parent               string              `json:"parent"`
		Provider             string              `json:"provider"`
		Dependencies         []string            `json:"dependencies"`
		PropertyDependencies map[string][]string `json:"propertyDependencies"`
		SourcePosition       string              `json:"sourcePosition"`
		StackTrace           []stateFrame        `json:"stackTrace"`
	}
	stateFrame struct {
		SourcePosition string `json:"sourcePosition"`
	}
)

// readState reads what `pulumi stack export` writes. What a resource was found
// to have after its deployment (outputs) goes over what was asked for (inputs).
// A state in which an operation was cut short is refused, since nobody knows
// what is really there.
func readState(data []byte) (*Inventory, error) {
	var file stateFile
	if err := unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	if file.Version != 3 && file.Version != 4 {
		return nil, fmt.Errorf("read state: deployment version %d is not one of 3 and 4; export it again with a current Pulumi CLI", file.Version)
	}
	if file.Deployment == nil {
		return nil, errors.New("read state: it has no deployment; export the stack again")
	}
	if err := pending(file.Deployment.PendingOperations); err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	inv := &Inventory{Source: stateSource, Resources: []Resource{}}
	seen := map[string]bool{}
	for i, raw := range file.Deployment.Resources {
		if raw.Delete || raw.PendingReplacement || defaultProvider(raw.URN) {
			continue // no longer there, or the engine's own
		}
		resource, err := raw.canonical()
		if err != nil {
			return nil, fmt.Errorf("read state: resources[%d]: %w", i, err)
		}
		if seen[resource.URN] {
			return nil, fmt.Errorf("read state: resources[%d]: %s is there twice", i, resource.URN)
		}
		seen[resource.URN] = true
		if inv.Estate == "" {
			inv.Estate = stackOf(resource.URN)
		}
		if raw.External {
			inv.External = append(inv.External, resource)
		} else {
			inv.Resources = append(inv.Resources, resource)
		}
	}
	return inv, nil
}

func pending(operations []stateOperation) error {
	if len(operations) == 0 {
		return nil
	}
	first := operations[0]
	more := ""
	if len(operations) > 1 {
		more = fmt.Sprintf(" and %d more", len(operations)-1)
	}
	return fmt.Errorf("an update was cut short while %s %s%s, so what is deployed is not certain; run `pulumi refresh`, then export again",
		first.Type, first.Resource.URN, more)
}

func (raw stateResource) canonical() (Resource, error) {
	if !validURN(raw.URN) {
		return Resource{}, fmt.Errorf("%q is not a URN", raw.URN)
	}
	if raw.Type == "" {
		return Resource{}, fmt.Errorf("%s has no type", raw.URN)
	}
	inputs, err := canonicalProps(raw.Inputs)
	if err != nil {
		return Resource{}, fmt.Errorf("%s: inputs: %w", raw.URN, err)
	}
	outputs, err := canonicalProps(raw.Outputs)
	if err != nil {
		return Resource{}, fmt.Errorf("%s: outputs: %w", raw.URN, err)
	}
	trace := []string{raw.SourcePosition}
	for _, frame := range raw.StackTrace {
		trace = append(trace, frame.SourcePosition)
	}
	return Resource{
		URN:               raw.URN,
		Type:              azure.Canonical(raw.Type),
		Name:              NameOf(raw.URN),
		ID:                raw.ID,
		Props:             overlay(inputs, outputs),
		Parent:            raw.Parent,
		Provider:          ProviderURN(raw.Provider),
		Custom:            raw.Custom,
		DependsOn:         SortedURNs(raw.Dependencies),
		PropertyDependsOn: PropertyDependencies(raw.PropertyDependencies),
		Position:          statePosition(trace...),
	}, nil
}

// overlay lays a resource's outputs over its inputs. What was a secret on the way
// in is one on the way out, whatever a provider made of it.
func overlay(inputs, outputs map[string]any) map[string]any {
	merged := make(map[string]any, len(inputs)+len(outputs))
	for key, v := range inputs {
		merged[key] = v
	}
	for key, v := range outputs {
		merged[key] = hide(inputs[key], v)
	}
	return merged
}

// hide marks as secret in v what is secret in the input it came from.
func hide(input, v any) any {
	if IsSecret(input) {
		return Secret()
	}
	switch in := input.(type) {
	case map[string]any:
		if out, ok := v.(map[string]any); ok {
			for key := range in {
				if e, there := out[key]; there {
					out[key] = hide(in[key], e)
				}
			}
		}
	case []any:
		out, ok := v.([]any)
		if !ok {
			break
		}
		if len(out) != len(in) && !Known(in) {
			return Secret() // which element the secret became cannot be told
		}
		for i := range min(len(in), len(out)) {
			out[i] = hide(in[i], out[i])
		}
	}
	return v
}

// NameOf is the Pulumi name in a URN.
func NameOf(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	return parts[len(parts)-1]
}

// stackOf is the stack's name in a URN.
func stackOf(urn string) string {
	stack, _, _ := strings.Cut(strings.TrimPrefix(urn, "urn:pulumi:"), "::")
	return stack
}

func validURN(urn string) bool {
	return strings.HasPrefix(urn, "urn:pulumi:") && strings.Count(urn, "::") >= 3
}

// ProviderURN is the URN in a provider reference ("URN::id"); empty for the
// providers that the engine makes by default.
func ProviderURN(reference string) string {
	i := strings.LastIndex(reference, "::")
	if i < 0 || defaultProvider(reference[:i]) {
		return ""
	}
	return reference[:i]
}

// defaultProvider tells whether a URN is of a provider that the engine makes
// for a package when the program names none ("default", "default_2_90_0").
func defaultProvider(urn string) bool {
	name := NameOf(urn)
	return strings.Contains(urn, "::pulumi:providers:") && (name == "default" || strings.HasPrefix(name, "default_"))
}

// SortedURNs returns the URNs in order, each once; nil when there are none.
func SortedURNs(urns []string) []string {
	if len(urns) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(urns)))
}

// PropertyDependencies is SortedURNs for each property, without the empty ones.
func PropertyDependencies(raw map[string][]string) map[string][]string {
	var deps map[string][]string
	for property, urns := range raw {
		if len(urns) == 0 {
			continue
		}
		if deps == nil {
			deps = map[string][]string{}
		}
		deps[property] = SortedURNs(urns)
	}
	return deps
}

// unmarshal decodes one JSON document and nothing after it.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: %w", place(data, syntax.Offset), err)
	case errors.As(err, &mismatch):
		return fmt.Errorf("%s: %s is a JSON %s, which is of the wrong kind", place(data, mismatch.Offset), mismatch.Field, mismatch.Value)
	}
	return err
}

// place tells an offset as line and column, both from 1.
func place(data []byte, offset int64) string {
	before := data[:min(int(offset), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Sprintf("line %d, column %d", line, max(column, 1))
}
