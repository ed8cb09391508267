package cloud

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/tillit-dev/tillit/internal/clock"
)

// How often an operation is asked after where Azure does not say, and at the
// least and at the most where it does.
const (
	usualPoll   = 5 * time.Second
	rarestPoll  = 30 * time.Second
	densestPoll = 10 * time.Millisecond
)

// Done waits for an operation's end, as often as Azure asks and no less than
// every 30 s. It takes what a Begin... method returns. The error is Explain's;
// that of an operation which had not ended with ctx wraps ctx's cause.
func Done[T any](ctx context.Context, poller *runtime.Poller[T], err error) (T, error) {
	var zero T
	if err != nil {
		return zero, Explain(err)
	}
	begun := clock.Now()
	for {
		response, err := poller.Poll(ctx)
		if err != nil {
			return zero, unended(ctx, begun, err)
		}
		if poller.Done() {
			result, err := poller.Result(ctx)
			if err != nil {
				return zero, unended(ctx, begun, err)
			}
			return result, nil
		}
		asked, said := retryAfter(response)
		if err := pause(ctx, pollWait(asked, said, clock.Since(begun))); err != nil {
			return zero, unended(ctx, begun, err)
		}
	}
}

// pollWait is the time until an operation is asked after again. Where Azure asks
// for no wait, it grows with the time that has passed, to a second at most: two
// hundredths more of it are not noticed, and a short one is noticed at once.
func pollWait(asked time.Duration, said bool, passed time.Duration) time.Duration {
	if !said {
		asked = usualPoll
	}
	floor := min(max(passed/50, densestPoll), time.Second)
	return min(max(asked, floor), rarestPoll)
}

// unended is the error of waiting for an operation.
func unended(ctx context.Context, begun time.Time, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("the operation had not ended after %s: %w", clock.Since(begun).Round(time.Second), context.Cause(ctx))
	}
	return Explain(err)
}

// pause waits, or ends with ctx.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
