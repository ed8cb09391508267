package runbooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// sqlPitr restores a database to an instant just before the failure. Azure SQL
// restores to a new database on the same server and nowhere else, so this one
// lies on production's own server, under the run's marker; nothing points to it.
// Source: MicrosoftDocs/sql-docs azure-sql/database/automated-backups-overview.md.
func sqlPitr(ctx context.Context, s Scene) (drill.Drill, error) {
	w, err := openSQL(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	earliest, err := w.earliest()
	if err != nil {
		return drill.Drill{}, err
	}
	promised := restoreObjective(s.Estate.Declaration)
	if !s.Point.IsZero() {
		if _, err := choosePoint(s.Point, time.Time{}, earliest, s.Now(), 0); err != nil {
			return drill.Drill{}, err
		}
	}
	made, pace := "a new database on "+w.db.Server.Name, w.pace()
	var steps []drill.Step
	if w.db.Server.Data {
		steps = append(steps,
			drill.Step{Name: "heartbeat", Phase: drill.Prepare, Estimate: pace.change, Repeatable: true, On: []string{w.sourceID()}, Do: w.beat},
			drill.Step{Name: "manifest", Phase: drill.Prepare, Estimate: pace.change + 2*taking(w.size(), pace.reading), Repeatable: true, On: []string{w.sourceID()}, Do: w.takeSums})
	}
	steps = append(steps,
		drill.Step{Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{w.sourceID()}, Do: func(_ context.Context, run *drill.Run) error {
			return w.declare(run, earliest, promised.Point)
		}},
		drill.Step{Name: "restore", Phase: drill.Copy, Estimate: pace.restores(w.size()), Repeatable: true, On: []string{w.sourceID(), made}, Do: w.restore},
		drill.Step{Name: "verify", Phase: drill.Verify, Estimate: pace.change + taking(w.size(), pace.reading), Repeatable: true, On: []string{made}, Do: w.verifyPitr})
	charge(steps, "restore", w.sqlRunning)
	return drill.Drill{Name: "pitr", Objective: promised, Steps: steps, Target: w.Cloud.Target(w.Estate.Workbench.Name, w.db.Server.Group)}, nil
}

// earliest is the first instant that the database's backups reach.
func (w *sqlWork) earliest() (time.Time, error) {
	at := w.source.Properties.EarliestRestoreDate
	if at == nil || at.After(w.Now()) {
		return time.Time{}, fmt.Errorf("%w: database %s of %s has no backups yet: Azure takes the first one soon after a database is made, try again later", ErrUnavailable, w.db.Name, w.db.Server.Name)
	}
	return at.UTC(), nil
}

// declare fixes the failure and then the instant to restore to: the one that was
// asked for, that of the sums, or, where there are none, that of the failure.
func (w *sqlWork) declare(run *drill.Run, earliest time.Time, promised time.Duration) error {
	var known sqlSums
	if _, err := run.Get(keyManifest, &known); err != nil {
		return err
	}
	declared, err := run.DeclareFailure()
	if err != nil {
		return err
	}
	if known.At.IsZero() {
		known.At = declared
	}
	point, err := choosePoint(w.Point, known.At, earliest, declared, promised)
	if err != nil {
		return err
	}
	run.Say("the failure is declared at %s; restoring to %s", instant(declared), instant(point))
	return run.Put(keyPoint, point)
}

func sqlPitrName(run *drill.Run) string { return run.Name("pitr", 128) }

// restore has Azure restore the database beside itself.
func (w *sqlWork) restore(ctx context.Context, run *drill.Run) error {
	var point time.Time
	if _, err := run.Get(keyPoint, &point); err != nil {
		return err
	}
	return w.provideDatabase(ctx, run, w.db.Server.Group, w.db.Server.Name, sqlPitrName(run), text(w.source.Location), "pitr", armsql.DatabaseProperties{
		CreateMode: to(armsql.CreateModePointInTimeRestore), SourceDatabaseID: to(w.sourceID()), RestorePointInTime: &point,
	})
}

// verifyPitr compares the restored data with what production had at the instant.
func (w *sqlWork) verifyPitr(ctx context.Context, run *drill.Run) error {
	made, err := w.database(ctx, w.db.Server.Group, w.db.Server.Name, sqlPitrName(run))
	if err != nil {
		return err
	}
	if err := run.Check(online(made)); err != nil {
		return err
	}
	if !w.db.Server.Data {
		return w.controlPlaneOnly()
	}
	var point time.Time
	var before heartbeat.Beat
	var known sqlSums
	_, err1 := run.Get(keyPoint, &point)
	_, err2 := run.Get(keyBeat, &before)
	_, err3 := run.Get(keyManifest, &known)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if !known.At.Equal(point) { // another instant was asked for: only the heartbeats are known
		known, before = sqlSums{}, heartbeat.Beat{}
	}
	if err := w.examine(ctx, run, w.db.Server.Host, sqlPitrName(run), known, expected{Point: point, Beat: before}); err != nil {
		return err
	}
	return run.Verified()
}

// online is a check that Azure calls a database online.
func online(d *armsql.Database) drill.Check {
	c := drill.Check{Name: "database " + text(d.Name)}
	if s := d.Properties.Status; s != nil {
		c.OK, c.Detail = *s == armsql.DatabaseStatusOnline, string(*s)
	}
	return c
}
