package runbooks

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/promises"
)

// Scripts rely on the names, and people on the order.
func TestAll(t *testing.T) {
	var names []string
	for _, r := range All() {
		names = append(names, r.Name)
		if r.Title == "" || len(r.Promises) == 0 || r.Objective == nil || r.Build == nil {
			t.Errorf("%s is not whole: %+v", r.Name, r)
		}
		for _, id := range r.Promises {
			if _, ok := promises.Lookup(id); !ok {
				t.Errorf("%s measures %s, which nobody can promise", r.Name, id)
			}
		}
		if found, ok := Lookup(r.Name); !ok || found.Title != r.Title {
			t.Errorf("%s is not found by its name", r.Name)
		}
	}
	if want := []string{"pitr", "year", "region", "documents", "tamper", "controls"}; !slices.Equal(names, want) {
		t.Errorf("the drills are %v, want %v", names, want)
	}
	if _, ok := Lookup("pitrr"); ok {
		t.Error("a drill was found that is not there")
	}
}

func TestByMeans(t *testing.T) {
	builds := func(name string) builder {
		return func(context.Context, Scene) (drill.Drill, error) { return drill.Drill{Name: name}, nil }
	}
	build := byMeans(builds("a postgres"), builds("a sql"))
	databases := []estate.Database{{Purpose: "financial", Means: meansPostgres}, {Purpose: "identity", Means: meansSQL}, {Purpose: "other", Means: "paper"}}
	for name, c := range map[string]struct {
		database  string
		databases []estate.Database
		want, err string
	}{
		"the first":        {"", databases, "a postgres", ""},
		"one by name":      {"identity", databases, "a sql", ""},
		"none of that":     {"invoices", databases, "", `no database "invoices"`},
		"unknown means":    {"other", databases, "", `the means "paper"`},
		"no database here": {"", nil, "", "no database"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := build(t.Context(), Scene{Estate: &estate.Estate{Name: "test", Databases: c.databases}, Database: c.database})
			switch {
			case c.err == "" && (err != nil || got.Name != c.want):
				t.Errorf("%s, %v; want %s", got.Name, err, c.want)
			case c.err != "" && (!errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), c.err)):
				t.Errorf("%v, want %q", err, c.err)
			}
		})
	}
}
