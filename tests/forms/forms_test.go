package forms

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/tests/variants"
)

// root is a checkout with the programs that a rehearsal runs.
var root string

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Main(m, &root)) }

// shipped are the estates that there is a stack file of.
func shipped(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(variants.Root(), "stacks", "Pulumi.*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("stack files %v, %v", files, err)
	}
	estates := make([]string, len(files))
	for i, file := range files {
		estates[i] = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml")
	}
	return estates
}

// form is a way to read an estate: the files to give together, and the verdict.
type form struct {
	name    string
	files   []string
	verdict gate.Verdict
}

// forms are every one that Pulumi and Azure tell of an estate in. A list without
// properties shows too little to tell what is kept or broken.
var forms = []form{
	{"a preview of what is new", []string{"new.json"}, gate.Kept},
	{"an update plan of what is new", []string{"new-plan.json"}, gate.Kept},
	{"a state", []string{"state.json"}, gate.Kept},
	{"a preview without a change", []string{"same.json"}, gate.Kept},
	{"the events of a preview", []string{"same-events.json"}, gate.Kept},
	{"an update plan without a change", []string{"same-plan.json", "state.json"}, gate.Kept},
	{"what Azure Resource Manager shows", []string{"rows.json"}, gate.Kept},
	{"what Resource Graph shows", []string{"graph.json"}, gate.Kept},
	{"an ARM template", []string{"template.json"}, gate.Kept},
	{"a list of resources", []string{"list.json"}, gate.Undetermined},
	{"a state and a list", []string{"state.json", "list.json"}, gate.Kept},
	{"a list and Resource Graph", []string{"list.json", "graph.json"}, gate.Kept},
	{"a state and Resource Graph", []string{"state.json", "graph.json"}, gate.Kept},
	{"a state and Azure Resource Manager", []string{"state.json", "rows.json"}, gate.Kept},
}

// No estate that ships raises a false alarm, in whatever form it is read, with
// what a preview does not know yet and without.
func TestEveryFormIsKept(t *testing.T) {
	g, err := gate.Load(t.Context(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	for _, estate := range shipped(t) {
		t.Run(estate, func(t *testing.T) {
			d, err := variants.Declaration(estate)
			if err != nil {
				t.Fatal(err)
			}
			e := start(t, root, d)
			e.preview(t, "new.json", "new-plan.json", false)
			e.preview(t, "new-events.json", "", true)
			e.up(t, "state.json")
			e.preview(t, "same.json", "same-plan.json", false)
			e.preview(t, "same-events.json", "", true)
			resources := e.resources(t)
			e.write(t, "rows.json", resources)
			e.write(t, "graph.json", graph(resources))
			e.write(t, "list.json", list(resources))
			e.write(t, "template.json", template(resources))
			for _, form := range forms {
				t.Run(form.name, func(t *testing.T) {
					inv, err := e.read(t, form.files...)
					if err != nil {
						t.Fatal(err)
					}
					want(t, judge(t, g, d, inv), form.verdict)
				})
			}
			// Events do not say what depends on what.
			if _, err := e.read(t, "new-events.json"); err == nil || !strings.Contains(err.Error(), "events do not say what it depends on") {
				t.Errorf("the events of what is new: %v", err)
			}
		})
	}
}

// read reads files as one estate.
func (e *engine) read(t *testing.T, names ...string) (*inventory.Inventory, error) {
	t.Helper()
	var inputs []inventory.Input
	for _, name := range names {
		file, err := os.Open(e.file(name))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		inputs = append(inputs, inventory.Input{Name: name, Reader: file})
	}
	return inventory.ReadAll(inputs...)
}

// judge has the gate judge an inventory, as tillit check does.
func judge(t *testing.T, g *gate.Gate, d *promises.Declaration, inv *inventory.Inventory) *gate.Result {
	t.Helper()
	inventory.Resolve(inv, azure.Subscription)
	result, err := g.Judge(context.Background(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// want compares a verdict, and lists what is against it. A verdict that is not
// broken has no violation.
func want(t *testing.T, result *gate.Result, verdict gate.Verdict) {
	t.Helper()
	if result.Verdict == verdict {
		return
	}
	var list []string
	for _, p := range result.Promises {
		for _, v := range p.Violations {
			list = append(list, fmt.Sprintf("violation: %s %s: %s", v.Rule, v.URN, v.Message))
		}
		for _, f := range p.Undetermined {
			list = append(list, fmt.Sprintf("undetermined: %s %s %s: %s", f.Rule, f.URN, f.Property, f.Message))
		}
	}
	t.Errorf("verdict %s of %d resources, want %s\n%s", result.Verdict, result.Resources, verdict, strings.Join(list, "\n"))
}
