package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// Result is how a run came out.
type Result struct {
	Run     string           `json:"run"`
	Drill   string           `json:"drill"`
	Outcome evidence.Outcome `json:"outcome"`
	Cause   string           `json:"cause,omitempty"` // why it did not pass
	// Point and Time are the recovery point and time, nil if not measured.
	Point     *Measure          `json:"point,omitempty"`
	Time      *Measure          `json:"time,omitempty"`
	Phases    map[Phase]float64 `json:"phaseSeconds"`
	Declared  *time.Time        `json:"failureDeclared,omitempty"`
	Heartbeat *time.Time        `json:"newestHeartbeat,omitempty"`
	Checks    []Check           `json:"checks,omitempty"`
	Resumed   int               `json:"resumed"`
	Cost      Cents             `json:"costCents"` // at most
}

// Measure is a measured value beside what was promised.
type Measure struct {
	Seconds   float64 `json:"seconds"`
	Objective float64 `json:"objectiveSeconds,omitempty"` // 0 if nothing was promised
}

func (m *Measure) missed() bool {
	return m != nil && m.Objective > 0 && m.Seconds > m.Objective
}

// finish puts the end on record.
func (r *Run) finish(ctx context.Context, failure error) (*Result, error) {
	result, err := r.result(failure)
	if err != nil {
		return nil, err
	}
	report, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return nil, err
	}
	journal, err := os.ReadFile(r.path())
	if err != nil {
		return nil, err
	}
	err = r.record(ctx, evidence.Entry{
		Event: evidence.Event{Kind: evidence.RunFinished, Run: r.ID, Outcome: result.Outcome},
		Body:  result,
		Files: []evidence.File{{Name: "result.json", Data: append(report, '\n')}, {Name: "journal.jsonl", Data: journal}},
	})
	// That the run is at its end already means that only the journal's last line
	// was missing.
	if err != nil && (result.Resumed == 0 || !errors.Is(err, evidence.ErrOrder)) {
		return result, errors.Join(failure, fmt.Errorf("record the end: %w", err))
	}
	if err := r.add(line{What: lineFinished}); err != nil {
		return result, errors.Join(failure, err)
	}
	r.tell(Over, string(result.Outcome))
	return result, failure
}

// result reads the journal.
func (r *Run) result(failure error) (*Result, error) {
	result := &Result{Run: r.ID, Drill: r.drill.Name, Phases: map[Phase]float64{}, Cost: r.spent()}
	phase := map[string]Phase{}
	for _, s := range r.drill.Steps {
		phase[s.Name] = s.Phase
	}
	for _, l := range r.journal.lines {
		switch l.What {
		case lineDone, lineFailed:
			if p, known := phase[l.Step]; known { // an abandoned run's steps may not be
				result.Phases[p] += l.Seconds
			}
		case lineCheck:
			if err := result.check(l); err != nil {
				return nil, err
			}
		case lineResumed:
			result.Resumed++
		}
	}
	var declared, heartbeat time.Time
	var recovery float64
	isDeclared, err1 := r.Get(keyDeclared, &declared)
	isRestored, err2 := r.Get(keyHeartbeat, &heartbeat)
	isVerified, err3 := r.Get(keyVerified, &recovery)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if isDeclared {
		result.Declared = &declared
	}
	if isRestored {
		result.Heartbeat = &heartbeat
	}
	if isDeclared && isRestored {
		result.Point = &Measure{max(0, declared.Sub(heartbeat).Seconds()), r.drill.Objective.Point.Seconds()}
	}
	if isVerified {
		result.Time = &Measure{recovery, r.drill.Objective.Time.Seconds()}
	}
	result.judge(failure, r.drill.Objective)
	return result, nil
}

// check takes a check over from the journal, in the place of an earlier one of
// the same name.
func (result *Result) check(l line) error {
	var c Check
	if err := json.Unmarshal(l.Value, &c); err != nil {
		return fmt.Errorf("check %s: %w", l.Key, err)
	}
	i := slices.IndexFunc(result.Checks, func(earlier Check) bool { return earlier.Name == c.Name })
	if i < 0 {
		result.Checks = append(result.Checks, c)
	} else {
		result.Checks[i] = c
	}
	return nil
}

// wrong names the checks that were not OK.
func (result *Result) wrong() []string {
	var names []string
	for _, c := range result.Checks {
		if !c.OK {
			names = append(names, c.Name)
		}
	}
	return names
}

// judge decides the outcome. A drill with an objective that did not measure it
// has not passed.
func (result *Result) judge(failure error, o Objective) {
	switch {
	case errors.Is(failure, context.Canceled) || errors.Is(failure, errCutOff):
		result.Outcome, result.Cause = evidence.Interrupted, failure.Error()
	case errors.Is(failure, ErrUnmeasured):
		result.Outcome, result.Cause = evidence.Unmeasured, failure.Error()
	case failure != nil:
		result.Outcome, result.Cause = evidence.Failed, failure.Error()
	case len(result.wrong()) > 0:
		result.Outcome, result.Cause = evidence.Failed, "not as it must be: "+strings.Join(result.wrong(), ", ")
	case o.Point > 0 && result.Point == nil || o.Time > 0 && result.Time == nil:
		result.Outcome, result.Cause = evidence.Failed, "it did not measure what was promised"
	case result.Point.missed() && result.Time.missed():
		result.Outcome, result.Cause = evidence.Missed, "recovery point and recovery time are beyond what was promised"
	case result.Point.missed():
		result.Outcome, result.Cause = evidence.Missed, "the recovery point is beyond what was promised"
	case result.Time.missed():
		result.Outcome, result.Cause = evidence.Missed, "the recovery time is beyond what was promised"
	default:
		result.Outcome = evidence.Passed
	}
}
