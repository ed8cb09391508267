//go:build unix

package drill

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/tillit-dev/tillit/internal/evidence"
)

var everyKill = flag.Bool("every-kill", false, "kill a run at every boundary, and every resumption too")

const (
	childDir  = "TILLIT_TEST_DRILL_DIR"
	childKill = "TILLIT_TEST_DRILL_KILL"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(child(dir, os.Getenv(childKill)))
	}
	os.Exit(m.Run())
}

// child runs or resumes the drill at a site and kills itself at a boundary.
func child(dir, kill string) int {
	s, err := newSite(dir)
	at, err2 := strconv.Atoi(kill)
	if err = errors.Join(err, err2); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	passed := 0
	s.options.boundary = func(where string) {
		if passed++; passed == at {
			fmt.Fprintln(os.Stderr, where)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	runs, err := Unfinished(s.options.Dir, s.drill.Name)
	if err == nil && len(runs) > 0 {
		_, err = Resume(context.Background(), s.options, s.drill, runs[0])
	} else if err == nil {
		_, err = Start(context.Background(), s.options, s.drill)
	}
	if err != nil && !errors.Is(err, errCutOff) {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

// killed runs the child. It says whether it was killed, and where.
func killed(t *testing.T, dir string, at int) (bool, string) {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childDir+"="+dir, childKill+"="+strconv.Itoa(at))
	var said bytes.Buffer
	command.Stderr = &said
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false, ""
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true, said.String()
	}
	t.Fatalf("killed at boundary %d: %v: %s", at, err, said.String())
	return false, ""
}

// settle resumes whatever is left and checks that nothing of it remains.
func settle(t *testing.T, dir, where string) {
	t.Helper()
	s, err := newSite(dir)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := Unfinished(s.options.Dir, s.drill.Name)
	if err != nil || len(runs) > 1 {
		t.Fatalf("unfinished are %v (%v)", runs, err)
	}
	for _, id := range runs {
		result, err := Resume(context.Background(), s.options, s.drill, id)
		if err != nil && !errors.Is(err, errCutOff) || result == nil {
			t.Fatalf("killed at %s: resume: %v", where, err)
		}
		if result.Outcome != evidence.Passed && result.Outcome != evidence.Interrupted {
			t.Errorf("killed at %s: %+v", where, result)
		}
	}
	s.clean(t)
	entries, err := os.ReadDir(s.dir + "/evidence")
	if err != nil || len(entries) == 0 {
		if len(runs) > 0 {
			t.Errorf("killed at %s: there is no evidence", where)
		}
		return
	}
	report := s.verify(t)
	if !report.OK() || len(report.Runs) != 1 {
		t.Errorf("killed at %s: %v", where, report.Faults)
	}
	if len(runs) > 0 && report.Runs[0].Resumed == 0 && report.Runs[0].Outcome != evidence.Passed {
		t.Errorf("killed at %s: the evidence does not show it: %+v", where, report.Runs)
	}
}

func TestKillAtBoundaries(t *testing.T) {
	stride := 6
	if *everyKill {
		stride = 1
	}
	count := 0
	for at := 1; ; at += stride {
		dir := t.TempDir()
		dead, where := killed(t, dir, at)
		if dead {
			count++
		}
		settle(t, dir, where)
		if !dead {
			break
		}
	}
	t.Logf("killed at %d boundaries", count)
}

// TestKillResumption kills the resumption as well, at a boundary of its own.
func TestKillResumption(t *testing.T) {
	first, second := []int{21}, []int{5, 13}
	if *everyKill {
		first, second = []int{3, 9, 15, 21, 27, 33, 39, 45, 51}, []int{1, 3, 5, 7, 9, 11, 13, 15, 17}
	}
	for _, a := range first {
		for _, b := range second {
			dir := t.TempDir()
			_, where := killed(t, dir, a)
			_, again := killed(t, dir, b)
			settle(t, dir, where+", then "+again)
		}
	}
}
