package runbooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// sqlRegions is a drill between two regions.
type sqlRegions struct {
	*sqlWork
	standby *armsql.Server // the estate's own
}

// sqlRegion loses the primary region. As with PostgreSQL, the estate's own standby
// and its failover group are only read from: what the standby has at the failure
// is the recovery point. What takes over is a geo-secondary of the run's own, on a
// server in the standby's region; it is unlinked, as one does when the primary
// does not answer, and then followed back.
func sqlRegion(ctx context.Context, s Scene) (drill.Drill, error) {
	w, err := openSQL(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	if w.db.Standby == nil {
		return drill.Drill{}, fmt.Errorf("%w: %s has no standby in another region: promise continuity.standby or residency.in-country", ErrUnavailable, w.db.Server.Name)
	}
	r := sqlRegions{sqlWork: w}
	if r.standby, err = w.look(ctx, w.db.Standby.Group, w.db.Standby.Name); err != nil {
		return drill.Drill{}, err
	}
	pace, group := w.pace(), s.Estate.Workbench.Name
	away := fmt.Sprintf("a new server in %s, in %s", w.db.Standby.Region, group)
	home := fmt.Sprintf("a new server in %s, in %s", w.db.Server.Region, group)
	copying := pace.restores(w.size())
	steps := []drill.Step{
		{Name: "server", Phase: drill.Prepare, Estimate: pace.start, Repeatable: true, On: []string{away}, Do: func(ctx context.Context, run *drill.Run) error {
			return r.provideServer(ctx, run, sqlSite{sqlName(run, "away"), w.db.Standby.Region, r.standby, w.db.Standby.Group}, "region")
		}},
		{Name: "replicate", Phase: drill.Prepare, Estimate: copying, Repeatable: true, On: []string{w.sourceID(), away}, Do: func(ctx context.Context, run *drill.Run) error {
			return r.follow(ctx, run, w.sourceID(), sqlName(run, "away"), w.db.Standby.Region)
		}},
		{Name: "catch-up", Phase: drill.Prepare, Estimate: pace.change, Repeatable: true, On: []string{w.sourceID(), away}, Do: r.catchUp},
		{Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{w.db.Standby.ID}, Do: r.declare},
		{Name: "promote", Phase: drill.Replay, Estimate: pace.change, Repeatable: true, On: []string{away}, Do: func(ctx context.Context, run *drill.Run) error {
			return r.unlink(ctx, sqlName(run, "away"))
		}},
		{Name: "verify", Phase: drill.Verify, Estimate: pace.change + taking(w.size(), pace.reading), Repeatable: true, On: []string{away}, Do: r.verifyAway},
		{Name: "server-back", Phase: drill.Prepare, Estimate: pace.start, Repeatable: true, On: []string{home}, Do: func(ctx context.Context, run *drill.Run) error {
			return r.provideServer(ctx, run, sqlSite{sqlName(run, "home"), w.db.Server.Region, w.server, w.db.Server.Group}, "region")
		}},
		{Name: "replicate-back", Phase: drill.Prepare, Estimate: copying, Repeatable: true, On: []string{away, home}, Do: r.followBack},
		{Name: "fail-back", Phase: drill.Prepare, Estimate: 2 * pace.change, Repeatable: true, On: []string{home}, Do: r.failBack},
	}
	charge(steps, "replicate", w.sqlRunning)
	charge(steps, "replicate-back", w.sqlRunning)
	return drill.Drill{Name: "region", Objective: regionObjective(s.Estate.Declaration), Steps: steps, Target: w.Cloud.Target(group)}, nil
}

// follow makes a geo-secondary of a database on a server of the run.
func (r sqlRegions) follow(ctx context.Context, run *drill.Run, source, server, region string) error {
	return r.provideDatabase(ctx, run, r.Estate.Workbench.Name, server, r.db.Name, region, "region", armsql.DatabaseProperties{
		CreateMode: to(armsql.CreateModeSecondary), SourceDatabaseID: &source, SecondaryType: to(armsql.SecondaryTypeGeo),
	})
}

// link is the one replication link of the database on a server of the run; nil
// when it stands alone.
func (r sqlRegions) link(ctx context.Context, server string) (*armsql.ReplicationLink, error) {
	pager := r.Cloud.SQL.NewReplicationLinksClient().NewListByDatabasePager(r.Estate.Workbench.Name, server, r.db.Name, nil)
	var found []*armsql.ReplicationLink
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the replication links of %s: %w", server, cloud.Explain(err))
		}
		found = append(found, page.Value...)
	}
	switch {
	case len(found) == 0:
		return nil, nil
	case len(found) > 1 || found[0].Name == nil || found[0].Properties == nil || found[0].Properties.Role == nil:
		return nil, fmt.Errorf("the database %s of %s has %d replication links, want one that says its role", r.db.Name, server, len(found))
	}
	return found[0], nil
}

// settled waits until the secondary on a server of the run is no longer being
// filled.
func (r sqlRegions) settled(ctx context.Context, server string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("the database %s of %s has not caught up after %v", r.db.Name, server, patience))
	defer cancel()
	for gap := 50 * time.Millisecond; ; gap = min(2*gap, 10*time.Second) {
		l, err := r.link(ctx, server)
		switch {
		case err != nil:
			return err
		case l == nil:
			return fmt.Errorf("the database %s of %s follows nothing", r.db.Name, server)
		case l.Properties.ReplicationState != nil && *l.Properties.ReplicationState == armsql.ReplicationStateCATCHUP:
			return nil
		}
		if err := wait(ctx, gap); err != nil {
			return err
		}
	}
}

// catchUp waits until the run's own secondary has what production has.
func (r sqlRegions) catchUp(ctx context.Context, run *drill.Run) error {
	server := sqlName(run, "away")
	if err := r.settled(ctx, server); err != nil || !r.db.Server.Data {
		return err
	}
	if err := r.takeSums(ctx, run); err != nil {
		return err
	}
	host, err := r.host(ctx, run, server, r.db.Standby.ID, "region")
	if err != nil {
		return err
	}
	return r.reached(ctx, run, r.db.Server.Host, host)
}

// declare fixes the failure and reads from the estate's own standby what it has
// by then: all else is lost.
func (r sqlRegions) declare(ctx context.Context, run *drill.Run) error {
	declared, err := run.DeclareFailure()
	if err != nil || !r.db.Server.Data {
		return err
	}
	survives, err := r.newest(ctx, r.db.Standby.Host, r.db.Name)
	if err != nil {
		return fmt.Errorf("read the heartbeat of the standby %s: %w", r.db.Standby.Name, err)
	}
	run.Say("the failure is declared at %s; the standby has number %d of %s", instant(declared), survives.Sequence, instant(survives.At))
	return errors.Join(
		run.Restored(survives.At),
		run.Put(keyBeat, survives),
		run.Check(drill.Check{Name: "standby", OK: true, Detail: fmt.Sprintf("%s had heartbeat number %d of %s at the failure", r.db.Standby.Name, survives.Sequence, instant(survives.At))}),
	)
}

// unlink makes the database on a server of the run stand alone.
func (r sqlRegions) unlink(ctx context.Context, server string) error {
	l, err := r.link(ctx, server)
	if err != nil || l == nil {
		return err
	}
	if _, err := r.Cloud.SQL.NewReplicationLinksClient().Delete(ctx, r.Estate.Workbench.Name, server, r.db.Name, *l.Name, nil); err != nil {
		return fmt.Errorf("unlink the database %s of %s: %w", r.db.Name, server, cloud.Explain(err))
	}
	return nil
}

// verifyAway sees to it that the run's own database has taken over.
func (r sqlRegions) verifyAway(ctx context.Context, run *drill.Run) error {
	server := sqlName(run, "away")
	if err := r.alone(ctx, run, server); err != nil || !r.db.Server.Data {
		return err
	}
	host, err := r.host(ctx, run, server, r.db.Standby.ID, "region")
	if err != nil {
		return err
	}
	var known sqlSums
	var survived heartbeat.Beat
	_, err1 := run.Get(keyManifest, &known)
	_, err2 := run.Get(keyBeat, &survived)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if err := r.compareAway(ctx, run, host, known, survived); err != nil {
		return err
	}
	if err := r.redirect(ctx, run, host, keyAwayBeat); err != nil {
		return err
	}
	return run.Verified()
}

// compareAway compares the run's own database with what production had.
// Production was not stopped for the drill: what differs there too by now is left
// out.
func (r sqlRegions) compareAway(ctx context.Context, run *drill.Run, host string, known sqlSums, survived heartbeat.Beat) error {
	err := r.with(ctx, r.db.Server.Host, r.db.Name, func(ctx context.Context, c *sql.Conn) error {
		now, err := r.read(ctx, c)
		if err == nil {
			known.settle(now)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look at what %s has by now: %w", r.db.Server.Name, err)
	}
	newest, err := r.newest(ctx, host, r.db.Name)
	if err != nil {
		return err
	}
	checks := []drill.Check{judgeBeat(newest, expected{Beat: survived})}
	err = r.with(ctx, host, r.db.Name, func(ctx context.Context, c *sql.Conn) error {
		seen, err := r.read(ctx, c)
		if err == nil {
			checks = append(checks, known.judge(seen)...)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look at the database %s at %s: %w", r.db.Name, host, err)
	}
	return recordChecks(run, checks)
}

// alone is a check that a database of the run is online and follows nobody.
func (r sqlRegions) alone(ctx context.Context, run *drill.Run, server string) error {
	made, err := r.database(ctx, r.Estate.Workbench.Name, server, r.db.Name)
	if err != nil {
		return err
	}
	l, err := r.link(ctx, server)
	if err != nil {
		return err
	}
	check := online(made)
	check.Name = server
	if check.OK = check.OK && l == nil; l != nil {
		check.Detail += fmt.Sprintf(", but still linked with %s", text(l.Properties.PartnerServer))
	}
	return run.Check(check)
}

// followBack makes a secondary of the promoted database in the primary's region.
func (r sqlRegions) followBack(ctx context.Context, run *drill.Run) error {
	away := fmt.Sprintf("%s/providers/Microsoft.Sql/servers/%s/databases/%s", r.Estate.Workbench.ID, sqlName(run, "away"), r.db.Name)
	if err := r.follow(ctx, run, away, sqlName(run, "home"), r.db.Server.Region); err != nil {
		return err
	}
	return r.settled(ctx, sqlName(run, "home"))
}

// failBack hands the work over to the primary's region without loss, and looks
// for the heartbeats from before, during and after.
func (r sqlRegions) failBack(ctx context.Context, run *drill.Run) error {
	server := sqlName(run, "home")
	l, err := r.link(ctx, server)
	if err != nil {
		return err
	}
	if l != nil && *l.Properties.Role == armsql.ReplicationRoleSecondary {
		poller, err := r.Cloud.SQL.NewReplicationLinksClient().BeginFailover(ctx, r.Estate.Workbench.Name, server, r.db.Name, *l.Name, nil)
		if _, err := cloud.Done(ctx, poller, err); err != nil {
			return fmt.Errorf("fail back to %s: %w", server, cloud.Explain(err))
		}
	}
	if err := r.unlink(ctx, server); err != nil {
		return err
	}
	if err := r.alone(ctx, run, server); err != nil {
		return err
	}
	if !r.db.Server.Data {
		return r.controlPlaneOnly()
	}
	host, err := r.host(ctx, run, server, r.db.Server.ID, "region")
	if err != nil {
		return err
	}
	var during heartbeat.Beat
	if _, err := run.Get(keyAwayBeat, &during); err != nil {
		return err
	}
	after, err := r.beatAt(ctx, host, r.db.Name)
	if err != nil {
		return err
	}
	check := drill.Check{Name: "fail back", OK: after.Sequence > during.Sequence && during.Sequence > 0}
	check.Detail = fmt.Sprintf("number %d was written while the standby's region had taken over, number %d after it had come back", during.Sequence, after.Sequence)
	return run.Check(check)
}
