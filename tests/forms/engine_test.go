package forms

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/tests/variants"
)

// engine is a rehearsal of an estate, whose previews leave files behind.
type engine struct {
	*rehearsal.Rehearsal
	program pulumi.RunFunc
	dir     string // of the files
	extra   string // file with the arguments and variables of the next preview
}

// start brings up the estate's rehearsal. The Automation API does not keep what
// pulumi preview --json prints, so a script stands before the CLI that does.
func start(t *testing.T, root string, d *promises.Declaration) *engine {
	t.Helper()
	e := &engine{program: variants.Sound(d), dir: t.TempDir()}
	e.extra = filepath.Join(e.dir, "extra")
	cli, err := exec.LookPath("pulumi")
	if err != nil {
		cli = filepath.Join(root, "bin", "tools", "pulumi")
	}
	script := fmt.Sprintf(`#!/bin/sh
case " $* " in
*" preview "*)
	. '%s'
	exec '%s' "$@" --json --show-sames $flags >"$out" ;;
esac
exec '%s' "$@"
`, e.extra, cli, cli)
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	e.Rehearsal, err = rehearsal.Start(context.Background(), rehearsal.Options{
		Estate: d.Estate, StackFile: promises.Path(filepath.Join(variants.Root(), "stacks"), d.Estate), Root: root,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func (e *engine) file(name string) string { return filepath.Join(e.dir, name) }

// preview runs pulumi preview --json and keeps what it prints in one file, and
// its update plan in another when that is named.
func (e *engine) preview(t *testing.T, out, plan string, events bool) {
	t.Helper()
	extra := fmt.Sprintf("out='%s'\nflags=\n", e.file(out))
	if plan != "" {
		extra += fmt.Sprintf("export PULUMI_EXPERIMENTAL=true\nflags='--save-plan=%s'\n", e.file(plan))
	}
	if events {
		extra += "export PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true\n"
	}
	if err := os.WriteFile(e.extra, []byte(extra), 0o600); err != nil {
		t.Fatal(err)
	}
	if result, err := e.Preview(context.Background(), e.program); err != nil {
		t.Fatalf("preview: %v\n%s", err, result.Log)
	}
}

// up deploys the estate and exports its state.
func (e *engine) up(t *testing.T, state string) {
	t.Helper()
	if result, err := e.Up(context.Background(), e.program); err != nil {
		t.Fatalf("up: %v\n%s", err, result.Log)
	}
	exported, err := e.Export(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.file(state), exported, 0o600); err != nil {
		t.Fatal(err)
	}
}
