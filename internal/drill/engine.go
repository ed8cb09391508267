package drill

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// Start runs a drill. When ctx ends, the run stops and is cleaned up. The error
// is nil if the drill passed or only missed its objective; else it is why the
// run failed, why it is not cleaned up (ErrCleanUp: resume it), or why it did
// not start (ErrBusy, ErrUnfinished, ErrCostCap), and then there is no result.
func Start(ctx context.Context, o Options, d Drill) (*Result, error) {
	if err := errors.Join(o.validate(), d.validate(o)); err != nil {
		return nil, fmt.Errorf("start drill: %w", err)
	}
	unlock, err := lock(o, d)
	if err != nil {
		return nil, fmt.Errorf("start drill %s: %w", d.Name, err)
	}
	result, err := start(ctx, o, d)
	if err = errors.Join(err, unlock()); err != nil {
		return result, fmt.Errorf("drill %s: %w", d.Name, err)
	}
	return result, nil
}

func start(ctx context.Context, o Options, d Drill) (*Result, error) {
	open, err := Unfinished(o.Dir, d.Name)
	if err != nil {
		return nil, err
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("%w: resume %s", ErrUnfinished, open[0])
	}
	now := o.Now()
	var unique [4]byte
	if _, err := rand.Read(unique[:]); err != nil {
		return nil, err
	}
	r := &Run{ID: fmt.Sprintf("%s-%s-%s", d.Name, now.UTC().Format("20060102t150405"), hex.EncodeToString(unique[:])), drill: d, options: o, began: now}
	if r.journal, err = createJournal(r.path()); err != nil {
		return nil, err
	}
	if err := r.add(line{What: lineRun}); err != nil {
		return nil, errors.Join(err, r.journal.close())
	}
	result, err := r.execute(ctx)
	return result, errors.Join(err, r.journal.close())
}

// Resume takes up a run that was cut off: it goes on where that is possible, and
// cleans up. The drill must be the one that was started. The errors are as with
// Start, and ErrUnknownRun.
func Resume(ctx context.Context, o Options, d Drill, id string) (*Result, error) {
	return takeUp(ctx, o, d, id, nil)
}

// Abandon takes up a run that was cut off only to clean up after it, and puts on
// record that it was interrupted and why it does not go on. The drill's steps may
// be missing. The errors are as with Resume.
func Abandon(ctx context.Context, o Options, d Drill, id string, why error) (*Result, error) {
	return takeUp(ctx, o, d, id, fmt.Errorf("%w and does not go on: %w", errCutOff, why))
}

func takeUp(ctx context.Context, o Options, d Drill, id string, abandoned error) (*Result, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("resume %s: %w", id, err)
	}
	if !name.MatchString(d.Name) || !runID.MatchString(id) || !strings.HasPrefix(id, d.Name+"-") {
		return nil, fmt.Errorf("resume: %w of drill %s: %q", ErrUnknownRun, d.Name, id)
	}
	unlock, err := lock(o, d)
	if err != nil {
		return nil, fmt.Errorf("resume %s: %w", id, err)
	}
	result, err := resume(ctx, o, d, id, abandoned)
	if err = errors.Join(err, unlock()); err != nil {
		return result, fmt.Errorf("resume %s: %w", id, err)
	}
	return result, nil
}

var runID = regexp.MustCompile(`^[a-z0-9-]+$`)

func resume(ctx context.Context, o Options, d Drill, id string, abandoned error) (*Result, error) {
	r := &Run{ID: id, drill: d, options: o, abandoned: abandoned}
	var err error
	if r.journal, err = openJournal(r.path()); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w: %s", ErrUnknownRun, id)
		}
		return nil, err
	}
	if !r.journal.has(lineRun) || r.journal.has(lineFinished) {
		return nil, errors.Join(fmt.Errorf("%w that is not finished: %s", ErrUnknownRun, id), r.journal.close())
	}
	r.began = r.journal.lines[0].At
	err = r.add(line{What: lineResumed})
	if err != nil {
		return nil, errors.Join(err, r.journal.close())
	}
	result, err := r.execute(ctx)
	return result, errors.Join(err, r.journal.close())
}

// lock keeps other processes from running the drill.
func lock(o Options, d Drill) (func() error, error) {
	dir := filepath.Join(o.Dir, d.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // do not wait
	unlock, err := evidence.LockFolder(ctx, dir)
	if errors.Is(err, evidence.ErrLocked) {
		return nil, ErrBusy
	}
	return unlock, err
}

func (r *Run) path() string {
	return filepath.Join(r.options.Dir, r.drill.Name, r.ID+journalExt)
}

// execute takes the run from wherever it is to its end.
func (r *Run) execute(ctx context.Context) (*Result, error) {
	unrecorded := r.announce(ctx, r.journal.has(lineResumed))
	failure := unrecorded
	if failure == nil {
		failure = r.abandoned
	}
	if failure == nil {
		failure = r.forward(ctx)
	}
	r.step = Step{}
	// From here on the caller's end of ctx no longer counts.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.options.CleanUpCap)
	defer cancel()
	if err := r.cleanUp(ctx); err != nil {
		return nil, errors.Join(failure, err)
	}
	if unrecorded != nil {
		return nil, unrecorded // an end without a start on record says nothing
	}
	return r.finish(ctx, failure)
}

// announce puts the start on record before anything else is done.
func (r *Run) announce(ctx context.Context, resumed bool) error {
	ctx = context.WithoutCancel(ctx)
	err := r.record(ctx, evidence.Entry{Event: evidence.Event{Kind: evidence.RunStarted, Run: r.ID, Drill: r.drill.Name}, Body: map[string]any{
		"objectivePointSeconds": r.drill.Objective.Point.Seconds(),
		"objectiveTimeSeconds":  r.drill.Objective.Time.Seconds(),
		"timeCapSeconds":        r.options.TimeCap.Seconds(),
		"costCapCents":          r.options.CostCap,
		"marker":                r.Marker(),
	}})
	if err != nil && (!resumed || !errors.Is(err, evidence.ErrOrder)) {
		return fmt.Errorf("record the start: %w", err)
	}
	if !resumed {
		return nil
	}
	err = r.record(ctx, evidence.Entry{Event: evidence.Event{Kind: evidence.RunResumed, Run: r.ID}})
	if err != nil && !errors.Is(err, evidence.ErrOrder) {
		return fmt.Errorf("record that the run is resumed: %w", err)
	}
	return nil
}

func (r *Run) record(ctx context.Context, e evidence.Entry) error {
	r.boundary("before evidence " + string(e.Kind))
	err := r.options.Record(ctx, e)
	r.boundary("after evidence " + string(e.Kind))
	return err
}

var errCutOff = errors.New("the run was cut off")

// forward does the steps that are not done. It returns why it went no further.
func (r *Run) forward(ctx context.Context) error {
	if r.journal.has(lineCleaning) || r.journal.has(lineFailed) {
		return r.earlier()
	}
	left := r.options.TimeCap - r.options.Now().Sub(r.began)
	ctx, cancel := context.WithTimeoutCause(ctx, left, ErrTimeCap)
	defer cancel()
	state := map[string]string{}
	for _, l := range r.journal.lines {
		if l.Step != "" && l.What != lineCheck {
			state[l.Step] = l.What
		}
	}
	r.tell(Began, "")
	for _, step := range r.drill.Steps {
		switch state[step.Name] {
		case lineDone:
			continue
		case lineStep:
			if !step.Repeatable {
				return fmt.Errorf("%w in step %s, which cannot be repeated", errCutOff, step.Name)
			}
		}
		if err := r.do(ctx, step, state[step.Name] == lineStep); err != nil {
			return err
		}
	}
	return nil
}

// earlier is why the run had ended when it was cut off in its clean-up.
func (r *Run) earlier() error {
	for _, l := range r.journal.lines {
		if l.What == lineFailed && l.Key == string(evidence.Interrupted) {
			return fmt.Errorf("%w: %s", errCutOff, l.Error)
		}
		if l.What == lineFailed {
			return errors.New(l.Error)
		}
	}
	done := 0
	for _, l := range r.journal.lines {
		if l.What == lineDone {
			done++
		}
	}
	if done < len(r.drill.Steps) {
		return errCutOff
	}
	return nil
}

// do does one step.
func (r *Run) do(ctx context.Context, step Step, again bool) error {
	r.step, r.stepAt = step, r.options.Now()
	if ctx.Err() != nil {
		return r.fail(ctx, context.Cause(ctx))
	}
	cost := step.Cost
	if again {
		cost = 0 // it was counted when it first began
	}
	if err := r.affords(cost); err != nil {
		return r.fail(ctx, err)
	}
	if err := r.add(line{What: lineStep, Step: step.Name, Cents: cost}); err != nil {
		return fmt.Errorf("step %s: %w", step.Name, err)
	}
	r.tell(Began, "")
	err := step.Do(ctx, r)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = errors.Join(cause, err)
	}
	if err != nil {
		return r.fail(ctx, err)
	}
	took := r.options.Now().Sub(r.stepAt)
	if err := r.add(line{What: lineDone, Step: step.Name, Seconds: took.Seconds()}); err != nil {
		return fmt.Errorf("step %s: %w", step.Name, err)
	}
	r.tell(Ended, "")
	err = r.record(context.WithoutCancel(ctx), r.stepEntry(step, evidence.Passed, took, ""))
	if err != nil {
		return fmt.Errorf("record step %s: %w", step.Name, err)
	}
	return nil
}

// fail puts on record that a step failed and why.
func (r *Run) fail(ctx context.Context, cause error) error {
	err := fmt.Errorf("step %s: %w", r.step.Name, cause)
	r.tell(Broke, cause.Error())
	outcome := evidence.Failed
	if errors.Is(cause, context.Canceled) {
		outcome = evidence.Interrupted
	}
	took := r.options.Now().Sub(r.stepAt)
	return errors.Join(err,
		r.add(line{What: lineFailed, Step: r.step.Name, Key: string(outcome), Seconds: took.Seconds(), Error: err.Error()}),
		r.record(context.WithoutCancel(ctx), r.stepEntry(r.step, outcome, took, cause.Error())))
}

func (r *Run) stepEntry(step Step, outcome evidence.Outcome, took time.Duration, cause string) evidence.Entry {
	body := map[string]any{"phase": step.Phase, "seconds": took.Seconds()}
	if cause != "" {
		body["cause"] = cause
	}
	return evidence.Entry{Event: evidence.Event{Kind: evidence.RunStep, Run: r.ID, Step: step.Name, Outcome: outcome}, Body: body}
}

// cleanUp deletes whatever carries the marker until nothing does. It goes on
// even where the journal cannot be written.
func (r *Run) cleanUp(ctx context.Context) error {
	r.tell(Cleaning, "")
	failures := []error{r.add(line{What: lineCleaning})}
	for {
		ids, err := r.drill.Target.Marked(ctx, r.Marker())
		if err != nil {
			return errors.Join(append(failures, fmt.Errorf("%w: list what carries %s: %w", ErrCleanUp, r.Marker(), err))...)
		}
		if len(ids) == 0 {
			return errors.Join(append(failures, r.add(line{What: lineCleaned}))...)
		}
		var left []error
		for _, id := range ids {
			r.tell(Cleaning, id)
			r.boundary("before delete")
			if err := r.drill.Target.Delete(ctx, id); err != nil {
				left = append(left, fmt.Errorf("delete %s: %w", id, err))
			}
			r.boundary("after delete")
		}
		if len(left) == len(ids) {
			return errors.Join(append(failures, fmt.Errorf("%w: %w", ErrCleanUp, errors.Join(left...)))...)
		}
	}
}
