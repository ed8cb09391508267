package inventory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Inventory is the canonical description of an estate's resources, whatever
// they were read from.
type Inventory struct {
	Estate   string            `json:"estate"`
	Source   string            `json:"source"` // plan, preview, update-plan, state, engine, arm; several are joined by +
	Promises map[string]any    `json:"promises,omitempty"`
	Means    map[string]string `json:"means,omitempty"`
	// Resources are what the estate deploys.
	Resources []Resource `json:"resources"`
	// External are resources that the estate reads and does not manage, such as
	// another stack's outputs. Rules may follow references to them but do not
	// judge them.
	External []Resource `json:"external,omitempty"`
	// Incomplete says why what is not listed here may be there all the same; empty
	// of an inventory that lists all that an estate has.
	Incomplete string `json:"incomplete,omitempty"`
	// NotJudged are resources of which the input tells but that no rule can
	// judge. A report names them: what was not looked at is not kept.
	NotJudged []NotJudged `json:"notJudged,omitempty"`
}

// NotJudged is a resource that no rule can judge, and why.
type NotJudged struct {
	ID     string `json:"id"`             // ARM id, or how the input calls it
	Type   string `json:"type,omitempty"` // ARM type, such as Microsoft.Quantum/workspaces
	Reason string `json:"reason"`
}

// Resource is one resource in the canonical shape: azure-native's property
// names, the API version dropped from the type.
type Resource struct {
	URN               string              `json:"urn"`  // of what Azure itself tells: the ARM id
	Type              string              `json:"type"` // such as azure-native:network:VirtualNetwork
	Name              string              `json:"name"` // Pulumi name
	ID                string              `json:"id,omitempty"`
	Props             map[string]any      `json:"props"`
	Parent            string              `json:"parent,omitempty"`
	Provider          string              `json:"provider,omitempty"` // URN of an explicit provider
	Custom            bool                `json:"custom"`
	DependsOn         []string            `json:"dependsOn,omitempty"`
	PropertyDependsOn map[string][]string `json:"propertyDependsOn,omitempty"`
	Position          string              `json:"position,omitempty"` // file:line
}

// Encode returns the inventory as indented JSON with a trailing newline. Equal
// estates give equal bytes: resources stand in the order of their URNs.
func (inv *Inventory) Encode() ([]byte, error) {
	sorted := *inv
	sorted.Resources = byURN(inv.Resources)
	sorted.External = byURN(inv.External) // left out when there are none
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&sorted); err != nil {
		return nil, fmt.Errorf("encode inventory: %w", err)
	}
	return b.Bytes(), nil
}

// byURN returns the resources in the order of their URNs; never nil, so that an
// empty estate is a list in JSON.
func byURN(resources []Resource) []Resource {
	sorted := append([]Resource{}, resources...)
	slices.SortStableFunc(sorted, func(a, b Resource) int { return cmp.Compare(a.URN, b.URN) })
	return sorted
}
