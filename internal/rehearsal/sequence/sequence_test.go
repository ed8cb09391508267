package sequence_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
	"github.com/tillit-dev/tillit/internal/rehearsal/sequence"
	"github.com/tillit-dev/tillit/internal/rehearsal/sequence/testdata/sample"
	"github.com/tillit-dev/tillit/promises"
)

var root string

func TestMain(m *testing.M) {
	const programs = "internal/rehearsal/sequence/testdata/sample/"
	os.Exit(rehearsaltest.Main(m, &root, "cmd/pulumi-analyzer-policy-tillit", programs+"sample-estate", programs+"weak-estate"))
}

// rehearse runs the sample estate, changed by the test, and returns what was
// printed.
func rehearse(t *testing.T, change func(*sequence.Options)) (gate.Verdict, string, error) {
	t.Helper()
	var out bytes.Buffer
	options := sequence.Options{
		Root: root, Estate: "sample", Stacks: "testdata", Policies: "../../../policies", Out: &out,
		Program: sample.Program,
		Plan:    []string{filepath.Join(root, "bin", "sample-estate")},
		Broken:  func(promises.ID) pulumi.RunFunc { return sample.Group },
	}
	change(&options)
	verdict, err := sequence.Run(t.Context(), options)
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, sequence.Mark) {
			t.Errorf("a line without the mark: %q", line)
		}
	}
	return verdict, out.String(), err
}

var seconds = regexp.MustCompile(` +\d+\.\d s`)

// steps are the lines of the steps, without their times.
func steps(out string) []string {
	var lines []string
	for line := range strings.Lines(out) {
		line = strings.TrimPrefix(line, sequence.Mark)
		if strings.HasPrefix(line, "ok") || strings.HasPrefix(line, "failed") {
			lines = append(lines, strings.Join(strings.Fields(seconds.ReplaceAllString(line, ":")), " "))
		}
	}
	return lines
}

func TestAKeptEstateIsAppliedAndRemoved(t *testing.T) {
	verdict, out, err := rehearse(t, func(*sequence.Options) {})
	if err != nil || verdict != gate.Kept {
		t.Fatalf("verdict %q, %v\n%s", verdict, err, out)
	}
	want := []string{
		"ok plan and check: 3 resources, 1 kept",
		"ok refuse the estate without crypto.transit: by promise/witnessed; nothing was created",
		"ok preview, judged by the gate: 3 create",
		"ok up: 3 create",
		"ok up, a second time: 3 same",
		"ok check what is deployed: 3 resources, 1 kept",
		"ok destroy: 3 delete",
	}
	if got := steps(out); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !strings.Contains(out, "crypto.transit") || !strings.HasSuffix(out, "sample is kept\n") {
		t.Errorf("no table at the end:\n%s", out)
	}
}

func TestABrokenPlanGoesNoFurther(t *testing.T) {
	verdict, out, err := rehearse(t, func(o *sequence.Options) {
		o.Plan = []string{filepath.Join(root, "bin", "weak-estate")}
		o.Root = t.TempDir() // where a rehearsal could not start
	})
	if err != nil || verdict != gate.Broken || !strings.Contains(out, "crypto/tls-current") {
		t.Errorf("verdict %q, %v\n%s", verdict, err, out)
	}
}

func TestWhatMustNotHappenIsAnError(t *testing.T) {
	runs := 0
	for name, test := range map[string]struct {
		change func(*sequence.Options)
		want   string
	}{
		"the gate lets a broken variant pass": {
			func(o *sequence.Options) { o.Broken = func(promises.ID) pulumi.RunFunc { return sample.Program } },
			"the gate lets pass an estate built without crypto.transit",
		},
		"a second up changes something": {
			func(o *sequence.Options) {
				// The gate lets an update make only what the preview had, so it is one less.
				o.Program = func(ctx *pulumi.Context) error {
					if runs++; runs < 3 {
						var group pulumi.CustomResourceState
						if err := ctx.RegisterResource("azure-native:resources:ResourceGroup", "gone", pulumi.Map{
							"resourceGroupName": pulumi.String("gone"), "location": pulumi.String("westeurope"),
						}, &group, pulumi.Version("2.90.0")); err != nil {
							return err
						}
					}
					return sample.Program(ctx)
				}
			},
			"a second up must change nothing; it did: 1 delete, 3 same",
		},
		"the program panics": {
			func(o *sequence.Options) { o.Program = func(*pulumi.Context) error { panic("at the disco") } },
			"preview",
		},
		"there is no such estate": {func(o *sequence.Options) { o.Estate = "nowhere" }, "Pulumi.nowhere.yaml"},
		"there is no such pack":   {func(o *sequence.Options) { o.Policies = "nowhere" }, "load the policies"},
	} {
		t.Run(name, func(t *testing.T) {
			_, out, err := rehearse(t, test.change)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q\n%s", err, test.want, out)
			}
		})
	}
}

func TestKeepHoldsUntilItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out lines
	out.seen = func(text string) {
		if strings.Contains(text, "interrupt to end it") {
			cancel()
		}
	}
	verdict, err := sequence.Run(ctx, sequence.Options{
		Root: root, Estate: "sample", Stacks: "testdata", Policies: "../../../policies", Out: &out, Keep: true,
		Program: sample.Program, Plan: []string{filepath.Join(root, "bin", "sample-estate")},
	})
	if err != nil || verdict != gate.Kept {
		t.Errorf("verdict %q, %v", verdict, err)
	}
}

// lines tells of each text written to it.
type lines struct{ seen func(string) }

func (l *lines) Write(p []byte) (int, error) {
	l.seen(string(p))
	return len(p), nil
}
