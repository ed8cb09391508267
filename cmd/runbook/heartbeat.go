package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/history"
	"github.com/tillit-dev/tillit/internal/present"
	"github.com/tillit-dev/tillit/promises"
)

// ageEvery is how often the age of the drills is told, at most: as often as the
// estate's own job runs.
const ageEvery = 5 * time.Minute

// meansSQL is what stack files call Azure SQL.
const meansSQL = "sql"

// heartbeatOptions are the flags of heartbeat.
type heartbeatOptions struct {
	place
	key      string
	worm     string
	every    time.Duration
	database string
	setup    bool
	login    string
}

func (p *program) heartbeatCommand() *cobra.Command {
	var o heartbeatOptions
	cmd := &cobra.Command{
		Use:   "heartbeat",
		Short: "Write a heartbeat into the database and the documents",
		Long: `Write a heartbeat: a row into the database of the estate, PostgreSQL or Azure SQL,
and a blob into its documents, with a sequence number and the time. A drill tells
from the newest one in restored data how much was lost. The estate runs it every
five minutes. Of two databases that are kept apart it takes the first, which is the
one that the drills' identity reaches; --database names the other, for another
identity. A rehearsed Azure SQL has no data behind it: that is said, and is no fault.

Then it prints how long ago the drill that is longest overdue last passed, which
the estate's alarm reads: {"event":"drills-age","oldestSeconds":N}. The number is
left out, and the alarm raised, while a drill that applies has never passed.

With --every it goes on until it is interrupted; a beat that fails is said and the
next one tried, and the age is told every five minutes at most. With --setup it
makes the table of heartbeats and gives the drills' identity its rights, once,
signed in as the database's administrator.

Exit status:
  0  written
  2  a heartbeat could not be written, or the age of the drills is not known`,
		Example: `  runbook heartbeat
  runbook heartbeat --every 1m
  runbook heartbeat --setup --login id-ledger-no-drill-westeurope`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.heartbeat(cmd.Context(), o) },
	}
	f := cmd.Flags()
	p.placeFlags(f, &o.place)
	p.pinnedFlag(f, &o.key)
	f.StringVar(&o.worm, "worm", p.getenv("TILLIT_WORM"), "`URL` of the container with copies of the evidence, read instead of those in --dir")
	f.DurationVar(&o.every, "every", 0, "go on, with this time between two heartbeats")
	databaseFlag(f, &o.database)
	f.BoolVar(&o.setup, "setup", false, "prepare the database, as its administrator")
	f.StringVar(&o.login, "login", "", "with --setup: the `NAME` of the drills' identity (default id-ESTATE-drill-REGION)")
	return cmd
}

func (p *program) heartbeat(ctx context.Context, o heartbeatOptions) error {
	switch {
	case o.every < 0 || o.every > 0 && o.every < time.Second:
		return fmt.Errorf("--every %v: want a second or more", o.every)
	case o.setup && o.every > 0:
		return errors.New("--setup and --every: prepare the database first")
	case o.login != "" && !o.setup:
		return errors.New("--login belongs to --setup")
	}
	if err := knownDatabase(o.database); err != nil {
		return err
	}
	s, err := p.enter(ctx, o.place)
	if err != nil {
		return err
	}
	out := present.Prefixed(p.stdout, mark(s.rehearsal()))
	if o.setup {
		return p.prepare(ctx, s, o, out)
	}
	var told time.Time
	once := func(ctx context.Context) error {
		err := p.beat(ctx, s, o.database, out)
		if now := p.now(); now.Sub(told) >= ageEvery {
			told = now
			err = errors.Join(err, p.tellAge(ctx, s, o))
		}
		return err
	}
	if o.every == 0 {
		return once(ctx)
	}
	heartbeat.Run(ctx, o.every, once, func(err error) { fmt.Fprintln(p.stderr, "runbook: "+explain(err)) })
	return nil
}

// beat writes one heartbeat everywhere it belongs. Where one fails the other is
// written all the same.
func (p *program) beat(ctx context.Context, s *scene, database string, out io.Writer) error {
	var failures []error
	written, empty := 0, 0
	tell := func(where string, b heartbeat.Beat, err error) {
		if err != nil {
			failures = append(failures, fmt.Errorf("heartbeat into %s: %w", where, cloud.Explain(err)))
			return
		}
		written++
		fmt.Fprintf(out, "heartbeat %d of %s into %s\n", b.Sequence, b.At.UTC().Format(time.RFC3339), where)
	}
	if database != "" || len(s.estate.Databases) > 0 {
		db, err := s.estate.Database(database)
		switch {
		case err != nil:
			return err
		case db.Server.Data:
			b, err := p.writeRow(ctx, s.cloud, *db)
			tell(databaseText(*db), b, err)
		default:
			empty++
			fmt.Fprintf(out, "no heartbeat into %s: there is no data behind the server\n", databaseText(*db))
		}
	}
	if at := s.estate.Documents; at != nil {
		name, ok := documentsOf(at)
		if ok {
			b, err := writeBlob(ctx, s.cloud, at.Endpoint, name)
			tell("container "+name+" of "+at.Name, b, err)
		}
	}
	if written+empty == 0 && len(failures) == 0 {
		return fmt.Errorf("%s has no database and no documents into which a heartbeat could be written", s.at.estate)
	}
	return errors.Join(failures...)
}

func databaseText(db estate.Database) string { return "database " + db.Name + " of " + db.Server.Name }

// documentsOf is the container that gets the heartbeats: the first one that holds
// documents and is not the platform's own.
func documentsOf(a *estate.Account) (string, bool) {
	names := slices.Sorted(slices.Values(a.Containers))
	i := slices.IndexFunc(names, func(name string) bool { return !strings.HasPrefix(name, "$") && !strings.HasPrefix(name, "tillit-") })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

func writeBlob(ctx context.Context, c *cloud.Cloud, endpoint, name string) (heartbeat.Beat, error) {
	service, err := c.Blobs(endpoint)
	if err != nil {
		return heartbeat.Beat{}, err
	}
	return heartbeat.WriteBlob(ctx, service.NewContainerClient(name))
}

func (p *program) writeRow(ctx context.Context, c *cloud.Cloud, db estate.Database) (heartbeat.Beat, error) {
	if db.Means == meansSQL {
		return p.sqlBeat(ctx, c, db.Server.Host, db.Name)
	}
	conn, err := c.Database(ctx, db.Server.Host, db.Name)
	if err != nil {
		return heartbeat.Beat{}, err
	}
	b, err := heartbeat.Write(ctx, conn)
	_ = conn.Close(context.WithoutCancel(ctx)) // the row is in, or err says that it is not
	return b, err
}

// prepare makes the table and grants the rights, in one database only: where two
// are kept apart, no identity may reach both.
func (p *program) prepare(ctx context.Context, s *scene, o heartbeatOptions, out io.Writer) error {
	db, err := s.estate.Database(o.database)
	if err != nil {
		return fmt.Errorf("prepare the database: %w", err)
	}
	if o.login == "" && db.Server.ID != s.estate.Databases[0].Server.ID {
		return fmt.Errorf("prepare %s: the drills' identity has the first database, and no identity may reach both: name another with --login", databaseText(*db))
	}
	login := cmp.Or(o.login, fmt.Sprintf("id-%s-drill-%s", s.at.estate, s.estate.Workbench.Region))
	if !db.Server.Data {
		fmt.Fprintf(out, "%s is left as it is: there is no data behind the server\n", databaseText(*db))
		return nil
	}
	if err := p.setUp(ctx, s.cloud, *db, login); err != nil {
		return fmt.Errorf("prepare %s for %s: %w", databaseText(*db), login, cloud.Explain(err))
	}
	fmt.Fprintf(out, "%s has its table of heartbeats; %s may write them and read\n", databaseText(*db), login)
	return nil
}

// setUp makes the table in one database and grants the rights.
func (p *program) setUp(ctx context.Context, c *cloud.Cloud, db estate.Database, login string) error {
	if db.Means == meansSQL {
		return p.sqlPrepare(ctx, c, db.Server.Host, db.Name, login)
	}
	script, err := heartbeat.Setup(login)
	if err != nil {
		return err
	}
	return errors.Join(execute(ctx, c, db.Server.Host, "postgres", script.Postgres), execute(ctx, c, db.Server.Host, db.Name, script.Database))
}

// execute runs statements, as far as they go.
func execute(ctx context.Context, c *cloud.Cloud, host, database string, statements []string) error {
	conn, err := c.Database(ctx, host, database)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if _, err = conn.Exec(ctx, statement); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

// tellAge prints how long ago the drill that is longest overdue last passed.
func (p *program) tellAge(ctx context.Context, s *scene, o heartbeatOptions) error {
	names, _ := p.due(s.declaration)
	if len(names) == 0 {
		return nil
	}
	h, err := p.evidenceOf(ctx, s, o)
	if err != nil {
		return fmt.Errorf("the age of the drills is not known: %w", err)
	}
	age := h.Age(names, p.now())
	if terminal(p.stdout) {
		_, err := fmt.Fprintln(present.Prefixed(p.stdout, mark(s.rehearsal())), ageText(age))
		return err
	}
	event := drillsAge{Event: "drills-age", Oldest: age.Drill, Never: age.Never}
	if len(age.Never) == 0 {
		event.OldestSeconds = new(int64(age.Oldest.Seconds()))
	}
	return writeEvent(p.stdout, event)
}

func ageText(a history.Age) string {
	var parts []string
	if a.Drill != "" {
		parts = append(parts, fmt.Sprintf("the drill that passed longest ago is %s, %s", a.Drill, promises.FormatDuration(a.Oldest.Truncate(time.Second))))
	}
	if len(a.Never) > 0 {
		parts = append(parts, "never passed: "+strings.Join(a.Never, ", "))
	}
	return strings.Join(parts, "; ")
}

// evidenceOf reads the estate's evidence: the copies where they are named, which
// know of all machines' runs, else the estate's folder.
func (p *program) evidenceOf(ctx context.Context, s *scene, o heartbeatOptions) (*history.History, error) {
	r := reading{place: o.place, rehearsal: s.rehearsal(), key: o.key}
	if o.worm == "" {
		return r.history(ctx)
	}
	keys, err := pinned(cmp.Or(o.key, s.state().pinned()))
	if err != nil {
		return nil, err
	}
	store, err := copies(s.cloud, o.worm)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tillit-evidence-")
	if err != nil {
		return nil, err
	}
	h, err := pulled(ctx, store, dir, s.identity(), keys)
	if err != nil {
		err = fmt.Errorf("the copies in %s: %w", o.worm, cloud.Explain(err))
	}
	return h, errors.Join(err, os.RemoveAll(dir))
}

// pulled reads copies by way of a folder that is empty.
func pulled(ctx context.Context, store evidence.Store, dir string, identity evidence.Identity, keys evidence.Keys) (*history.History, error) {
	if err := evidence.Pull(ctx, store, dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, "checkpoints"))
	if err == nil && len(entries) == 0 {
		return &history.History{Identity: identity}, nil
	}
	if err != nil {
		return nil, err
	}
	return history.Read(ctx, dir, identity, keys)
}
