package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// ErrNoEvidence: there is no evidence folder, so no drill has run.
var ErrNoEvidence = errors.New("there is no evidence")

// History is what an evidence folder tells of drills.
type History struct {
	Identity evidence.Identity
	Began    time.Time // the log's first record; zero if it has none
	Runs     []Run     // in the order in which they started
}

// Run is one run of a drill.
type Run struct {
	ID       string           `json:"run"`
	Drill    string           `json:"drill"`
	Started  time.Time        `json:"started"`
	Finished time.Time        `json:"finished,omitzero"` // zero while it has no end
	Outcome  evidence.Outcome `json:"outcome,omitempty"` // empty while it has no end
	Resumed  int              `json:"resumed"`
	// Objective is what the estate had promised when the run started.
	Objective drill.Objective `json:"-"`
	// Result has the figures; nil while the run has no end.
	Result *drill.Result `json:"result,omitempty"`
}

// Point is the recovery point that was measured, or nil.
func (r Run) Point() *drill.Measure {
	if r.Result == nil {
		return nil
	}
	return r.Result.Point
}

// Time is the recovery time that was measured, or nil.
func (r Run) Time() *drill.Measure {
	if r.Result == nil {
		return nil
	}
	return r.Result.Time
}

// Read reads the evidence folder at dir, offline, and believes the given keys
// only. The error is ErrNoEvidence, evidence.ErrOtherLog, evidence.ErrWrongKey,
// evidence.ErrDamaged, or of the disk.
func Read(ctx context.Context, dir string, identity evidence.Identity, keys evidence.Keys) (*History, error) {
	if _, err := os.Stat(filepath.Join(dir, "checkpoints")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNoEvidence, dir)
	}
	report, err := evidence.Verify(ctx, dir, evidence.Options{Identity: identity, Keys: keys})
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	if i := slices.IndexFunc(report.Faults, doubtful); i >= 0 {
		return nil, fmt.Errorf("history: %s: %w: %s (runbook verify lists all that is wrong)", dir, evidence.ErrDamaged, report.Faults[i])
	}
	return of(report)
}

// doubtful tells a fault that casts doubt on what is there from what an
// interrupted or present writer leaves.
func doubtful(f evidence.Fault) bool {
	switch f.Kind {
	case evidence.Unfinished, evidence.Unsealed, evidence.Extra:
		return false
	}
	return true
}

func of(report *evidence.Report) (*History, error) {
	h := &History{Identity: report.Identity}
	if len(report.Records) > 0 {
		h.Began = report.Records[0].Time
	}
	place := map[string]int{}
	for _, r := range report.Runs {
		place[r.ID] = len(h.Runs)
		h.Runs = append(h.Runs, Run{ID: r.ID, Drill: r.Drill, Started: r.Started, Finished: r.Finished, Outcome: r.Outcome, Resumed: r.Resumed})
	}
	for _, r := range report.Records {
		i, ok := place[r.Run]
		if !ok {
			continue
		}
		if err := h.Runs[i].take(r); err != nil {
			return nil, fmt.Errorf("history: record %d, of run %s: %w", r.Index, r.Run, err)
		}
	}
	return h, nil
}

// take reads the figures of a record's body.
func (r *Run) take(record evidence.Record) error {
	if len(record.Body) == 0 {
		return nil
	}
	switch record.Kind {
	case evidence.RunStarted:
		var body struct{ ObjectivePointSeconds, ObjectiveTimeSeconds float64 }
		if err := json.Unmarshal(record.Body, &body); err != nil {
			return err
		}
		r.Objective = drill.Objective{Point: duration(body.ObjectivePointSeconds), Time: duration(body.ObjectiveTimeSeconds)}
	case evidence.RunFinished:
		r.Result = &drill.Result{}
		return json.Unmarshal(record.Body, r.Result)
	}
	return nil
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// Of are the runs of one drill, or all when the name is empty.
func (h *History) Of(name string) []Run {
	if name == "" {
		return h.Runs
	}
	var runs []Run
	for _, r := range h.Runs {
		if r.Drill == name {
			runs = append(runs, r)
		}
	}
	return runs
}

// LastPassed is the newest run of a drill that passed.
func (h *History) LastPassed(name string) (Run, bool) {
	for _, r := range slices.Backward(h.Runs) {
		if r.Drill == name && r.Outcome == evidence.Passed {
			return r, true
		}
	}
	return Run{}, false
}

// Unfinished are the runs without an end: killed, or still at work.
func (h *History) Unfinished() []Run {
	var runs []Run
	for _, r := range h.Runs {
		if r.Outcome == "" {
			runs = append(runs, r)
		}
	}
	return runs
}

// Age is how long ago drills last passed.
type Age struct {
	// Oldest is the time since the drill that passed longest ago did, and Drill
	// that drill. Without a drill that has passed, both are zero.
	Oldest time.Duration
	Drill  string
	// Never are those that have not passed yet. Nothing is known of their age.
	Never []string
}

// Age looks at the drills with the given names.
func (h *History) Age(names []string, now time.Time) Age {
	var a Age
	for _, name := range names {
		last, ok := h.LastPassed(name)
		if !ok {
			a.Never = append(a.Never, name)
			continue
		}
		if since := max(0, now.Sub(last.Finished)); a.Drill == "" || since > a.Oldest {
			a.Oldest, a.Drill = since, name
		}
	}
	return a
}

// Overdue names those of the drills that have not passed within a time; none if
// that is zero.
func (h *History) Overdue(names []string, every time.Duration, now time.Time) []string {
	if every <= 0 {
		return nil
	}
	var late []string
	for _, name := range names {
		if last, ok := h.LastPassed(name); !ok || now.Sub(last.Finished) > every {
			late = append(late, name)
		}
	}
	return late
}
