package drill

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// Phase is the part of a recovery that a step belongs to.
type Phase string

// The phases, in their order. Prepare is what a drill needs and a real recovery
// would not; it is not part of the recovery.
const (
	Prepare   Phase = "prepare"
	Detect    Phase = "detect"
	Provision Phase = "provision"
	Copy      Phase = "copy"
	Replay    Phase = "replay"
	Verify    Phase = "verify"
	CutOver   Phase = "cut-over"
)

// Cents is money, in euro cents.
type Cents int64

// String is the amount in euros.
func (c Cents) String() string {
	if c < 0 {
		return "-" + (-c).String()
	}
	return fmt.Sprintf("€%d.%02d", c/100, c%100)
}

// Drill is a procedure and where it takes place.
type Drill struct {
	Name      string
	Objective Objective
	Steps     []Step
	Target    Target
}

// Objective is what the estate has promised. Zero means that nothing is.
type Objective struct {
	Point time.Duration `json:"point"` // at most so much is lost
	Time  time.Duration `json:"time"`  // back in operation within
}

// Step is one act of a drill.
type Step struct {
	Name     string
	Phase    Phase
	Estimate time.Duration // how long it is expected to take
	Cost     Cents         // at most, including what it leaves running until the clean-up
	// Repeatable says that Do may be called again after it was cut off at any
	// moment. A run that was killed in a step that is not is only cleaned up.
	Repeatable bool
	// On names what the step works on, for the plan: ids of resources, or what
	// will be made.
	On []string
	// Do does it. It returns soon after ctx is done.
	Do func(ctx context.Context, run *Run) error
}

// Target is the cloud, as far as the clean-up needs it.
type Target interface {
	// Marked lists the ids of all resources that carry the marker, those whose
	// making or deleting has only begun included.
	Marked(ctx context.Context, marker string) ([]string, error)
	// Delete deletes a resource that Marked has listed and waits until it is
	// gone. One that is gone already is no error.
	Delete(ctx context.Context, id string) error
}

// Options are how runs are run.
type Options struct {
	// Dir is the folder of the estate's runs; each drill has a folder in it.
	Dir string
	// Record appends to the estate's evidence.
	Record func(ctx context.Context, e evidence.Entry) error
	// Progress is told what happens, or nil.
	Progress func(Event)
	// Now is the clock, such as clock.Now.
	Now func() time.Time
	// TimeCap and CostCap stop a run; CleanUpCap stops a clean-up.
	TimeCap    time.Duration
	CleanUpCap time.Duration
	CostCap    Cents

	// boundary is called at each moment at which the tests kill the process.
	boundary func(string)
}

// Errors that callers tell apart with errors.Is.
var (
	// ErrBusy: another process runs this drill on this estate.
	ErrBusy = errors.New("this drill is running already")
	// ErrUnfinished: an earlier run of this drill has to be resumed first.
	ErrUnfinished = errors.New("an earlier run of this drill is not finished")
	// ErrUnknownRun: there is no such run.
	ErrUnknownRun = errors.New("there is no such run")
	// ErrTimeCap and ErrCostCap: the run was stopped by its cap.
	ErrTimeCap = errors.New("the time cap was reached")
	ErrCostCap = errors.New("the cost cap was reached")
	// ErrUnmeasured: all was carried out that the endpoint has, and there was
	// nothing behind it to measure. A step that returns it ends the run.
	ErrUnmeasured = errors.New("nothing could be measured")
	// ErrCleanUp: something that the run made is still there.
	ErrCleanUp = errors.New("the clean-up is not complete")
)

var name = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (o Options) validate() error {
	switch {
	case o.Dir == "":
		return errors.New("no folder for the runs")
	case o.Record == nil:
		return errors.New("no evidence to record in")
	case o.Now == nil:
		return errors.New("no clock")
	case o.TimeCap <= 0 || o.CleanUpCap <= 0:
		return errors.New("no time cap")
	}
	return nil
}

func (d Drill) validate(o Options) error {
	if !name.MatchString(d.Name) {
		return fmt.Errorf("%q is no name of a drill", d.Name)
	}
	if d.Target == nil || len(d.Steps) == 0 {
		return fmt.Errorf("drill %s has no target or no steps", d.Name)
	}
	seen := map[string]bool{}
	var cost Cents
	for _, s := range d.Steps {
		if !name.MatchString(s.Name) || seen[s.Name] || s.Do == nil {
			return fmt.Errorf("drill %s: step %q has no good name, the name of another step, or does nothing", d.Name, s.Name)
		}
		seen[s.Name] = true
		cost += s.Cost
	}
	if cost > o.CostCap {
		return fmt.Errorf("%w: drill %s is expected to cost up to %s, the cap is %s", ErrCostCap, d.Name, cost, o.CostCap)
	}
	return nil
}

// Event is news of a run.
type Event struct {
	Run   string
	Step  string // empty if it is about the run as a whole
	Phase Phase
	What  What
	At    time.Time
	// Elapsed is the time since the step, or the run, began; Estimate what was
	// expected of it.
	Elapsed, Estimate time.Duration
	Detail            string
}

// What happened.
type What string

// The events.
const (
	Began    What = "began"
	Ended    What = "ended"
	Broke    What = "broke"
	Said     What = "said" // a step has something to tell
	Cleaning What = "cleaning"
	Over     What = "over"
)
