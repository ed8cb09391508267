package runbooks

import (
	"context"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// The verification is tried on real data; then one is put in its place that finds
// no fault with rows and every fault with blobs, and the controls must fail.
func TestControls(t *testing.T) {
	s := newSite(t, "controls", promised)
	s.restorable(t)
	scene := s.scene()
	put(t, subscription+"/resourceGroups/rg-controls", "2022-09-01", map[string]any{"location": "westeurope"})
	scene.Estate.Documents = account(t, Scene{Cloud: s.cloud, Estate: scene.Estate}, "controlsdocs", nil, "received")
	all := []string{
		"control untouched", "control wrong-point", "control missing-table", "control altered-rows", "control stale-heartbeat",
		"control blobs-untouched", "control blobs-wrong-point", "control blobs-stale-heartbeat", "control altered-blob", "control missing-blob",
	}
	for _, c := range []struct {
		name  string
		look  verifiers
		fails []string
	}{
		{"sound", verifiers{examine, examineBlobs}, nil},
		{"blind to rows, and content with no blobs", verifiers{
			func(context.Context, *pgx.Conn, []manifest.Query, expected) (heartbeat.Beat, []drill.Check, error) {
				return heartbeat.Beat{}, []drill.Check{{Name: "data", OK: true}}, nil
			},
			func(context.Context, map[string]*container.Client, expectedBlobs) (heartbeat.Beat, []drill.Check, error) {
				return heartbeat.Beat{}, []drill.Check{{Name: "data"}}, nil
			},
		}, all[1:]},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := buildControls(t.Context(), scene, c.look)
			if err != nil {
				t.Fatal(err)
			}
			result, err := carry(t, d)
			if err != nil {
				t.Fatal(err)
			}
			want := evidence.Passed
			if c.fails != nil {
				want = evidence.Failed
			}
			if result.Outcome != want || strings.Join(wrong(result.Checks), ", ") != strings.Join(c.fails, ", ") {
				t.Errorf("%s, wrong: %q", result.Outcome, wrong(result.Checks))
			}
			for _, name := range all {
				checked(t, result, name)
			}
		})
	}
}

func TestJudgeControl(t *testing.T) {
	bad, good := drill.Check{Name: "table a"}, drill.Check{Name: "heartbeat", OK: true}
	named := func(name string) func(string) bool { return func(check string) bool { return check == name } }
	for _, c := range []struct {
		name   string
		checks []drill.Check
		reason func(string) bool
		clean  bool
		want   bool
	}{
		{"fails for its reason", []drill.Check{bad, good}, named("table a"), false, true},
		{"fails for another", []drill.Check{bad, good}, named("heartbeat"), false, false},
		{"does not fail", []drill.Check{good}, named("heartbeat"), false, false},
		{"looks at nothing", nil, named("heartbeat"), false, false},
		{"clean", []drill.Check{good}, named(""), true, true},
		{"clean and found faulty", []drill.Check{bad}, named("table a"), true, false},
		{"clean because nothing was looked at", nil, named(""), true, false},
	} {
		if got := judgeControl("x", "", c.checks, c.reason, c.clean); got.OK != c.want {
			t.Errorf("%s: %v %s", c.name, got.OK, got.Detail)
		}
	}
}
