package evidence

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind says what a record is about.
type Kind string

// The kinds of records. Each has a predicate type of its own, see PredicateBase.
const (
	RunStarted  Kind = "run-started"
	RunResumed  Kind = "run-resumed"
	RunStep     Kind = "run-step"
	RunFinished Kind = "run-finished"
	Attestation Kind = "attestation"
	Recovered   Kind = "recovered"
)

// Outcome is how a step or a run came to its end.
type Outcome string

// The outcomes. Only Passed is good news.
const (
	Passed      Outcome = "passed"      // it did what it should, within its objective
	Missed      Outcome = "missed"      // it worked, but not within its objective
	Failed      Outcome = "failed"      // it did not work
	Unmeasured  Outcome = "unmeasured"  // it was carried out, and there was nothing behind the endpoint to measure
	Interrupted Outcome = "interrupted" // it was stopped and only cleaned up
)

// Event is what happened. Which fields are set follows from the kind; see the
// package comment.
type Event struct {
	Kind    Kind
	Run     string // the run's id: letters, digits, dots, dashes, underlines
	Drill   string // of a start: which drill
	Step    string // of a step: which one
	Outcome Outcome
	Promise string    // of an attestation: the promise's id
	Owner   string    // of an attestation: who vouches for it
	Expires time.Time // of an attestation: until when, UTC
}

// File is an artefact to be kept with a record.
type File struct {
	Name string // for people; not a path
	Data []byte
}

// Entry is a record to be: an event, anything more to say of it, and files.
type Entry struct {
	Event
	// Body becomes the record's body. It must marshal to a JSON object, or be
	// nil. Times and durations in it should be numbers with their unit in the
	// name, or RFC 3339.
	Body  any
	Files []File
}

const (
	maxName     = 200
	maxSubjects = 1000
)

var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// fields of an event, as needed by each kind.
var needs = map[Kind][]string{
	RunStarted:  {"run", "drill"},
	RunResumed:  {"run"},
	RunStep:     {"run", "step", "outcome"},
	RunFinished: {"run", "outcome"},
	Attestation: {"promise", "owner", "expires"},
	Recovered:   {},
}

func (e Event) validate() error {
	wanted, known := needs[e.Kind]
	if !known {
		return fmt.Errorf("%q is no kind of record", e.Kind)
	}
	need := map[string]bool{}
	for _, name := range wanted {
		need[name] = true
	}
	for _, field := range []struct {
		name, value string
		check       func(string) error
	}{
		{"run", e.Run, checkWord},
		{"drill", e.Drill, checkWord},
		{"step", e.Step, checkWord},
		{"outcome", string(e.Outcome), checkOutcome},
		{"promise", e.Promise, checkWord},
		{"owner", e.Owner, checkName},
	} {
		if !need[field.name] {
			if field.value != "" {
				return fmt.Errorf("a record of kind %s has no %s", e.Kind, field.name)
			}
			continue
		}
		if err := field.check(field.value); err != nil {
			return fmt.Errorf("%s of a record of kind %s: %w", field.name, e.Kind, err)
		}
	}
	if need["expires"] == e.Expires.IsZero() {
		return fmt.Errorf("a record of kind %s has an expiry if, and only if, it is an attestation", e.Kind)
	}
	return nil
}

func checkWord(s string) error {
	if !word.MatchString(s) {
		return fmt.Errorf("%q: want a letter or digit, then letters, digits, dots, dashes and underlines, at most 100", s)
	}
	return nil
}

func checkOutcome(s string) error {
	switch Outcome(s) {
	case Passed, Missed, Failed, Unmeasured, Interrupted:
		return nil
	}
	return fmt.Errorf("%q: want %s, %s, %s, %s or %s", s, Passed, Missed, Failed, Unmeasured, Interrupted)
}

// checkName accepts a text for people on one line.
func checkName(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	if len(s) > maxName {
		return fmt.Errorf("it is longer than %d bytes", maxName)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fmt.Errorf("%q has a control character", s)
		}
	}
	return nil
}
