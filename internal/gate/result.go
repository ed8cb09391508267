package gate

import (
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// Verdict is what is known of a promise, or of a whole estate.
type Verdict string

// The verdicts. Package doc says when each is given.
const (
	Kept         Verdict = "kept"
	Attested     Verdict = "attested"
	Waived       Verdict = "waived"
	Overdue      Verdict = "overdue"
	Undetermined Verdict = "undetermined"
	Broken       Verdict = "broken"
	NotJudged    Verdict = "not-judged"
)

// badness orders the verdicts that decide; not-judged is not among them.
var badness = map[Verdict]int{Kept: 1, Attested: 2, Waived: 3, Overdue: 4, Undetermined: 5, Broken: 6}

// Worst is the verdict of the whole from those of its parts. Nothing judged is
// undetermined, never kept.
func Worst(parts ...Verdict) Verdict {
	worst := NotJudged
	for _, v := range parts {
		if badness[v] > badness[worst] {
			worst = v
		}
	}
	if worst == NotJudged {
		return Undetermined
	}
	return worst
}

// Result is the judgement of one inventory. Its JSON is the output contract of
// tillit check; everything in it is sorted, so that equal inputs give equal
// bytes. Fields without a JSON name are for reports to people.
type Result struct {
	Estate   string    `json:"estate"`
	Verdict  Verdict   `json:"verdict"`
	Promises []Promise `json:"promises"` // by id
	// NotJudged are resources of the input that no rule can judge.
	NotJudged []inventory.NotJudged `json:"notJudged,omitempty"`

	Source    string `json:"-"` // where the inventory came from
	Resources int    `json:"-"` // how many it has
	File      string `json:"-"` // stack config file; empty when there is none
}

// Promise is the judgement of one declared promise.
type Promise struct {
	ID      promises.ID `json:"id"`
	Verdict Verdict     `json:"verdict"`
	// By says who can show that a not-judged promise is kept: drill, attestation.
	By           []string       `json:"by,omitempty"`
	Promised     map[string]any `json:"promised"` // canonical parameters
	Designed     map[string]any `json:"designed"` // the same, at worst over the witnesses; null without one
	Measured     map[string]any `json:"measured"` // null: a design measures nothing
	Witnesses    []Witness      `json:"witnesses"`
	Violations   []Violation    `json:"violations"` // those that no waiver accepts
	Undetermined []Finding      `json:"undetermined"`
	Waivers      []Waiver       `json:"waivers"`

	Line int `json:"-"` // in Result.File; 0 when unknown
}

// Measure takes what a drill has measured of a promise into the result: values by
// parameter, and whether the promise was kept. A drill can break what the design
// keeps; it keeps what a drill alone can show.
func (r *Result) Measure(id promises.ID, values map[string]any, kept bool) {
	for i := range r.Promises {
		p := &r.Promises[i]
		if p.ID != id {
			continue
		}
		if p.Measured == nil {
			p.Measured = map[string]any{}
		}
		for name, value := range values {
			p.Measured[name] = worse(p.Measured[name], value)
		}
		switch {
		case !kept:
			p.Verdict = Broken
		case p.Verdict == NotJudged && len(p.By) == 1:
			p.Verdict, p.By = Kept, nil
		}
	}
	var verdicts []Verdict
	for _, p := range r.Promises {
		verdicts = append(verdicts, p.Verdict)
	}
	r.Verdict = Worst(verdicts...)
}

// worse is the larger of two measures: of what drills measure, less is better.
func worse(old, value any) any {
	seconds := func(v any) float64 {
		m, _ := v.(map[string]any)
		s, _ := m["seconds"].(float64)
		return s
	}
	if seconds(old) > seconds(value) {
		return old
	}
	return value
}

// Witness is a resource that keeps a promise.
type Witness struct {
	Rule     string         `json:"rule"`
	URN      string         `json:"urn"`
	Designed map[string]any `json:"designed"` // by parameter; durations in seconds
}

// Violation is a resource that breaks a promise. URN is empty when it is about
// the estate as a whole.
type Violation struct {
	Rule        string   `json:"rule"`
	URN         string   `json:"urn"`
	Message     string   `json:"message"`
	Severity    Severity `json:"severity"`
	Remediation string   `json:"remediation"`
	Controls    []string `json:"controls"`
	Property    string   `json:"property,omitempty"`
	Seen        any      `json:"seen,omitempty"`
	Wanted      any      `json:"wanted,omitempty"`
	Position    string   `json:"position,omitempty"` // file:line that registered the resource
}

// Finding is what could not be determined. Rule is empty when no rule judges
// the promise, URN when it is about the estate as a whole.
type Finding struct {
	Rule     string `json:"rule"`
	URN      string `json:"urn"`
	Property string `json:"property,omitempty"`
	Message  string `json:"message"`
	Position string `json:"position,omitempty"`
}

// WaiverState says what became of a waiver.
type WaiverState string

// The states of a waiver: it accepts violations, its day has come, no violation is
// left for it, or it is not known yet whether there is one.
const (
	Used     WaiverState = "used"
	Pending  WaiverState = "pending"
	Expired  WaiverState = "expired"
	Orphaned WaiverState = "orphaned"
)

// Waiver is a declared waiver and the violations it accepts, or would have
// accepted had it not expired.
type Waiver struct {
	Rule     string      `json:"rule"`
	Resource string      `json:"resource"` // URN pattern
	Reason   string      `json:"reason"`
	Owner    string      `json:"owner"`
	Ticket   string      `json:"ticket"`
	Expires  string      `json:"expires"` // first day it no longer holds, YYYY-MM-DD
	State    WaiverState `json:"state"`
	// OverBroad says why a used waiver takes in more than it accepts; empty when
	// it does not.
	OverBroad  string      `json:"overBroad,omitempty"`
	Violations []Violation `json:"violations"`

	Line int `json:"-"` // in Result.File; 0 when unknown
}
