package evidence

import (
	"errors"
	"fmt"
	"time"
)

// Run is what a log says of one run of a drill.
type Run struct {
	ID       string    `json:"id"`
	Drill    string    `json:"drill"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"` // zero while it has no end
	Outcome  Outcome   `json:"outcome,omitempty"` // empty while it has no end
	First    int64     `json:"first"`             // index of its first record
	Last     int64     `json:"last"`              // index of its last record so far
	Resumed  int       `json:"resumed"`           // how often it was taken up again
}

// sequence holds the rules between records, for the writer and the verifier.
type sequence struct {
	identity Identity
	tree     tree
	last     time.Time
	records  []Record
	runs     []Run
	byID     map[string]int // index in runs
}

func newSequence(identity Identity) *sequence {
	return &sequence{identity: identity, byID: map[string]int{}}
}

// check says what is wrong with a record as the next of the log.
func (s *sequence) check(r Record) error {
	var problems []error
	if r.Identity != s.identity {
		problems = append(problems, fmt.Errorf("it is of %s, the log is of %s", r.Identity, s.identity))
	}
	if r.Index != s.tree.size {
		problems = append(problems, fmt.Errorf("it says that it is record %d, its place is %d", r.Index, s.tree.size))
	}
	if r.Time.Before(s.last) {
		problems = append(problems, fmt.Errorf("its time %s is before that of the record before it, %s",
			r.Time.Format(time.RFC3339Nano), s.last.Format(time.RFC3339Nano)))
	}
	root, err := s.tree.root(s.tree.size)
	if err != nil {
		problems = append(problems, err)
	} else if root != r.Before {
		problems = append(problems, errors.New("it was written after other records than those before it here"))
	}
	return errors.Join(append(problems, s.checkRun(r.Event))...)
}

// checkRun says whether an event fits in its run.
func (s *sequence) checkRun(e Event) error {
	if e.Run == "" {
		return nil
	}
	i, known := s.byID[e.Run]
	switch {
	case e.Kind == RunStarted && known:
		return fmt.Errorf("%w: run %s has started before, in record %d", ErrOrder, e.Run, s.runs[i].First)
	case e.Kind == RunStarted:
		return nil
	case !known:
		return fmt.Errorf("%w: run %s has not started", ErrOrder, e.Run)
	case s.runs[i].Outcome != "":
		return fmt.Errorf("%w: run %s has finished before, in record %d", ErrOrder, e.Run, s.runs[i].Last)
	}
	return nil
}

// skip takes in a leaf that is no record.
func (s *sequence) skip(leaf []byte) error { return s.tree.add(leaf) }

// add takes in a record that was checked, and its leaf.
func (s *sequence) add(r Record, leaf []byte) error {
	if err := s.tree.add(leaf); err != nil {
		return err
	}
	if r.Time.After(s.last) {
		s.last = r.Time
	}
	s.records = append(s.records, r)
	switch r.Kind {
	case RunStarted:
		if _, known := s.byID[r.Run]; !known {
			s.byID[r.Run] = len(s.runs)
			s.runs = append(s.runs, Run{ID: r.Run, Drill: r.Drill, Started: r.Time, First: r.Index, Last: r.Index})
		}
	case RunResumed, RunStep, RunFinished:
		i, known := s.byID[r.Run]
		if !known {
			break
		}
		run := &s.runs[i]
		run.Last = r.Index
		if r.Kind == RunResumed {
			run.Resumed++
		}
		if r.Kind == RunFinished && run.Outcome == "" {
			run.Finished, run.Outcome = r.Time, r.Outcome
		}
	}
	return nil
}
