package runbooks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
	"github.com/tillit-dev/tillit/promises"
)

const day = 24 * time.Hour

// pitr restores the database to an instant just before the failure, into a server
// of the run's own.
func pitr() Runbook {
	return Runbook{
		Name:      "pitr",
		Title:     "restore the database to a point in time",
		Promises:  []promises.ID{"backup.interval", "backup.daily", "backup.tested"},
		Objective: restoreObjective,
		Build:     byMeans(buildPITR, sqlPitr),
	}
}

// restoreObjective is that of restoring from the backups of every day: no more is
// lost than the time between two recovery points.
func restoreObjective(d *promises.Declaration) drill.Objective {
	o := drill.Objective{Point: d.Params("backup.interval").Duration("every"), Time: d.Params("backup.tested").Duration("within")}
	if o.Point == 0 && d.Has("backup.daily") {
		o.Point = day
	}
	return o
}

func buildPITR(ctx context.Context, s Scene) (drill.Drill, error) {
	p, err := openPostgres(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	earliest, err := p.earliest()
	if err != nil {
		return drill.Drill{}, err
	}
	promised := restoreObjective(s.Estate.Declaration)
	if !s.Point.IsZero() {
		if _, err := choosePoint(s.Point, time.Time{}, earliest, s.Now(), 0); err != nil {
			return drill.Drill{}, err
		}
	}
	made := "a new server in " + s.Estate.Workbench.Name
	pace := p.pace()
	steps := []drill.Step{
		{
			Name: "heartbeat", Phase: drill.Prepare, Estimate: pace.change, Repeatable: true, On: []string{p.db.Server.ID},
			Do: p.beat,
		},
		{
			Name: "manifest", Phase: drill.Prepare, Estimate: pace.change + taking(p.size, pace.reading), Repeatable: true, On: []string{p.db.Server.ID},
			Do: p.takeManifest,
		},
		{
			Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{p.db.Server.ID},
			Do: func(_ context.Context, run *drill.Run) error { return p.declare(run, earliest, promised.Point) },
		},
		{
			Name: "restore", Phase: drill.Copy, Estimate: pace.restores(p.size), Repeatable: true, On: []string{p.db.Server.ID, made},
			Do: func(ctx context.Context, run *drill.Run) error {
				var point time.Time
				if _, err := run.Get(keyPoint, &point); err != nil {
					return err
				}
				return p.restore(ctx, run, pitrName(run), "pitr", point)
			},
		},
		{
			Name: "settings", Phase: drill.Provision, Estimate: 8 * pace.change, Repeatable: true, On: []string{made},
			Do: func(ctx context.Context, run *drill.Run) error { return p.equip(ctx, run, pitrName(run)) },
		},
		{
			Name: "replay", Phase: drill.Replay, Estimate: pace.change, Repeatable: true, On: []string{made},
			Do: func(ctx context.Context, run *drill.Run) error {
				c, err := p.await(ctx, pitrName(run), true)
				if err == nil {
					hangUp(ctx, c)
				}
				return err
			},
		},
		{
			Name: "verify", Phase: drill.Verify, Estimate: pace.change + taking(p.size, pace.reading), Repeatable: true, On: []string{made},
			Do: p.verifyPITR,
		},
	}
	charge(steps, "restore", func(d time.Duration) drill.Cents { return running(p.source, d) })
	return drill.Drill{Name: "pitr", Objective: promised, Steps: steps, Target: p.target()}, nil
}

func pitrName(run *drill.Run) string { return run.Name("pitr", 63) }

// earliest is the first instant that the server's backups reach.
func (p *postgres) earliest() (time.Time, error) {
	b := p.source.Properties.Backup
	if b == nil || b.EarliestRestoreDate == nil || b.EarliestRestoreDate.After(p.Now()) {
		return time.Time{}, fmt.Errorf("%w: server %s has no backups yet: Azure takes the first one soon after a server is made, try again later", ErrUnavailable, p.db.Server.Name)
	}
	return b.EarliestRestoreDate.UTC(), nil
}

// declare fixes the failure and then the instant to restore to.
func (p *postgres) declare(run *drill.Run, earliest time.Time, promised time.Duration) error {
	m, _, err := taken(run)
	if err != nil {
		return err
	}
	declared, err := run.DeclareFailure()
	if err != nil {
		return err
	}
	point, err := choosePoint(p.Point, m.At, earliest, declared, promised)
	if err != nil {
		return err
	}
	run.Say("the failure is declared at %s; restoring to %s", instant(declared), instant(point))
	return run.Put(keyPoint, point)
}

// choosePoint is the instant to restore to: the one that was asked for, or the
// newest whose data are known. It must be within the server's backups and before
// the failure, and no older than what is promised allows (zero is no promise).
func choosePoint(asked, known, earliest, declared time.Time, promised time.Duration) (time.Time, error) {
	point := asked
	if point.IsZero() {
		point = known
	}
	point = point.UTC()
	switch {
	case point.Before(earliest):
		return point, fmt.Errorf("%w: the instant %s is before %s, the earliest that can be restored", ErrUnavailable, instant(point), instant(earliest))
	case point.After(declared):
		return point, fmt.Errorf("the instant %s lies in the future: the failure is at %s", instant(point), instant(declared))
	case promised > 0 && declared.Sub(point) > promised:
		return point, fmt.Errorf("the instant %s is %s before the failure, and no more than %s may be lost: choose a later one",
			instant(point), declared.Sub(point).Round(time.Second), promises.FormatDuration(promised))
	}
	return point, nil
}

// restore has Azure restore the server to an instant. Where the log is not
// archived that far yet, it asks again: Azure archives it within five minutes.
func (p *postgres) restore(ctx context.Context, run *drill.Run, name, purpose string, point time.Time) error {
	body := p.beside(run, p.source, purpose, pg.CreateModePointInTimeRestore)
	body.Properties.SourceServerResourceID, body.Properties.PointInTimeUTC = &p.db.Server.ID, &point
	for {
		err := p.provide(ctx, run, name, body)
		if !tooEarly(err) || p.Now().Sub(point) > archived {
			return err
		}
		run.Say("the log is not archived up to %s yet: asking again in %v", instant(point), again)
		if err := wait(ctx, again); err != nil {
			return err
		}
	}
}

const (
	// archived is twice the longest that Azure takes to archive the log. Source:
	// MicrosoftDocs/azure-databases-docs
	// articles/postgresql/backup-restore/concepts-backup-restore.md.
	archived = 10 * time.Minute
	again    = 15 * time.Second
)

// tooEarly reports that Azure does not have the log of an instant yet. It has no
// code of its own for that.
func tooEarly(err error) bool {
	var refused *azcore.ResponseError
	return errors.As(err, &refused) && earlyForm.MatchString(err.Error())
}

var earlyForm = regexp.MustCompile(`(?is)(point.?in.?time|restore.?(point|time)).*(in the future|not yet|latest|newest|later than)`)

// equip makes the drills' identity administrator of a restored server and gives
// it the source's parameters.
func (p *postgres) equip(ctx context.Context, run *drill.Run, name string) error {
	if err := p.administer(ctx, name); err != nil {
		return err
	}
	var wanted map[string]string
	known, err := run.Get(keyParameters, &wanted)
	if err == nil && !known {
		wanted, _, err = p.parameters(ctx, p.db.Server.Group, p.db.Server.Name)
	}
	if err != nil {
		return err
	}
	return p.configure(ctx, run, name, "parameters", wanted)
}

// verifyPITR compares the restored data with what production had.
func (p *postgres) verifyPITR(ctx context.Context, run *drill.Run) error {
	want, known, err := expectedPITR(run)
	if err != nil {
		return err
	}
	c, err := p.await(ctx, pitrName(run), true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	newest, checks, err := examine(ctx, c, p.queries, want)
	if err != nil {
		return err
	}
	if !known {
		there, err := manifest.TakeDatabase(ctx, c, p.queries)
		if err != nil {
			return fmt.Errorf("look at the restored database: %w", err)
		}
		checks = append(checks, drill.Check{Name: "data", OK: len(there.Tables) > 0, Detail: summary(there) + " can be read; what there was at that instant is not known"})
	}
	if err := record(run, newest, checks); err != nil {
		return err
	}
	return run.Verified()
}

// expectedPITR is what the restored data must show. Of another instant than the
// manifest's, only the heartbeats are known.
func expectedPITR(run *drill.Run) (want expected, known bool, err error) {
	m, beat, err := taken(run)
	if err != nil {
		return want, false, err
	}
	want = expected{Manifest: m, Beat: beat}
	if _, err := run.Get(keyPoint, &want.Point); err != nil {
		return want, false, err
	}
	if known = want.Point.Equal(m.At); !known {
		want.Manifest, want.Beat = nil, heartbeat.Beat{}
	}
	return want, known, nil
}
