package runbooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// expected is what restored data must show.
type expected struct {
	// Point is the instant that was restored; zero where there is none.
	Point time.Time
	// Beat is the newest heartbeat that there was at Point; its sequence number is 0
	// where that is not known.
	Beat heartbeat.Beat
	// Manifest is what there was at Point; nil where that is not known.
	Manifest *manifest.Database
	// Changed are the differences that are none: what production itself changed in
	// the meantime.
	Changed map[string]bool
}

// examine looks at restored data: its newest heartbeat, and a check for each
// thing looked at. What is not as it must be is a check that is not OK; the error
// is for what could not be looked at.
func examine(ctx context.Context, c *pgx.Conn, queries []manifest.Query, want expected) (heartbeat.Beat, []drill.Check, error) {
	newest, err := heartbeat.Newest(ctx, c)
	none := errors.Is(err, heartbeat.ErrNone)
	if err != nil && !none {
		return newest, nil, fmt.Errorf("read the heartbeat of the restored data: %w", err)
	}
	checks := []drill.Check{{Name: "heartbeat", Detail: "there is none in the restored data"}}
	if !none {
		checks[0] = judgeBeat(newest, want)
	}
	if want.Manifest == nil {
		return newest, checks, nil
	}
	differences, err := want.Manifest.Compare(ctx, c, queries)
	if err != nil {
		return newest, nil, fmt.Errorf("compare the restored data with the manifest: %w", err)
	}
	return newest, append(checks, judgeData(want, differences)...), nil
}

// judgeBeat says whether a heartbeat is the newest that there was at the point.
func judgeBeat(newest heartbeat.Beat, want expected) drill.Check {
	check := drill.Check{Name: "heartbeat", OK: true, Detail: fmt.Sprintf("number %d of %s", newest.Sequence, instant(newest.At))}
	switch {
	case newest.Sequence < want.Beat.Sequence:
		check.OK = false
		check.Detail += fmt.Sprintf("; number %d of %s, written before the restored instant, is missing", want.Beat.Sequence, instant(want.Beat.At))
	case !want.Point.IsZero() && newest.At.After(want.Point):
		check.OK = false
		check.Detail += fmt.Sprintf("; it was written after %s, the instant that was to be restored", instant(want.Point))
	}
	return check
}

// mostDifferences is how many differences are told one by one.
const mostDifferences = 20

// judgeData makes a check of every difference, and one of all that is equal.
func judgeData(want expected, differences []manifest.Difference) []drill.Check {
	var checks []drill.Check
	wrong, changed := 0, 0
	for _, d := range differences {
		if want.Changed[d.What] {
			changed++
			continue
		}
		if wrong++; wrong <= mostDifferences {
			checks = append(checks, drill.Check{Name: d.What, Detail: fmt.Sprintf("seen %s, want %s", d.Seen, d.Want)})
		}
	}
	if wrong > mostDifferences {
		checks = append(checks, drill.Check{Name: "more differences", Detail: fmt.Sprintf("%d in all", wrong)})
	}
	detail := summary(want.Manifest)
	if changed > 0 {
		detail += fmt.Sprintf("; production itself has changed %d of these since", changed)
	}
	return append(checks, drill.Check{Name: "data", OK: wrong == 0, Detail: detail})
}

// record puts what was seen in restored data on record.
func record(run *drill.Run, newest heartbeat.Beat, checks []drill.Check) error {
	if newest.Sequence > 0 {
		if err := run.Restored(newest.At); err != nil {
			return err
		}
	}
	return recordChecks(run, checks)
}

func recordChecks(run *drill.Run, checks []drill.Check) error {
	for _, check := range checks {
		if err := run.Check(check); err != nil {
			return err
		}
	}
	return nil
}

// instant writes a time for people, to the millisecond.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000Z") }
