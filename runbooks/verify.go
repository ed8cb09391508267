package runbooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	// Changed is what production itself has changed in the meantime, by what it is
	// called, and how it is now. That restored data has it otherwise says nothing;
	// that it is gone there says something.
	Changed map[string]manifest.Difference
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
	wrong, changed, compared := 0, 0, len(want.Manifest.Tables)+len(want.Manifest.Answers)
	for _, d := range differences {
		if now, ok := want.Changed[d.What]; ok && (!d.Lost() || now.Lost()) {
			if changed++; !strings.HasPrefix(d.What, "setting ") {
				compared--
			}
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
	blind := compared <= 0 && changed > 0
	if blind {
		detail += ", so that no data was compared: run the drill when production writes less, or ask for something that stays as it is (tillit:settings checks)"
	}
	return append(checks, drill.Check{Name: "data", OK: wrong == 0 && !blind, Detail: detail})
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
