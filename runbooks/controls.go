package runbooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
	"github.com/tillit-dev/tillit/promises"
)

// controls are the negative controls: the verification of pitr and documents must
// find fault with data that is wrong, and none with data that is right. A drill
// that has only ever passed shows nothing.
//
// One restore is enough: the damage is done to copies of the database on the
// restored server.
func controls() Runbook {
	return Runbook{
		Name: "controls", Title: "the verification must find fault with wrong data",
		Promises:  []promises.ID{"backup.tested"},
		Objective: func(*promises.Declaration) drill.Objective { return drill.Objective{} },
		Build: func(ctx context.Context, s Scene) (drill.Drill, error) {
			return buildControls(ctx, s, verifiers{examine, examineBlobs})
		},
	}
}

// verifiers are examine and examineBlobs; the tests put blind ones in their place.
type verifiers struct {
	rows  func(context.Context, *pgx.Conn, []manifest.Query, expected) (heartbeat.Beat, []drill.Check, error)
	blobs blobVerifier
}

func buildControls(ctx context.Context, s Scene, look verifiers) (drill.Drill, error) {
	p, err := openPostgres(ctx, s)
	if err != nil {
		return drill.Drill{}, err
	}
	if _, err := p.earliest(); err != nil {
		return drill.Drill{}, err
	}
	c := controlled{p, look}
	made, pace := "a new server in "+s.Estate.Workbench.Name, p.pace()
	copying := taking(p.size, pace.copying) + pace.change
	reading := pace.change + taking(p.size, pace.reading)
	steps := []drill.Step{
		{
			Name: "manifest", Phase: drill.Prepare, Estimate: reading, Repeatable: true, On: []string{p.db.Server.ID},
			Do: c.manifest,
		},
		{
			Name: "restore", Phase: drill.Copy, Estimate: pace.restores(p.size), Repeatable: true, On: []string{p.db.Server.ID, made},
			Do: c.restore,
		},
		{
			Name: "administer", Phase: drill.Provision, Estimate: pace.change, Repeatable: true, On: []string{made},
			Do: func(ctx context.Context, run *drill.Run) error { return p.administer(ctx, controlsName(run)) },
		},
	}
	for _, k := range c.rowControls() {
		estimate := reading
		if k.damage != nil {
			estimate += copying
		}
		steps = append(steps, drill.Step{
			Name: k.name, Phase: drill.Verify, Estimate: estimate, Repeatable: true, On: []string{made},
			Do: func(ctx context.Context, run *drill.Run) error { return c.rows(ctx, run, k) },
		})
	}
	charge(steps, "restore", func(d time.Duration) drill.Cents { return running(p.source, d) })
	if s.Estate.Documents != nil {
		own := []string{"a new storage account in " + s.Estate.Workbench.Name}
		steps = append(steps,
			drill.Step{Name: "scratch", Phase: drill.Provision, Estimate: 2 * pace.change, Cost: 10, Repeatable: true, On: own, Do: func(ctx context.Context, run *drill.Run) error {
				return makeScratch(ctx, s, run, s.Estate.Documents, []string{blobControlsIn})
			}},
			drill.Step{Name: "blobs", Phase: drill.Verify, Estimate: pace.change, Repeatable: true, On: own, Do: c.blobs})
	}
	return drill.Drill{Name: "controls", Steps: steps, Target: p.target()}, nil
}

func controlsName(run *drill.Run) string { return run.Name("controls", 63) }

// controlled is the database whose verification is tried.
type controlled struct {
	*postgres
	look verifiers
}

// keyEarlier is the heartbeat before the newest.
const keyEarlier = "heartbeat-earlier"

// manifest takes down what there is, with two heartbeats at the least.
func (c controlled) manifest(ctx context.Context, run *drill.Run) error {
	if err := c.beat(ctx, run); err != nil {
		return err
	}
	err := c.with(ctx, c.db.Server.Host, func(db *pgx.Conn) error {
		earlier, err := heartbeat.Newest(ctx, db)
		if err != nil {
			return fmt.Errorf("read the heartbeat of %s: %w", c.db.Server.Name, err)
		}
		if err := run.Put(keyEarlier, earlier); err != nil {
			return err
		}
		if _, err := heartbeat.Write(ctx, db); err != nil {
			return fmt.Errorf("write a heartbeat to %s: %w", c.db.Server.Name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.takeManifest(ctx, run)
}

func (c controlled) restore(ctx context.Context, run *drill.Run) error {
	m, _, err := taken(run)
	if err != nil {
		return err
	}
	return c.postgres.restore(ctx, run, controlsName(run), "controls", m.At)
}

// control is one trial of the verification.
type control struct {
	name string
	// damage spoils a copy of the restored database and says what was done; nil
	// looks at the restored database itself.
	damage func(ctx context.Context, db *pgx.Conn, victim string, earlier heartbeat.Beat) (string, error)
	// wrong changes what is expected, or is nil.
	wrong func(want *expected, earlier heartbeat.Beat)
	// reason says which check has to fail; nil wants none to. The victim is the name
	// of the damaged table.
	reason func(check, victim string) bool
}

func (c controlled) rowControls() []control {
	heartbeats := func(check, _ string) bool { return check == "heartbeat" }
	table := func(check, victim string) bool { return strings.Contains(check, victim) }
	return []control{
		{name: "untouched"},
		{name: "wrong-point", reason: heartbeats, wrong: func(want *expected, earlier heartbeat.Beat) {
			// The data are right for their own instant, and an earlier one was asked for.
			want.Point, want.Beat = earlier.At, earlier
		}},
		{name: "missing-table", reason: table, damage: dropTable},
		{name: "altered-rows", reason: table, damage: alterRow},
		{name: "stale-heartbeat", reason: heartbeats, damage: forgetBeats},
	}
}

// rows has the verification look at one database.
func (c controlled) rows(ctx context.Context, run *drill.Run, k control) error {
	m, newest, err := taken(run)
	if err != nil {
		return err
	}
	var earlier heartbeat.Beat
	if _, err := run.Get(keyEarlier, &earlier); err != nil {
		return err
	}
	// A restore loses the server's parameters; giving them back is pitr's.
	m.Settings = nil
	want := expected{Point: m.At, Beat: newest, Manifest: m}
	if k.wrong != nil {
		k.wrong(&want, earlier)
	}
	database, did, victim := c.db.Name, "", ""
	if k.damage != nil {
		if database, err = c.duplicate(ctx, run, k.name); err != nil {
			return err
		}
		err := c.on(ctx, run, database, func(db *pgx.Conn) error {
			if victim, err = victimOf(ctx, db, m); err != nil {
				return err
			}
			did, err = k.damage(ctx, db, victim, earlier)
			return err
		})
		if err != nil {
			return fmt.Errorf("damage a copy for %s: %w", k.name, err)
		}
	}
	return c.on(ctx, run, database, func(db *pgx.Conn) error {
		_, checks, err := c.look.rows(ctx, db, c.queries, want)
		if err != nil {
			return fmt.Errorf("control %s: %w", k.name, err)
		}
		return run.Check(judgeControl(k.name, did, checks, func(check string) bool {
			return k.reason != nil && k.reason(check, victim)
		}, k.reason == nil))
	})
}

// judgeControl says whether the verification failed, and for the reason it should;
// with clean, whether it found no fault.
func judgeControl(name, did string, checks []drill.Check, reason func(string) bool, clean bool) drill.Check {
	faults := wrong(checks)
	found := "the verification finds no fault"
	if len(faults) > 0 {
		found = "the verification finds fault with " + strings.Join(faults, ", ")
	}
	if did != "" {
		found = did + "; " + found
	}
	ok := slices.ContainsFunc(faults, reason)
	if clean {
		ok = len(faults) == 0 && len(checks) > 0
	}
	return drill.Check{Name: "control " + name, OK: ok, Detail: found}
}

// on does something in a database of the restored server.
func (c controlled) on(ctx context.Context, run *drill.Run, database string, do func(*pgx.Conn) error) error {
	there := *c.postgres
	there.db.Name = database
	db, err := there.await(ctx, controlsName(run), true)
	if err != nil {
		return err
	}
	defer hangUp(ctx, db)
	return do(db)
}

// duplicate copies the restored database on its server, and gives the copy's name.
func (c controlled) duplicate(ctx context.Context, run *drill.Run, name string) (string, error) {
	target := "tillit-" + name
	err := c.on(ctx, run, "postgres", func(db *pgx.Conn) error {
		// The template must be ours and have nobody in it.
		var owner string
		if err := db.QueryRow(ctx, "select pg_get_userbyid(datdba) from pg_database where datname = $1", c.db.Name).Scan(&owner); err != nil {
			return err
		}
		if err := join(ctx, db, owner); err != nil {
			return err
		}
		quoted := pgx.Identifier{target}.Sanitize()
		for _, statement := range []string{
			"drop database if exists " + quoted + " with (force)",
			"create database " + quoted + " template " + pgx.Identifier{c.db.Name}.Sanitize(),
		} {
			if _, err := db.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("copy the restored database %s: %w", c.db.Name, err)
	}
	return target, nil
}

const blobControlsIn = "controls"

// blobs has the verification look at blobs: at sound ones, with expectations that
// they cannot meet, and at damaged ones.
func (c controlled) blobs(ctx context.Context, run *drill.Run) error {
	var own scratch
	if err := own.kept(run); err != nil {
		return err
	}
	at, err := open(c.Cloud, own.Endpoint, []string{blobControlsIn})
	if err != nil {
		return err
	}
	in := at[blobControlsIn]
	write := func(name, content string) error {
		_, err := in.NewBlockBlobClient(name).UploadBuffer(ctx, []byte(content), nil)
		return err
	}
	const altered, lost, content = "altered.txt", "lost.txt", "as written"
	if err := errors.Join(write(altered, content), write(lost, content), write("other.txt", content)); err != nil {
		return fmt.Errorf("write blobs for the controls: %w", cloud.Explain(err))
	}
	beat, err := heartbeat.WriteBlob(ctx, in)
	if err != nil {
		return fmt.Errorf("write a heartbeat for the controls: %w", cloud.Explain(err))
	}
	m, err := manifest.TakeBlobs(ctx, in, mostBlobs)
	if err != nil {
		return fmt.Errorf("take down the blobs of the controls: %w", cloud.Explain(err))
	}
	want := expectedBlobs{expected{Point: m.At, Beat: beat}, map[string]*manifest.Blobs{blobControlsIn: m}}
	later := want
	later.Beat.Sequence++
	earlier := want
	earlier.Point = beat.At.Add(-time.Second)
	named := func(name string) func(string) bool {
		return func(check string) bool { return strings.Contains(check, name) }
	}
	for _, k := range []struct {
		name   string
		do     func() error
		want   expectedBlobs
		reason func(string) bool
	}{
		{"blobs-untouched", nil, want, nil},
		{"blobs-wrong-point", nil, earlier, named("heartbeat")},
		{"blobs-stale-heartbeat", nil, later, named("heartbeat")},
		{"altered-blob", func() error { return write(altered, "as forged!") }, want, named(altered)},
		{"missing-blob", func() error {
			_, err := in.NewBlobClient(lost).Delete(ctx, nil)
			return errors.Join(err, write(altered, content))
		}, want, named(lost)},
	} {
		if k.do != nil {
			if err := k.do(); err != nil {
				return fmt.Errorf("damage blobs for %s: %w", k.name, cloud.Explain(err))
			}
		}
		if err := c.blobControl(ctx, run, k.name, at, k.want, k.reason); err != nil {
			return err
		}
	}
	return nil
}

func (c controlled) blobControl(ctx context.Context, run *drill.Run, name string, at map[string]*container.Client, want expectedBlobs, reason func(string) bool) error {
	_, checks, err := c.look.blobs(ctx, at, want)
	if err != nil {
		return fmt.Errorf("control %s: %w", name, err)
	}
	clean := reason == nil
	if clean {
		reason = func(string) bool { return false }
	}
	return run.Check(judgeControl(name, "", checks, reason, clean))
}
