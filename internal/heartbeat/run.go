package heartbeat

import (
	"context"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
)

// slowest is how long a write may take even where beats are due more often.
const slowest = 10 * time.Second

// Run writes at once, and again each time that the interval has passed since it
// began, until ctx is done. A write that fails is handed to failed and is not
// repeated before the next is due. Beats that fall into a slow write are left out;
// the others come when they would have.
func Run(ctx context.Context, every time.Duration, write func(context.Context) error, failed func(error)) {
	began := clock.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := within(ctx, max(every, slowest), write); err != nil && ctx.Err() == nil {
			failed(err)
		}
		timer.Reset(every - clock.Since(began)%every)
	}
}

func within(ctx context.Context, limit time.Duration, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return write(ctx)
}
