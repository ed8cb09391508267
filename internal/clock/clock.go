package clock

import "time"

// Now is the present instant, with its monotonic reading.
func Now() time.Time { return time.Now() }

// Since is the time passed since t on the monotonic clock.
func Since(t time.Time) time.Duration { return time.Since(t) }
