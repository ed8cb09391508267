package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// made tells whether the stack's state has a store.
func (d *deployment) made(t *testing.T) bool {
	t.Helper()
	state, err := d.stack.Export(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(state.Deployment), "test:data:Store")
}

// The engine judges a stack only after an update's changes, so an update that no
// preview went before is refused before it makes anything, sound as it may be.
func TestUpdateWithoutPreview(t *testing.T) {
	d := deploy(t, transit, fixturePack(t, nil), stores(good()))
	out, err := d.up(t)
	if err == nil || d.made(t) {
		t.Fatalf("error %v, made %v\n%s", err, d.made(t), out)
	}
	for _, want := range []string{"preview/passed", "no preview of this stack has passed", "Run pulumi preview with this policy pack"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if out, err := d.preview(t); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := d.up(t); err != nil || !d.made(t) {
		t.Fatalf("after a preview: %v\n%s", err, out)
	}
}

// People run pulumi up, which previews by itself, with an analyzer of its own.
func TestUpdateWithItsOwnPreview(t *testing.T) {
	d := deploy(t, transit, fixturePack(t, nil), stores(good()))
	d.cli.previews = true
	if out, err := d.up(t); err != nil || !d.made(t) {
		t.Fatalf("%v\n%s", err, out)
	}
	bad := deploy(t, transit, fixturePack(t, nil), stores(map[string]pulumi.StringInput{"old": pulumi.String("1.0")}))
	bad.cli.previews = true
	if out, err := bad.up(t); err == nil || bad.made(t) {
		t.Fatalf("a broken stack: %v\n%s", err, out)
	}
}

// Whatever changes between the preview that passed and the update stops the
// update before it makes anything.
func TestUpdateOfSomethingElse(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, d *deployment, program map[string]pulumi.StringInput)
		want   string
	}{
		"an input": {func(_ *testing.T, _ *deployment, program map[string]pulumi.StringInput) {
			program["good"] = pulumi.String("1.3")
		}, "good is not what the preview judged: tls differs"},
		"a resource more": {func(_ *testing.T, _ *deployment, program map[string]pulumi.StringInput) {
			delete(program, "good")
			program["late"] = pulumi.String("1.2")
		}, "the preview that passed did not have late"},
		"the promises": {func(t *testing.T, d *deployment, _ map[string]pulumi.StringInput) {
			if err := d.stack.SetConfigWithOptions(t.Context(), `tillit:promises["crypto.transit"].tls`, auto.ConfigValue{Value: "1.3"}, &auto.ConfigOptions{Path: true}); err != nil {
				t.Fatal(err)
			}
		}, "judged by other promises"},
		"a preview that failed since": {func(t *testing.T, d *deployment, program map[string]pulumi.StringInput) {
			program["old"] = pulumi.String("1.0")
			if out, err := d.preview(t); err == nil {
				t.Fatalf("passed:\n%s", out)
			}
			delete(program, "old")
		}, "no preview of this stack has passed"},
	} {
		t.Run(name, func(t *testing.T) {
			program := good()
			d := deploy(t, transit, fixturePack(t, nil), func(ctx *pulumi.Context) error { return stores(program)(ctx) })
			if out, err := d.preview(t); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			test.change(t, d, program)
			out, err := d.up(t)
			if err == nil || d.made(t) || !strings.Contains(out, test.want) {
				t.Errorf("error %v, made %v, want %q in\n%s", err, d.made(t), test.want, out)
			}
		})
	}
}

// What a preview leaves behind holds no value of the stack, and is for its owner.
func TestReceiptTellsNothing(t *testing.T) {
	d := deploy(t, transit, fixturePack(t, nil), func(ctx *pulumi.Context) error {
		var store pulumi.ResourceState
		return ctx.RegisterComponentResourceV2("test:data:Store", "good", pulumi.Map{
			"tls": pulumi.String("1.2"), "word": pulumi.ToSecret(pulumi.String("open sesame")), "plain": pulumi.String("in the open"),
		}, &store)
	})
	if out, err := d.preview(t); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(d.home, "tillit", "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range append(files, filepath.Join(d.home, "tillit")) {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %v, %v", file, info.Mode(), err)
		}
		if info.IsDir() {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(text), "sesame") || strings.Contains(string(text), "in the open") {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
}

// A value that the preview did not know may become any. A rule that needs one
// resource alone judges it before the resource is made.
func TestUnknownIsJudgedWhenItIsKnown(t *testing.T) {
	alone := fixturePack(t, func(rule string) string {
		return strings.Replace(rule, "#   facts: []", "#   facts: []\n#   scope: resource", 1)
	})
	for version, kept := range map[string]bool{"1.3": true, "1.0": false} {
		d := deploy(t, transit, alone, late(version))
		if out, err := d.preview(t); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := d.up(t)
		if (err == nil) != kept || d.made(t) != kept || strings.Contains(out, "late accepts TLS 1.0") == kept {
			t.Errorf("TLS %s: error %v, made %v\n%s", version, err, d.made(t), out)
		}
	}
}
