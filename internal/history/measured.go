package history

import (
	"fmt"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/promises"
)

// figure says which of a run's figures is a promise's parameter.
type figure func(drill.Result) *drill.Measure

func point(r drill.Result) *drill.Measure { return r.Point }
func took(r drill.Result) *drill.Measure  { return r.Time }

// figures are the parameters that a drill measures, by promise. Of other promises
// a drill shows that they hold, or do not.
var figures = map[promises.ID]map[string]figure{
	"backup.interval":    {"every": point},
	"backup.tested":      {"within": took},
	"continuity.standby": {"within": point},
	"continuity.plan":    {"within": took, "loss": point},
}

// Measured is what a run has measured of a promise, by parameter: a text and
// seconds, as durations stand in an inventory. It is empty where the run shows
// only whether the promise holds.
func Measured(id promises.ID, r drill.Result) map[string]any {
	values := map[string]any{}
	for name, of := range figures[id] {
		if m := of(r); m != nil {
			values[name] = map[string]any{"text": text(m.Seconds), "seconds": m.Seconds}
		}
	}
	return values
}

// text writes a figure with as much precision as matters.
func text(seconds float64) string {
	if seconds < 100 {
		return fmt.Sprintf("%.1fs", seconds)
	}
	return promises.FormatDuration(duration(seconds).Round(time.Second))
}
