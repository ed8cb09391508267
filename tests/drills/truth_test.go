package drills

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/evidence"
)

// TestRecoveryPointIsTheTruth restores to random points and compares the heartbeat
// that a run has found in the restored data with what production says was the
// newest at that point.
func TestRecoveryPointIsTheTruth(t *testing.T) {
	e := deployed(t)
	db := production(t, e)
	runs := 2
	if *everything {
		runs = 20
	}
	random := rand.New(rand.NewPCG(uint64(clock.Now().UnixNano()), 2))
	var from time.Time
	if err := db.QueryRow(t.Context(), "select min(at) from tillit.heartbeat").Scan(&from); err != nil {
		t.Fatal(err)
	}
	for clock.Since(from) < 10*time.Second {
		select { // until there is something to choose from
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(time.Second):
		}
	}
	for range runs {
		window := min(clock.Since(from)-6*time.Second, 5*time.Minute)
		point := clock.Now().Add(-2*time.Second - time.Duration(random.Int64N(int64(window)))).UTC()
		got := run(t, e, "pitr", "--point", point.Format(time.RFC3339Nano))
		if got.result == nil || got.result.Outcome != evidence.Passed || got.result.Heartbeat == nil {
			t.Fatalf("to %s: exit %d %s %+v", point, got.status, got.said, got.result)
		}
		var newest time.Time
		if err := db.QueryRow(t.Context(), "select max(at) from tillit.heartbeat where at <= $1", point).Scan(&newest); err != nil {
			t.Fatal(err)
		}
		if apart := got.result.Heartbeat.Sub(newest).Abs(); apart > beat {
			t.Errorf("to %s: the newest heartbeat is %s in the restored data, and was %s", point, got.result.Heartbeat, newest)
		} else {
			t.Logf("to %s: %v apart, recovery point %.1f s, recovery time %.1f s", point.Format(time.RFC3339Nano), apart, got.result.Point.Seconds, got.result.Time.Seconds)
		}
	}
	verified(t, e)
}
