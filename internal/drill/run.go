package drill

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Run is one execution of a drill, as its steps see it.
type Run struct {
	ID string

	drill   Drill
	options Options
	journal *journal
	began   time.Time
	step    Step
	stepAt  time.Time
	// abandoned is why the run is only cleaned up, or nil.
	abandoned error
	// declared keeps the monotonic reading that the journal cannot.
	declared time.Time
}

const (
	keyDeclared  = "failure-declared"
	keyHeartbeat = "newest-heartbeat"
	keyVerified  = "recovery-seconds"

	// MarkerTag is the name of the tag whose value is a run's marker.
	MarkerTag = "tillit-run"
)

// Marker is what every resource that the run makes must carry, as the value of
// the tag MarkerTag or, where there are no tags, in its name.
func (r *Run) Marker() string { return "tillit-" + r.ID }

// Name makes a name for a resource of the run: letters, digits and dashes, never
// longer than longest, and other than that of any other run.
func (r *Run) Name(what string, longest int) string {
	unique := r.ID[strings.LastIndexByte(r.ID, '-')+1:]
	name := "tillit-" + what
	if keep := longest - len(unique) - 1; len(name) > keep {
		name = strings.TrimRight(name[:max(keep, 0)], "-")
	}
	return name + "-" + unique
}

// Put keeps a value for later steps, also those of a run that is resumed. It is
// on disk when Put returns: put the id of what is to be made, then make it.
func (r *Run) Put(key string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return r.add(line{What: linePut, Key: key, Value: data})
}

// Get reads what was put last under a key into value. It says whether there was
// anything.
func (r *Run) Get(key string, value any) (bool, error) {
	for i := len(r.journal.lines) - 1; i >= 0; i-- {
		if l := r.journal.lines[i]; l.What == linePut && l.Key == key {
			if err := json.Unmarshal(l.Value, value); err != nil {
				return true, fmt.Errorf("get %s: %w", key, err)
			}
			return true, nil
		}
	}
	return false, nil
}

// Spend counts money that was spent beyond what the steps were expected to cost.
// When the cap is reached, the error is ErrCostCap and the step should return.
func (r *Run) Spend(c Cents) error {
	if err := r.add(line{What: lineSpent, Cents: c}); err != nil {
		return err
	}
	return r.affords(0)
}

// spent is what the steps that have begun may cost, and what was spent besides.
func (r *Run) spent() Cents {
	var sum Cents
	for _, l := range r.journal.lines {
		sum += l.Cents
	}
	return sum
}

func (r *Run) affords(more Cents) error {
	if spent := r.spent(); spent+more > r.options.CostCap {
		return fmt.Errorf("%w: %s of %s", ErrCostCap, spent+more, r.options.CostCap)
	}
	return nil
}

// DeclareFailure fixes the instant from which recovery counts, if that was not
// done before, and returns it. Declare it before choosing a restore point.
func (r *Run) DeclareFailure() (time.Time, error) {
	var at time.Time
	if found, err := r.Get(keyDeclared, &at); found || err != nil {
		return at, err
	}
	now := r.options.Now()
	at = now.UTC().Round(0)
	if err := r.Put(keyDeclared, at); err != nil {
		return at, err
	}
	r.declared = now
	return at, nil
}

// Check is one thing that a drill looked at, and what it saw.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // what was seen, beside what was wanted
}

// Check puts what was looked at on record. It goes into the result, in order; a
// step that is repeated replaces what it found before under the same name. A
// check that is not OK fails the drill, whatever the step returns.
func (r *Run) Check(c Check) error {
	value, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("check %s: %w", c.Name, err)
	}
	return r.add(line{What: lineCheck, Step: r.step.Name, Key: c.Name, Value: value})
}

// Restored tells the newest heartbeat that was found inside the restored data.
func (r *Run) Restored(heartbeat time.Time) error { return r.Put(keyHeartbeat, heartbeat.UTC()) }

// Verified says that operation is verified: the recovery time ends now.
func (r *Run) Verified() error {
	var at time.Time
	found, err := r.Get(keyDeclared, &at)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("run %s: the failure was not declared", r.ID)
	}
	if !r.declared.IsZero() {
		at = r.declared
	}
	return r.Put(keyVerified, r.options.Now().Sub(at).Seconds())
}

// Say tells whoever watches how the step goes.
func (r *Run) Say(format string, args ...any) {
	r.tell(Said, fmt.Sprintf(format, args...))
}

func (r *Run) tell(what What, detail string) {
	if r.options.Progress == nil {
		return
	}
	e := Event{Run: r.ID, Step: r.step.Name, Phase: r.step.Phase, What: what, At: r.options.Now(), Estimate: r.step.Estimate, Detail: detail}
	since := r.stepAt
	if r.step.Name == "" {
		since = r.began
		for _, s := range r.drill.Steps {
			e.Estimate += s.Estimate
		}
	}
	e.Elapsed = e.At.Sub(since)
	r.options.Progress(e)
}

// add writes a line of the journal.
func (r *Run) add(l line) error {
	l.At = r.options.Now().UTC().Round(0)
	r.boundary("before " + l.What)
	err := r.journal.add(l)
	r.boundary("after " + l.What)
	return err
}

func (r *Run) boundary(where string) {
	if r.options.boundary != nil {
		r.options.boundary(where + " " + r.step.Name)
	}
}
