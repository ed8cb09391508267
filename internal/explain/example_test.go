package explain

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/policies"
)

// shipped is the book of the pack that ships, opened once.
var shipped = sync.OnceValues(func() (*Book, error) {
	return Open(context.Background(), policies.Files, "policies")
})

func open(t *testing.T) *Book {
	t.Helper()
	b, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every rule has an example, and judges it as the example says.
func TestExamples(t *testing.T) {
	b := open(t)
	for _, rule := range b.gate.Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			told, err := b.Rule(t.Context(), rule.ID)
			if err != nil {
				t.Fatal(err)
			}
			if told.Good == nil || told.Bad == nil {
				t.Fatalf("the rule has no example: write policies/examples/%s.yaml", rule.ID)
			}
			for _, v := range told.Good.Violations {
				t.Errorf("the good example: %s: %s", v.Property, v.Message)
			}
			if len(told.Good.Witnesses) == 0 {
				t.Error("the good example has no witness")
			}
			if len(told.Bad.Violations) == 0 {
				t.Error("the bad example has no violation")
			}
			for name, judged := range map[string]*Judged{"good": told.Good, "bad": told.Bad} {
				for _, r := range judged.Inventory.Resources {
					if _, known := azure.Lookup(r.Type); !known && slices.Contains(rule.Types, r.Type) {
						continue
					}
					for _, err := range azure.Check(r.Type, r.Props) {
						if !incomplete(err) {
							t.Errorf("the %s example: %s: %v", name, r.Name, err)
						}
					}
				}
			}
		})
	}
}

// incomplete tells of a property that Azure wants and an example leaves out, as
// the rule does not look at it.
func incomplete(err error) bool {
	var fault *azure.PropertyError
	return errors.As(err, &fault) && fault.Reason == "is required and missing"
}
