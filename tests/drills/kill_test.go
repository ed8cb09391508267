package drills

import (
	"bufio"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/exercise"
)

// A kill is when a run is killed: after it has said so many lines, of which it
// says at least one at each boundary between steps, and then after a while more.
type kill struct {
	drill string
	lines int
	then  time.Duration
}

// killers are how many runs are killed at the same time, each with a folder of its
// own. Azure lets a server have five replicas.
const killers = 3

// perFolder is how many runs a folder gets. Each command reads all the evidence.
const perFolder = 20

// TestKilledRuns kills runs at boundaries and at random moments. Afterwards each is
// brought to its end, nothing is left of it, and the evidence says that it was cut
// off, or that it was taken up and finished.
func TestKilledRuns(t *testing.T) {
	e := deployed(t)
	random := rand.New(rand.NewPCG(uint64(clock.Now().UnixNano()), 1))
	lines, took := map[string]int{}, map[string]time.Duration{}
	for _, name := range all {
		began := clock.Now()
		lines[name], _ = launch(t, e, kill{drill: name, lines: -1})
		took[name] = clock.Since(began)
	}
	var kills []kill
	for _, name := range all {
		for n := 1; n < lines[name]; n++ {
			kills = append(kills, kill{drill: name, lines: n})
		}
	}
	boundaries := len(kills)
	for i := range 200 {
		name := all[i%len(all)]
		kills = append(kills, kill{drill: name, then: time.Duration(random.Int64N(int64(took[name])))})
	}
	t.Logf("%d boundaries, lines %v, durations %v", boundaries, lines, took)
	if !*everything {
		random.Shuffle(boundaries, func(i, j int) { kills[i], kills[j] = kills[j], kills[i] })
		kills = append(kills[:10], kills[boundaries:boundaries+10]...)
	}
	var next, cut, resumed atomic.Int64
	t.Run("kill", func(t *testing.T) {
		for k := range killers {
			t.Run(strconv.Itoa(k), func(t *testing.T) {
				t.Parallel()
				own, runs := *e, 0
				look := func() {
					if _, err := os.Stat(filepath.Join(own.State, "evidence")); own.State == e.State || err != nil {
						return // no run came so far that anything is on record
					}
					verified(t, &own)
					for _, r := range history(t, &own) {
						resumed.Add(int64(min(r.Resumed, 1)))
					}
				}
				for n := next.Add(1); n <= int64(len(kills)) && !t.Failed(); n = next.Add(1) {
					if runs%perFolder == 0 {
						look()
						own.State, runs = t.TempDir(), 0
					}
					runs++
					if killed(t, &own, kills[n-1]) {
						cut.Add(1)
					}
					if n%20 == 0 {
						t.Logf("%d of %d", n, len(kills))
					}
				}
				look()
			})
		}
	})
	nothingLeft(t, e)
	t.Logf("%d of %d kills cut a run off, %d were taken up", cut.Load(), len(kills), resumed.Load())
	if cut.Load() > 3 && resumed.Load() == 0 {
		t.Error("the evidence shows no run that was cut off")
	}
}

// killed kills one run, brings it to its end and looks at what is left. It says
// whether the kill cut it off.
func killed(t *testing.T, e *exercise.Exercise, k kill) bool {
	t.Helper()
	before := len(history(t, e))
	if _, killed := launch(t, e, k); !killed {
		return false // it was quicker
	}
	out, err := e.Runbook(t.Context(), e.Runner(k.drill), "resume", "--all")
	if exit := (&exec.ExitError{}); err != nil && (!errors.As(err, &exit) || exit.ExitCode() == 2) {
		t.Fatalf("%+v: resume: %v\n%s", k, err, out)
	}
	runs := history(t, e)
	// One whose start was not on record yet is put there with its end.
	if len(runs) < before || len(runs) > before+1 {
		t.Errorf("%+v: %d runs were on record, now %d", k, before, len(runs))
	}
	for _, r := range runs {
		if r.Outcome == "" {
			t.Errorf("%+v: run %s has no end", k, r.Run)
		}
	}
	journals, err := filepath.Glob(filepath.Join(e.State, "runs", k.drill, "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, journal := range journals {
		leftOf(t, e, "tillit-"+strings.TrimSuffix(filepath.Base(journal), ".jsonl"))
	}
	if t.Failed() {
		t.Fatalf("after %+v\n%s", k, out)
	}
	return true
}

// launch starts a run, kills it as it was told, and says how many lines it has
// said and whether it was killed before its end.
func launch(t *testing.T, e *exercise.Exercise, k kill) (lines int, killed bool) {
	t.Helper()
	cmd := e.Command(t.Context(), e.Runner(k.drill), "run", k.drill)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if k.lines == 0 {
		defer time.AfterFunc(k.then, stop).Stop()
	}
	text := bufio.NewScanner(out)
	for text.Scan() {
		if lines++; lines == k.lines {
			stop()
		}
	}
	err = cmd.Wait()
	if k.lines < 0 && err != nil {
		t.Fatalf("undisturbed, %s fails: %v", k.drill, err)
	}
	state := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return lines, state.Signaled()
}

// recorded is a run in the history.
type recorded struct {
	Run, Drill, Outcome string
	Resumed             int
}

func history(t *testing.T, e *exercise.Exercise) []recorded {
	t.Helper()
	out, err := e.Runbook(t.Context(), "", "history", "--rehearsal", "--json")
	var list struct{ Runs []recorded }
	if len(out) == 0 {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return list.Runs
}
