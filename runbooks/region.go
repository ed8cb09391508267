package runbooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
	"github.com/tillit-dev/tillit/promises"
)

// region loses the primary region. The estate's own standby is only read from,
// since one that has been promoted would have to be made anew and the estate
// would stand without one: what it has at the failure is the recovery point. What
// is promoted is a replica of the run's own, in the same region and set up like it.
func region() Runbook {
	return Runbook{
		Name:      "region",
		Title:     "lose the primary region, go on in the standby's, and come back",
		Promises:  []promises.ID{"continuity.plan", "continuity.standby"},
		Objective: regionObjective,
		Build:     byMeans(buildRegion, sqlRegion),
	}
}

func regionObjective(d *promises.Declaration) drill.Objective {
	plan := d.Params("continuity.plan")
	o := drill.Objective{Point: plan.Duration("loss"), Time: plan.Duration("within")}
	if o.Point == 0 {
		o.Point = d.Params("continuity.standby").Duration("within")
	}
	return o
}

// regions is a drill between two regions.
type regions struct {
	*postgres
	standby *pg.Server // the estate's own, as it is deployed
}

func buildRegion(ctx context.Context, s Scene) (drill.Drill, error) {
	p, err := openPostgres(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	if p.db.Standby == nil {
		return drill.Drill{}, fmt.Errorf("%w: %s has no standby in another region: promise continuity.standby or residency.in-country", ErrUnavailable, p.db.Server.Name)
	}
	r := regions{postgres: p}
	if r.standby, err = p.look(ctx, p.db.Standby.Group, p.db.Standby.Name); err != nil {
		return drill.Drill{}, err
	}
	pace, group := p.pace(), s.Estate.Workbench.Name
	away := fmt.Sprintf("a new replica in %s, in %s", p.db.Standby.Region, group)
	home := fmt.Sprintf("a new replica of that in %s, in %s", p.db.Server.Region, group)
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
			Name: "replicate", Phase: drill.Prepare, Estimate: pace.restores(p.size) + 8*pace.change, Repeatable: true, On: []string{p.db.Server.ID, away},
			Do: r.replicate,
		},
		{
			Name: "catch-up", Phase: drill.Prepare, Estimate: pace.change, Repeatable: true, On: []string{p.db.Server.ID, away},
			Do: func(ctx context.Context, run *drill.Run) error {
				return r.catchUp(ctx, run, p.db.Server.Host, awayName(run))
			},
		},
		{
			Name: "declare", Phase: drill.Detect, Estimate: time.Second, Repeatable: true, On: []string{p.db.Standby.ID},
			Do: r.declare,
		},
		{
			Name: "promote", Phase: drill.Replay, Estimate: 2 * pace.change, Repeatable: true, On: []string{away},
			Do: func(ctx context.Context, run *drill.Run) error { return r.promote(ctx, run, awayName(run)) },
		},
		{
			Name: "redirect", Phase: drill.CutOver, Estimate: pace.change, Repeatable: true, On: []string{away},
			Do: r.redirect,
		},
		{
			Name: "verify", Phase: drill.Verify, Estimate: pace.change + taking(p.size, pace.reading), Repeatable: true, On: []string{away},
			Do: r.verifyAway,
		},
		// The way back is no part of the recovery: operation is verified by now.
		{
			Name: "replicate-back", Phase: drill.Prepare, Estimate: pace.restores(p.size) + 8*pace.change, Repeatable: true, On: []string{away, home},
			Do: r.replicateBack,
		},
		{
			Name: "fail-back", Phase: drill.Prepare, Estimate: 3*pace.change + 2*taking(p.size, pace.reading), Repeatable: true, On: []string{away, home},
			Do: r.failBack,
		},
	}
	charge(steps, "replicate", func(d time.Duration) drill.Cents { return running(r.standby, d) })
	charge(steps, "replicate-back", func(d time.Duration) drill.Cents { return running(p.source, d) })
	return drill.Drill{Name: "region", Objective: regionObjective(s.Estate.Declaration), Steps: steps, Target: p.target()}, nil
}

func awayName(run *drill.Run) string { return run.Name("away", 63) }
func homeName(run *drill.Run) string { return run.Name("home", 63) }

// The keys under which the run keeps values.
const (
	keyAwayManifest = "manifest-away"
	keyAwayBeat     = "heartbeat-away"
)

// replicate makes the run's own standby.
func (r regions) replicate(ctx context.Context, run *drill.Run) error {
	body := r.beside(run, r.standby, "region", pg.CreateModeReplica)
	body.Properties.SourceServerResourceID, body.SKU = &r.db.Server.ID, r.standby.SKU
	if err := r.provide(ctx, run, awayName(run), body); err != nil {
		return err
	}
	return r.setUp(ctx, run, awayName(run), "parameters", r.db.Standby)
}

// setUp gives a replica the parameters of the server that it is to be like.
func (r regions) setUp(ctx context.Context, run *drill.Run, name, check string, like *estate.Server) error {
	wanted, _, err := r.parameters(ctx, like.Group, like.Name)
	if err != nil {
		return err
	}
	return r.configure(ctx, run, name, check, wanted)
}

// catchUp writes a heartbeat at the source and waits until the replica has it.
func (r regions) catchUp(ctx context.Context, run *drill.Run, source, replica string) error {
	var sent heartbeat.Beat
	err := r.with(ctx, source, func(c *pgx.Conn) (err error) {
		sent, err = heartbeat.Write(ctx, c)
		return err
	})
	if err != nil {
		return fmt.Errorf("write a heartbeat for %s to follow: %w", replica, err)
	}
	began := r.Now()
	c, err := r.await(ctx, replica, false)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("replica %s has not caught up after %v", replica, patience))
	defer cancel()
	for gap := 25 * time.Millisecond; ; gap = min(gap*3/2, time.Second) {
		newest, err := heartbeat.Newest(ctx, c)
		if err == nil && newest.Sequence >= sent.Sequence {
			run.Say("replica %s has caught up: a heartbeat reached it in %s", replica, r.Now().Sub(began).Round(time.Millisecond))
			return nil
		}
		if err != nil && !errors.Is(err, heartbeat.ErrNone) {
			return errors.Join(context.Cause(ctx), fmt.Errorf("read the heartbeat of replica %s: %w", replica, err))
		}
		if err := wait(ctx, gap); err != nil {
			return err
		}
	}
}

// declare fixes the failure and reads from the estate's own standby what it has
// by then: all else is lost.
func (r regions) declare(ctx context.Context, run *drill.Run) error {
	declared, err := run.DeclareFailure()
	if err != nil {
		return err
	}
	var survives heartbeat.Beat
	err = r.with(ctx, r.db.Standby.Host, func(c *pgx.Conn) (err error) {
		survives, err = heartbeat.Newest(ctx, c)
		return err
	})
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

// promote makes a replica of the run a server of its own, as one must where its
// source is lost: without waiting for it.
func (r regions) promote(ctx context.Context, run *drill.Run, name string) error {
	group := r.Estate.Workbench.Name
	s, err := r.look(ctx, group, name)
	if err != nil {
		return err
	}
	if text(s.Tags[drill.MarkerTag]) != run.Marker() {
		return fmt.Errorf("server %s is not of this run: it is not promoted", name)
	}
	if role := s.Properties.ReplicationRole; role == nil || *role == pg.ReplicationRoleAsyncReplica || *role == pg.ReplicationRoleGeoAsyncReplica {
		poller, err := r.Cloud.Postgres.NewServersClient().BeginUpdate(ctx, group, name, pg.ServerForUpdate{Properties: &pg.ServerPropertiesForUpdate{
			Replica: &pg.Replica{
				Role:          to(pg.ReplicationRoleNone),
				PromoteMode:   to(pg.ReadReplicaPromoteModeStandalone),
				PromoteOption: to(pg.ReplicationPromoteOptionForced),
			},
		}}, nil)
		if _, err = cloud.Done(ctx, poller, err); err != nil {
			return fmt.Errorf("promote %s: %w", name, cloud.Explain(err))
		}
	}
	c, err := r.await(ctx, name, true)
	if err != nil {
		return err
	}
	hangUp(ctx, c)
	return nil
}

// redirect sends the heartbeat to the promoted server, as the application would
// send its writes.
func (r regions) redirect(ctx context.Context, run *drill.Run) error {
	c, err := r.await(ctx, awayName(run), true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	// What it had before it was written to, also where that was begun twice.
	var before heartbeat.Beat
	found, err := run.Get(keyAwayBeat, &before)
	if err == nil && !found {
		if before, err = heartbeat.Newest(ctx, c); err == nil {
			err = run.Put(keyAwayBeat, before)
		}
	}
	if err != nil {
		return fmt.Errorf("read the heartbeat of the promoted server: %w", err)
	}
	if _, err := heartbeat.Write(ctx, c); err != nil {
		return fmt.Errorf("write a heartbeat to the promoted server: %w", err)
	}
	return nil
}

// verifyAway compares the promoted server with what production had. Production
// was not stopped for the drill: what it has changed itself is no difference.
func (r regions) verifyAway(ctx context.Context, run *drill.Run) error {
	m, survived, err := taken(run)
	if err != nil {
		return err
	}
	var promoted heartbeat.Beat
	if _, err := run.Get(keyAwayBeat, &promoted); err != nil {
		return err
	}
	c, err := r.await(ctx, awayName(run), true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	want := expected{Manifest: m, Beat: survived}
	if want.Changed, err = r.changed(ctx, m); err != nil {
		return err
	}
	_, checks, err := examine(ctx, c, r.queries, want)
	if err != nil {
		return err
	}
	// The heartbeat of the redirection is the newest by now: what counts is the one
	// before it.
	checks[0] = judgeBeat(promoted, want)
	if err := recordChecks(run, checks); err != nil {
		return err
	}
	return run.Verified()
}

// changed is what production has changed since the manifest was taken.
func (r regions) changed(ctx context.Context, m *manifest.Database) (map[string]manifest.Difference, error) {
	changed := map[string]manifest.Difference{}
	err := r.with(ctx, r.db.Server.Host, func(c *pgx.Conn) error {
		differences, err := m.Compare(ctx, c, r.queries)
		for _, d := range differences {
			changed[d.What] = d
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("see what production has changed meanwhile: %w", err)
	}
	return changed, nil
}

// replicateBack makes a replica of the promoted server in the primary region.
func (r regions) replicateBack(ctx context.Context, run *drill.Run) error {
	away, err := r.look(ctx, r.Estate.Workbench.Name, awayName(run))
	if err != nil {
		return err
	}
	body := r.beside(run, r.source, "region", pg.CreateModeReplica)
	body.Properties.SourceServerResourceID, body.SKU = away.ID, r.source.SKU
	if err := r.provide(ctx, run, homeName(run), body); err != nil {
		return err
	}
	return r.setUp(ctx, run, homeName(run), "back: parameters", &r.db.Server)
}

// failBack goes back to the primary region without loss: nobody else writes to
// the promoted server, so that what it has can be taken down and found again.
func (r regions) failBack(ctx context.Context, run *drill.Run) error {
	want, err := r.awayData(ctx, run)
	if err != nil {
		return err
	}
	if err := r.promote(ctx, run, homeName(run)); err != nil {
		return err
	}
	c, err := r.await(ctx, homeName(run), true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	_, checks, err := examine(ctx, c, r.queries, want)
	if err != nil {
		return err
	}
	for i := range checks {
		checks[i].Name = "back: " + checks[i].Name
	}
	after, err := heartbeat.Write(ctx, c)
	if err != nil {
		return fmt.Errorf("write a heartbeat to the server that is back: %w", err)
	}
	checks = append(checks, drill.Check{Name: "back: heartbeats", OK: after.Sequence > want.Beat.Sequence,
		Detail: fmt.Sprintf("number %d follows number %d, the last of the standby region", after.Sequence, want.Beat.Sequence)})
	return recordChecks(run, checks)
}

// awayData is what the promoted server has once the replica at home has it too.
func (r regions) awayData(ctx context.Context, run *drill.Run) (expected, error) {
	var want expected
	found, err := run.Get(keyAwayManifest, &want)
	if found || err != nil {
		return want, err
	}
	host, err := r.host(ctx, awayName(run))
	if err != nil {
		return want, err
	}
	if err := r.catchUp(ctx, run, host, homeName(run)); err != nil {
		return want, err
	}
	err = r.with(ctx, host, func(c *pgx.Conn) (err error) {
		if want.Beat, err = heartbeat.Newest(ctx, c); err != nil {
			return err
		}
		want.Manifest, err = manifest.TakeDatabase(ctx, c, r.queries)
		return err
	})
	if err != nil {
		return want, fmt.Errorf("take down what %s has: %w", awayName(run), err)
	}
	return want, run.Put(keyAwayManifest, want)
}
