package sequence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/history"
	"github.com/tillit-dev/tillit/internal/rehearsal/exercise"
	"github.com/tillit-dev/tillit/promises"
)

// Usual are the drills that are rehearsed unless others are named: all of them.
var Usual = []string{"pitr", "year", "region", "documents", "tamper", "controls"}

// beat is how often a rehearsal's heartbeat is.
const beat = time.Second

// drilled is a drill and what came of it.
type drilled struct {
	Drill    string        `json:"drill"`
	Measures []promises.ID `json:"measures"`
	Applies  bool          `json:"applies"`

	result *drill.Result
}

// exercise runs the drills with the program that an operator runs, on an estate
// that has data, and puts what they have measured beside what is promised.
func (r *run) exercise(ctx context.Context, result *gate.Result) error {
	if len(r.Drills) == 0 {
		return nil
	}
	r.field = &exercise.Exercise{Rehearsal: r.rehearsal, Root: r.Root, Estate: r.Estate, Stacks: r.Stacks, State: r.state()}
	if r.screen.terminal {
		r.field.Log = follower{r.screen}
	}
	drills, err := r.chosen(ctx)
	if err != nil || len(drills) == 0 {
		return err
	}
	r.screen.begin("seed data, let the drills in")
	rows, blobs, err := r.field.Seed(ctx, exercise.Small)
	if err != nil {
		return r.failed(err)
	}
	r.screen.end(true, "%d rows, %d blobs", rows, blobs)
	if err := r.tidy(ctx); err != nil {
		return err
	}
	stop, err := r.field.Beat(ctx, beat)
	if err != nil {
		return err
	}
	if err := r.age(ctx, drills); err != nil {
		return errors.Join(err, stop())
	}
	for i := range drills {
		if err = r.drill(ctx, &drills[i]); err != nil {
			break
		}
	}
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	r.screen.begin("verify the evidence offline")
	if _, err := r.field.Runbook(ctx, "", "verify", "--rehearsal", "--key", filepath.Join(r.state(), "keys")); err != nil {
		return r.failed(err)
	}
	r.screen.end(true, "in %s", r.state())
	return r.measured(result, drills)
}

// age takes the copies that the drill year restores, as old as is promised.
func (r *run) age(ctx context.Context, drills []drilled) error {
	if !slices.ContainsFunc(drills, func(d drilled) bool { return d.Drill == "year" }) {
		return nil
	}
	r.screen.begin("take a copy, date it back")
	age := r.declaration.Params("backup.retention").Duration("for")
	copies, err := r.field.Age(ctx, age)
	if err != nil {
		return r.failed(err)
	}
	r.screen.end(true, "%d, by %s", copies, promises.FormatDuration(age))
	return nil
}

// chosen are the drills that are asked for and that the estate has a use for.
func (r *run) chosen(ctx context.Context) ([]drilled, error) {
	text, err := r.field.Runbook(ctx, "", "list", "--rehearsal", "--json")
	if err != nil {
		return nil, err
	}
	var list struct{ Drills []drilled }
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("runbook list: %w", err)
	}
	var chosen []drilled
	for _, name := range r.Drills {
		i := slices.IndexFunc(list.Drills, func(d drilled) bool { return d.Drill == name })
		switch {
		case i < 0:
			return nil, fmt.Errorf("--drills: there is no drill %q", name)
		case list.Drills[i].Applies:
			chosen = append(chosen, list.Drills[i])
		}
	}
	return chosen, nil
}

// state is where the runs and their evidence are kept, in the checkout.
func (r *run) state() string { return filepath.Join(r.Root, ".tillit", "rehearsal", r.Estate) }

// tidy brings runs to an end that an earlier rehearsal was killed in: what they
// had made went with that rehearsal.
func (r *run) tidy(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(r.state(), "runs")); err != nil {
		return nil
	}
	r.screen.begin("bring earlier runs to an end")
	_, err := r.field.Runbook(ctx, exercise.Administrator, "resume", "--all")
	// That they were only cleaned up has an exit status of its own, and so have
	// those that failed in the end: both are at an end.
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == 2) {
		return r.failed(err)
	}
	r.screen.end(true, "")
	return nil
}

// drill runs one drill. That it fails or misses its objective is a result, and
// the next one is run all the same.
func (r *run) drill(ctx context.Context, d *drilled) error {
	r.screen.begin("drill %s", d.Drill)
	text, err := r.field.Runbook(ctx, r.field.Runner(d.Drill), "run", d.Drill, "--json")
	if text == nil || ctx.Err() != nil {
		return r.failed(errors.Join(err, context.Cause(ctx)))
	}
	d.result = &drill.Result{}
	if faulty := json.Unmarshal(text, d.result); faulty != nil || d.result.Outcome == "" {
		return r.failed(errors.Join(err, fmt.Errorf("drill %s has no result", d.Drill)))
	}
	r.screen.end(d.result.Outcome == evidence.Passed || d.result.Outcome == evidence.Unmeasured, "%s", figures(d.result))
	if d.result.Outcome != evidence.Passed {
		r.screen.say("       %s", d.result.Cause)
	}
	return nil
}

// figures are what a drill has measured, in words.
func figures(result *drill.Result) string {
	parts := []string{string(result.Outcome)}
	if p := result.Point; p != nil {
		parts = append(parts, fmt.Sprintf("recovery point %.1f s", p.Seconds))
	}
	if t := result.Time; t != nil {
		parts = append(parts, fmt.Sprintf("recovery time %.1f s", t.Seconds))
	}
	if n := len(result.Checks); n > 0 {
		held := 0
		for _, c := range result.Checks {
			if c.OK {
				held++
			}
		}
		parts = append(parts, fmt.Sprintf("%d of %d checks hold", held, n))
	}
	return strings.Join(parts, ", ")
}

// measured fills in what drills have measured.
func (r *run) measured(result *gate.Result, drills []drilled) error {
	for _, d := range drills {
		if d.result == nil || d.result.Outcome == evidence.Unmeasured || d.result.Outcome == evidence.Interrupted {
			continue
		}
		for _, id := range d.Measures {
			result.Measure(id, history.Measured(id, *d.result), d.result.Outcome == evidence.Passed)
		}
	}
	return nil
}

// follower shows the last line of what a program says beside the step under way.
type follower struct{ screen *screen }

func (f follower) Write(p []byte) (int, error) {
	lines := strings.Split(strings.TrimSpace(string(p)), "\n")
	f.screen.note(strings.TrimPrefix(lines[len(lines)-1], Mark))
	return len(p), nil
}
