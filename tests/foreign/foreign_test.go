package foreign

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

// bin is where TestMain builds tillit and the programs.
var bin string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if bin, err = os.MkdirTemp("", "tillit-foreign-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(bin) }()
	const module = "github.com/tillit-dev/tillit/"
	build := exec.Command("go", "build", "-o", bin+"/", module+"cmd/tillit", module+"tests/foreign/program", module+"tests/foreign/faulty")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	return m.Run()
}

func TestPlan(t *testing.T) {
	source, err := filepath.Abs("program")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("BIN", bin)
			env.Setenv("SOURCE", source)
			return odd(filepath.Join(env.WorkDir, "estate"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "gone": gone},
	})
}

// exits runs a command and wants its exit status: exits STATUS COMMAND [ARG...].
// Its output goes to the files stdout and stderr.
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

// gone wants the process named in the last line of standard error to have ended.
func gone(ts *testscript.TestScript, _ bool, _ []string) {
	for line := range strings.Lines(ts.ReadFile("stderr")) {
		if pid, ok := strings.CutPrefix(strings.TrimSpace(line), "child "); ok {
			n, err := strconv.Atoi(pid)
			ts.Check(err)
			if ended(n) {
				return
			}
			ts.Fatalf("process %d still runs", n)
		}
	}
	ts.Fatalf("no child was named")
}

// ended tells whether a process is no more, or is only waited for.
func ended(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}
