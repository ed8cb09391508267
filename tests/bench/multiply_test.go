package bench

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

func small() *inventory.Inventory {
	const urn = "urn:pulumi:the-estate::tillit::"
	group := "/subscriptions/" + azure.Subscription + "/resourceGroups/rg-the-estate"
	return &inventory.Inventory{Estate: "the-estate", Source: "plan", Resources: []inventory.Resource{
		{URN: urn + "pulumi:pulumi:Stack::tillit-the-estate", Type: stackType, Name: "tillit-the-estate", Props: map[string]any{}},
		{
			URN: urn + "azure-native:storage:StorageAccount::docs", Type: "azure-native:storage:StorageAccount", Name: "docs", Custom: true,
			ID: group + "/providers/Microsoft.Storage/storageAccounts/docstheestate", Parent: urn + "pulumi:pulumi:Stack::tillit-the-estate",
			Props: map[string]any{"accountName": "docstheestate", "tags": map[string]any{"estate": "the-estate"}},
		},
		{
			URN: urn + "azure-native:insights:DiagnosticSetting::docs", Type: "azure-native:insights:DiagnosticSetting", Name: "docs", Custom: true,
			Props:             map[string]any{"resourceUri": group + "/providers/Microsoft.Storage/storageAccounts/docstheestate", "logs": []any{true, 1.5}},
			DependsOn:         []string{urn + "azure-native:storage:StorageAccount::docs"},
			PropertyDependsOn: map[string][]string{"resourceUri": {urn + "azure-native:storage:StorageAccount::docs"}},
		},
	}}
}

// Every reference of a copy leads to a resource of the same copy, and nothing is
// there twice.
func TestMultiply(t *testing.T) {
	many := Multiply(small(), 7, false)
	if len(many.Resources) != 7 {
		t.Fatalf("%d resources, want 7", len(many.Resources))
	}
	urns, ids := map[string]bool{}, map[string]bool{}
	for _, r := range many.Resources {
		if urns[r.URN] || r.ID != "" && ids[r.ID] {
			t.Errorf("%s is there twice", r.URN)
		}
		urns[r.URN], ids[r.ID] = true, true
	}
	settings := 0
	for _, r := range many.Resources {
		if r.Parent != "" && !urns[r.Parent] {
			t.Errorf("the parent %s is not there", r.Parent)
		}
		for _, urn := range append(r.DependsOn, r.PropertyDependsOn["resourceUri"]...) {
			if !urns[urn] || strings.TrimPrefix(urn, "urn:pulumi:the-estate::tillit::azure-native:storage:StorageAccount::") != r.Name {
				t.Errorf("%s depends on %s", r.Name, urn)
			}
		}
		if uri, ok := r.Props["resourceUri"].(string); ok {
			settings++
			if !ids[uri] {
				t.Errorf("%s refers to %s, which is not there", r.Name, uri)
			}
		}
	}
	if settings != 3 {
		t.Errorf("%d settings, want 3", settings)
	}
	text, err := many.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inventory.Read(bytes.NewReader(text)); err != nil {
		t.Error(err)
	}
}

func TestWeaken(t *testing.T) {
	inv := small()
	weak := Weaken(inv, 2)
	if len(weak.Resources[2].Props) != 1 || len(weak.Resources[1].Props) != 2 || len(inv.Resources[2].Props) != 2 {
		t.Errorf("got %v of %v", weak.Resources[2].Props, inv.Resources[2].Props)
	}
}
