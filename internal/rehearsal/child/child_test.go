package child_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/child"
)

// shell is a child that does as a script says.
func shell(script string) *exec.Cmd { return exec.Command("/bin/sh", "-c", script) }

// begin starts a child and waits until it says that it is ready.
func begin(t *testing.T, script string) *child.Process {
	t.Helper()
	ready := make(chan struct{})
	var once sync.Once
	p, err := child.Start(shell(script), child.Options{Lines: func(line string) {
		if line == "ready" {
			once.Do(func() { close(ready) })
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Kill(); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case <-p.Ended():
		t.Fatal(p.Err())
	}
	return p
}

func ended(p *child.Process) bool {
	select {
	case <-p.Ended():
		return true
	default:
		return false
	}
}

func TestAChildIsAskedToEndAndThenMadeTo(t *testing.T) {
	willing := begin(t, "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done")
	if err := willing.Err(); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	if err := willing.Stop(syscall.SIGTERM, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := willing.Err(); err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "bye") {
		t.Errorf("it ended: %v", err)
	}
	stubborn := begin(t, "trap '' TERM; echo ready; while :; do sleep 0.01; done")
	if err := stubborn.Stop(syscall.SIGTERM, 50*time.Millisecond); err != nil || !ended(stubborn) {
		t.Errorf("one that does not listen: %v, ended %v", err, ended(stubborn))
	}
	if err := stubborn.Stop(syscall.SIGTERM, time.Minute); err != nil {
		t.Errorf("one that has ended: %v", err)
	}
}

func TestAKilledChildTakesItsOwnAlong(t *testing.T) {
	p := begin(t, "sleep 600 & echo $! >&2; echo ready; wait")
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	grandchild, _, _ := strings.Cut(p.Err().Error()[strings.Index(p.Err().Error(), "killed: ")+len("killed: "):], "\n")
	gone(t, grandchild)
}

// gone waits for a process to be no more.
func gone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil {
		t.Fatalf("%q is no process", pid)
	}
	for range 200 {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", n))
		if errors.Is(err, os.ErrNotExist) || strings.Contains(string(b), ") Z ") { // nobody may wait for it
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Errorf("%d still runs", n)
	_ = syscall.Kill(n, syscall.SIGKILL) // not any longer
}

func TestAnErrorShowsWhatWasSaidLast(t *testing.T) {
	p, err := child.Start(shell("for i in $(seq 100); do echo line $i; done; printf end; exit 1"), child.Options{})
	if err != nil {
		t.Fatal(err)
	}
	<-p.Ended()
	if got := p.Err().Error(); strings.Contains(got, "line 88\n") || !strings.Contains(got, "line 89\n") || !strings.HasSuffix(got, "line 100\nend") {
		t.Errorf("got %s", got)
	}
	if _, err := child.Start(exec.Command("/nowhere"), child.Options{}); err == nil || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestRun(t *testing.T) {
	if out, err := child.Run(t.Context(), shell("echo out; echo err >&2"), nil); err != nil || out != "out\n" {
		t.Errorf("got %q, %v", out, err)
	}
	for script, want := range map[string]string{"echo out; echo err >&2; exit 4": "exit status 4: err", "echo only; exit 4": "exit status 4: only"} {
		if _, err := child.Run(t.Context(), shell(script), nil); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := child.Run(ctx, shell("sleep 600"), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that is given up: %v", err)
	}
}

const victimVariable = "TILLIT_TEST_VICTIM"

// Whoever is killed leaves no child: neither a server nor a command under way.
func TestAKilledParentLeavesNothing(t *testing.T) {
	if os.Getenv(victimVariable) != "" {
		// One that heeds only what it is left by will.
		started := make(chan bool, 1)
		if _, err := child.Start(shell("trap '' TERM; trap 'exit 0' QUIT; echo $$; while :; do sleep 0.01; done"), child.Options{
			Bequest: syscall.SIGQUIT, Lines: func(line string) { fmt.Println("pid", line); started <- true },
		}); err != nil {
			t.Fatal(err)
		}
		<-started
		out := "trap '' TERM QUIT; echo pid $$ > /proc/" + strconv.Itoa(os.Getpid()) + "/fd/1; while :; do sleep 0.01; done"
		_, err := child.Run(context.Background(), shell(out), nil)
		t.Fatal("the command ended", err)
	}
	victim := exec.Command(os.Args[0], "-test.run=^TestAKilledParentLeavesNothing$")
	victim.Env = append(os.Environ(), victimVariable+"=yes")
	said, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = victim.Process.Kill() }) // where the test did not come so far
	var children []string
	for lines := bufio.NewScanner(said); len(children) < 2 && lines.Scan(); {
		if pid, found := strings.CutPrefix(lines.Text(), "pid "); found {
			children = append(children, pid)
		}
	}
	if len(children) != 2 {
		t.Fatalf("its children are %v", children)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait() // killed, as it was meant to be
	for _, pid := range children {
		gone(t, pid)
	}
}
