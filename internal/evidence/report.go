package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// FaultKind sorts faults.
type FaultKind string

// The kinds of faults.
const (
	Altered     FaultKind = "altered"     // bytes are not what was signed or hashed
	Missing     FaultKind = "missing"     // a file is not there
	Extra       FaultKind = "extra"       // a file or a record should not be there
	Disorder    FaultKind = "disorder"    // records are not in the order of their writing
	BadTime     FaultKind = "time"        // times contradict each other
	Foreign     FaultKind = "foreign"     // it belongs to another log
	Unpinned    FaultKind = "unpinned"    // signed by a key that is not pinned
	Unwitnessed FaultKind = "unwitnessed" // no pinned witness cosigned it
	Unsealed    FaultKind = "unsealed"    // a record has no checkpoint yet
	Rollback    FaultKind = "rollback"    // a checkpoint kept elsewhere has more, or something else
	Unfinished  FaultKind = "unfinished"  // a run has started and has no end
)

// NoRecord is the Record of a fault that is not of a record.
const NoRecord int64 = -1

// Fault is one thing that is wrong with a log.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	File   string    `json:"file"`   // in the folder, or of a pinned checkpoint
	Record int64     `json:"record"` // its index, or NoRecord
	What   string    `json:"what"`
}

// String is the fault on one line.
func (f Fault) String() string {
	if f.Record == NoRecord {
		return fmt.Sprintf("%s: %s: %s", f.File, f.Kind, f.What)
	}
	return fmt.Sprintf("%s: record %d: %s: %s", f.File, f.Record, f.Kind, f.What)
}

// Report is what Verify found.
type Report struct {
	Identity Identity `json:"identity"`
	Origin   string   `json:"origin"`
	// Size and Root are the newest head that verifies; Size is -1 if none does.
	Size int64  `json:"size"`
	Root string `json:"root"`
	// Witnessed is the time of the newest cosignature on that head.
	Witnessed time.Time `json:"witnessed,omitzero"`
	// Pinned counts the checkpoints from elsewhere that the log contains. Without
	// one, records that were taken off the end together with their checkpoints
	// are not missed.
	Pinned int     `json:"pinned"`
	Faults []Fault `json:"faults"`
	// Records are those whose signature verifies, by index.
	Records []Record `json:"-"`
	Runs    []Run    `json:"runs"`
	// Recovered are digests of what interrupted writers left.
	Recovered []string `json:"recovered"`
}

// OK says that nothing is wrong.
func (r *Report) OK() bool { return len(r.Faults) == 0 }

// Intact says that nothing was altered, lost or added: at most, a run has no
// end yet.
func (r *Report) Intact() bool {
	return !slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.Kind != Unfinished })
}

func (r *Report) fault(kind FaultKind, file string, record int64, format string, args ...any) {
	r.Faults = append(r.Faults, Fault{Kind: kind, File: file, Record: record, What: fmt.Sprintf(format, args...)})
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Faults, func(a, b Fault) int { return cmp.Compare(a.File, b.File) })
}
