package heartbeat

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
)

// The beats are where they should be however long writes take, and one that fails
// or hangs does not end them.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := clock.Now()
		var at []time.Duration
		var faults []error
		broken := errors.New("broken")
		go Run(ctx, time.Minute, func(ctx context.Context) error {
			at = append(at, clock.Since(began))
			switch len(at) {
			case 2:
				return broken
			case 3:
				<-time.After(20 * time.Second)
			case 4:
				<-ctx.Done() // hangs until it is given up
				return ctx.Err()
			}
			return nil
		}, func(err error) { faults = append(faults, err) })
		<-time.After(6*time.Minute + time.Second)
		cancel()
		synctest.Wait()
		want := []time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute, 5 * time.Minute, 6 * time.Minute}
		if len(at) != len(want) {
			t.Fatalf("beats at %v", at)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("beat %d at %v, want %v", i, at[i], want[i])
			}
		}
		if len(faults) != 2 || !errors.Is(faults[0], broken) || !errors.Is(faults[1], context.DeadlineExceeded) {
			t.Errorf("the faults are %v", faults)
		}
	})
}

// A write under way when the end comes is no fault.
func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := false
		go func() {
			Run(ctx, time.Second, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, func(err error) { t.Error(err) })
			ended = true
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !ended {
			t.Error("it goes on")
		}
	})
}
