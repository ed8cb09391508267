package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tillit-dev/tillit/internal/clock"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

// TestMain lets the scripts run the command as a program of its own, and the same
// in front of a fake Azure, a rehearsal's.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"runbook": main, "fakebook": func() {
		b := &bench{azure: &fakeAzure{rehearsal: true, made: map[string]string{}}, does: &behaviour{lost: time.Minute}, dir: "state", now: clock.Now}
		p := b.program()
		p.stdout, p.stderr = os.Stdout, os.Stderr
		p.getenv = os.Getenv
		os.Exit(p.run(os.Args[1:]))
	}})
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("STACKS", filepath.Join(root, "stacks"))
			env.Setenv("TILLIT_STACKS", filepath.Join(root, "stacks"))
			env.Setenv("EVIDENCE", filepath.Join(root, "internal", "evidence", "testdata", "v1"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and wants its exit status: exits STATUS COMMAND [ARG...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := "0"
	if err != nil {
		status = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if status != args[0] {
		ts.Fatalf("exit status %s, want %s", status, args[0])
	}
}
