package drills

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/exercise"
)

// A run has so long under faults that pass, and as its caps under those that do
// not, which it reaches. Those that blobs alone meet come late in some drills.
const (
	timeCap  = 45 * time.Second
	blobCap  = 25 * time.Second
	shortCap = 10 * time.Second
	// slack is for what no cap counts: starting, and putting the end on record.
	slack = 20 * time.Second
)

// faults are what can go wrong between a run and Azure. Those that pass keep no
// drill from passing. A drill that does not pass says why in words that match.
var faults = map[string]struct {
	fault  arm.Fault
	passes bool
	why    string
}{
	"throttled":                  {arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second, Times: 5}, true, ""},
	"throttled for good":         {arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second}, false, "429"},
	"an internal error":          {arm.Fault{Status: 500, Code: "InternalServerError", Times: 3}, true, ""},
	"internal errors for good":   {arm.Fault{Status: 500, Code: "InternalServerError"}, false, "500"},
	"unavailable":                {arm.Fault{Status: 503, Code: "ServiceUnavailable", Times: 3}, true, ""},
	"a reset":                    {arm.Fault{Times: 3}, true, ""},
	"resets for good":            {arm.Fault{}, false, "EOF|reset"},
	"slow answers":               {arm.Fault{Slow: 2 * time.Second, Times: 3}, true, ""},
	"an answer cut off":          {arm.Fault{Truncate: true, Method: "GET", Times: 2}, true, ""},
	"answers cut off for good":   {arm.Fault{Truncate: true}, false, "cut off"},
	"expired tokens":             {arm.Fault{ExpireTokens: true, Times: 1}, true, ""},
	"an operation that fails":    {arm.Fault{Operation: arm.OperationFail, Code: "InternalServerError", Message: "out of luck", Times: 1}, false, "out of luck"},
	"an operation without end":   {arm.Fault{Operation: arm.OperationNever, Times: 1}, false, "time cap|did not end"},
	"no permission":              {arm.Fault{Status: 403, Code: "AuthorizationFailed", Message: "does not have authorization to perform action", Method: "PUT"}, false, "403|no permission"},
	"blobs throttled":            {arm.Fault{Service: arm.BlobService, Status: 429, Code: "TooManyRequests", RetryAfter: time.Second, Times: 3}, true, ""},
	"blobs unavailable":          {arm.Fault{Service: arm.BlobService, Status: 503, Code: "ServerBusy", Times: 3}, true, ""},
	"blobs reset":                {arm.Fault{Service: arm.BlobService, Times: 3}, true, ""},
	"blobs unavailable for good": {arm.Fault{Service: arm.BlobService, Status: 503, Code: "ServerBusy"}, false, "503"},
}

// sample are the faults that go test tries, one a drill.
var sample = map[string]string{
	"pitr": "an operation without end", "region": "expired tokens", "documents": "blobs reset",
	"tamper": "throttled", "controls": "an operation that fails", "year": "an internal error",
}

// underWay is when a fault sets in that does so during the run: after it has said
// so many lines. Else it is there from the start.
const underWay = 4

// onLine does something once, when so many lines have been written to it.
type onLine struct {
	left int
	do   func()
}

func (l *onLine) Write(text []byte) (int, error) {
	before := l.left
	if l.left -= bytes.Count(text, []byte("\n")); before > 0 && l.left <= 0 {
		l.do()
	}
	return len(text), nil
}

// TestFaults runs drills under faults. Each ends within its caps: it passes, or it
// fails and says why. Nothing is left of it once the fault has gone, the evidence
// is whole, and whatever is on record as passed has passed. What stays for good is
// there from the start, and in another run comes when that is under way.
func TestFaults(t *testing.T) {
	e := deployed(t)
	names := make([]string, 0, len(faults))
	for name := range faults {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, drillName := range all {
		for _, name := range names {
			if !*everything && sample[drillName] != name {
				continue
			}
			t.Run(drillName+"/"+name, func(t *testing.T) { disturbed(t, *e, drillName, name, 0) })
			if faults[name].fault.Times == 0 {
				t.Run(drillName+"/"+name+", under way", func(t *testing.T) { disturbed(t, *e, drillName, name, underWay) })
			}
		}
	}
}

// disturbed runs a drill under a fault, from the start or after so many lines.
func disturbed(t *testing.T, e exercise.Exercise, drillName, name string, after int) {
	e.State = t.TempDir()
	azure, c := e.Rehearsal.Azure, faults[name]
	defer azure.ClearFaults()
	caps := timeCap
	switch {
	case c.fault.Times == 0 && c.fault.Service == arm.BlobService:
		caps = blobCap
	case c.fault.Times == 0 || c.fault.Operation == arm.OperationNever:
		caps = shortCap
	}
	if after == 0 {
		azure.Inject(c.fault)
	} else {
		e.Log = &onLine{left: after, do: func() { azure.Inject(c.fault) }}
	}
	began := clock.Now()
	got := run(t, &e, drillName, "--time-cap", caps.String(), "--clean-up-cap", caps.String())
	took := clock.Since(began)
	azure.ClearFaults()
	if took > 2*caps+slack {
		t.Errorf("it took %v", took)
	}
	switch {
	case got.status == 0 && (got.result == nil || got.result.Outcome != evidence.Passed):
		t.Errorf("exit 0 with %+v", got.result)
	case c.passes && got.status != 0:
		t.Errorf("exit %d: %s %+v", got.status, got.said, got.result)
	case got.status != 0 && !regexp.MustCompile(c.why).MatchString(reason(got)):
		t.Errorf("exit %d, and the reason is not %q: %s", got.status, c.why, got.said)
	}
	t.Logf("%v, exit %d: %s", took.Round(time.Millisecond), got.status, reason(got))
	e.Log = nil
	if out, err := e.Runbook(t.Context(), e.Runner(drillName), "resume", "--all"); err != nil {
		t.Logf("resume: %v\n%s", err, out)
	}
	nothingLeft(t, &e)
	if _, err := os.Stat(filepath.Join(e.State, "evidence")); err == nil {
		verified(t, &e)
	}
}

// reason is what a run says of its end: the cause on record, with what was seen in
// the checks that it names, or the error in the last lines.
func reason(got ended) string {
	if got.result != nil {
		text := string(got.result.Outcome) + " " + got.result.Cause
		for _, c := range got.result.Checks {
			if !c.OK {
				text += "; " + c.Name + ": " + c.Detail
			}
		}
		return text
	}
	if at := strings.LastIndex(got.said, "\nrunbook: "); at >= 0 {
		return got.said[at+1:]
	}
	return ""
}
