package drills

import (
	"slices"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

const (
	timeCap    = 45 * time.Second
	shortCap   = 10 * time.Second
	cleanUpCap = 30 * time.Second
	// slack is for what no cap counts: starting, and putting the end on record.
	slack = 20 * time.Second
)

// faults are what can go wrong between a run and Azure. Those that pass must not
// keep a drill from passing.
var faults = map[string]struct {
	fault  arm.Fault
	passes bool
}{
	"throttled":                  {arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second, Times: 5}, true},
	"throttled for good":         {arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second}, false},
	"an internal error":          {arm.Fault{Status: 500, Code: "InternalServerError", Times: 3}, true},
	"internal errors for good":   {arm.Fault{Status: 500, Code: "InternalServerError"}, false},
	"unavailable":                {arm.Fault{Status: 503, Code: "ServiceUnavailable", Times: 3}, true},
	"a reset":                    {arm.Fault{Times: 3}, true},
	"resets for good":            {arm.Fault{}, false},
	"slow answers":               {arm.Fault{Slow: 2 * time.Second, Times: 3}, true},
	"an answer cut off":          {arm.Fault{Truncate: true, Method: "GET", Times: 2}, true},
	"answers cut off for good":   {arm.Fault{Truncate: true}, false},
	"expired tokens":             {arm.Fault{ExpireTokens: true, Times: 1}, true},
	"an operation that fails":    {arm.Fault{Operation: arm.OperationFail, Code: "InternalServerError", Message: "out of luck", Times: 1}, false},
	"an operation without end":   {arm.Fault{Operation: arm.OperationNever, Times: 1}, false},
	"no permission":              {arm.Fault{Status: 403, Code: "AuthorizationFailed", Message: "does not have authorization to perform action", Method: "PUT"}, false},
	"blobs throttled":            {arm.Fault{Service: arm.BlobService, Status: 429, Code: "TooManyRequests", RetryAfter: time.Second, Times: 3}, true},
	"blobs unavailable":          {arm.Fault{Service: arm.BlobService, Status: 503, Code: "ServerBusy", Times: 3}, true},
	"blobs reset":                {arm.Fault{Service: arm.BlobService, Times: 3}, true},
	"blobs unavailable for good": {arm.Fault{Service: arm.BlobService, Status: 503, Code: "ServerBusy"}, false},
}

// sample are the faults that go test tries, one a drill.
var sample = map[string]string{
	"pitr": "an operation without end", "region": "expired tokens", "documents": "blobs reset",
	"tamper": "throttled", "controls": "an operation that fails",
}

// TestFaults runs drills under faults. Each ends within its cap: it passes, or it
// fails and says why. Nothing is left of it once the fault has gone, and whatever
// is on record as passed has passed.
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
			t.Run(drillName+"/"+name, func(t *testing.T) {
				own := *e
				own.State = t.TempDir()
				c := faults[name]
				azure := own.Rehearsal.Azure
				limit := timeCap
				if c.fault.Operation == arm.OperationNever {
					limit = shortCap // it will be reached
				}
				azure.Inject(c.fault)
				began := clock.Now()
				got := run(t, &own, drillName, "--time-cap", limit.String(), "--clean-up-cap", cleanUpCap.String())
				took := clock.Since(began)
				azure.ClearFaults()
				if took > limit+cleanUpCap+slack {
					t.Errorf("it took %v", took)
				}
				switch {
				case got.status == 0 && (got.result == nil || got.result.Outcome != evidence.Passed):
					t.Errorf("exit 0 with %+v", got.result)
				case got.status != 0 && got.result != nil && got.result.Outcome == evidence.Passed && got.said == "":
					t.Errorf("exit %d of a run that passed: %s", got.status, got.said)
				case got.status != 0 && got.said == "" && (got.result == nil || got.result.Cause == ""):
					t.Errorf("exit %d without a reason", got.status)
				case c.passes && got.status != 0:
					t.Errorf("exit %d: %s %+v", got.status, got.said, got.result)
				}
				t.Logf("%v, exit %d: %s", took.Round(time.Millisecond), got.status, reason(got))
				if out, err := own.Runbook(t.Context(), own.Drills(), "resume", "--all"); err != nil {
					t.Logf("resume: %v\n%s", err, out)
				}
				nothingLeft(t, &own)
			})
		}
	}
}

func reason(got ended) string {
	if got.result != nil {
		return string(got.result.Outcome) + " " + got.result.Cause
	}
	return got.said
}
