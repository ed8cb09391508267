package variants

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/policies"
)

// What is deployed without the gate shows, once exported, the findings that its
// plan shows.
func TestStateShowsWhatThePlanShows(t *testing.T) {
	ctx := context.Background()
	d, err := Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(ctx, policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	broken := Combined("weakened", Edited(Of(Weakened, For(d))))
	for name, program := range map[string]pulumi.RunFunc{"broken": broken.Program(d), "sound": Sound(d)} {
		t.Run(name, func(t *testing.T) {
			r := start(t, d, "")
			if result, err := r.Up(ctx, program); err != nil {
				t.Fatalf("%v\n%s", err, result.Log)
			}
			exported, err := r.Export(ctx)
			if err != nil {
				t.Fatal(err)
			}
			state, err := inventory.Read(bytes.NewReader(exported))
			if err != nil {
				t.Fatal(err)
			}
			planned, err := Plan(ctx, d, program)
			if err != nil {
				t.Fatal(err)
			}
			var found [2][]string
			for i, inv := range []*inventory.Inventory{planned, state} {
				result, err := g.Judge(ctx, inv, d, clock.Now())
				if err != nil {
					t.Fatal(err)
				}
				found[i] = inCheck(result)
			}
			if (name == "broken") != (len(found[0]) > 0) {
				t.Errorf("the plan has %d violations", len(found[0]))
			}
			if !slices.Equal(found[0], found[1]) {
				t.Errorf("the plan shows\n%s\nthe state shows\n%s", strings.Join(found[0], "\n"), strings.Join(found[1], "\n"))
			}
		})
	}
}

// A second deployment of the same estate changes nothing, a refresh finds
// nothing, and what was made can be removed to the last resource.
func TestSoundEstateIsStable(t *testing.T) {
	ctx := context.Background()
	d, err := Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, d, filepath.Join(Root(), "policies"))
	must := func(what string, result rehearsal.Result, err error) rehearsal.Result {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, result.Log)
		}
		return result
	}
	preview, err := r.Preview(ctx, Sound(d)) // an update makes only what a preview has passed
	must("preview", preview, err)
	up, err := r.Up(ctx, Sound(d))
	if made := must("up", up, err).Changes["create"]; made < 150 {
		t.Errorf("up creates %d resources, want at least 150", made)
	}
	again, err := r.Up(ctx, Sound(d))
	if n := must("second up", again, err).Changed(); n != 0 {
		t.Errorf("a second up changes %d resources", n)
	}
	refreshed, err := r.Refresh(ctx)
	if n := must("refresh", refreshed, err).Changed(); n != 0 {
		t.Errorf("a refresh changes %d resources", n)
	}
	destroyed, err := r.Destroy(ctx)
	must("destroy", destroyed, err)
	if left := r.Resources(); len(left) > 0 {
		t.Errorf("%d resources are left, such as %s", len(left), left[0])
	}
}
