package runbooks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	plane "github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/promises"
)

const (
	serverVersion = "2024-08-01"
	serverType    = "/providers/Microsoft.DBforPostgreSQL/flexibleServers/"
)

// site is a small estate of a test's own: a PostgreSQL server with data and
// heartbeats, and a workbench.
type site struct {
	name   string
	cloud  *cloud.Cloud
	estate *estate.Estate
	server *plane.Server
	admin  *pgx.Conn // of the database, as its administrator
}

// newSite deploys an estate that has promised what config says.
func newSite(t testing.TB, name string, config map[string]string) *site {
	t.Helper()
	s := &site{name: name, cloud: connected(t)}
	if err := s.deploy(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.settle(t, config)
	return s
}

// deploy makes the estate's resources, which takes the longest.
func (s *site) deploy(ctx context.Context) error {
	w, home, bench := &armWriter{}, s.group("home"), s.group("drills")
	w.put(ctx, home, "2022-09-01", map[string]any{"location": "westeurope", "tags": map[string]any{"estate": s.name}})
	w.put(ctx, bench, "2022-09-01", map[string]any{"location": "westeurope", "tags": map[string]any{"estate": s.name, "purpose": "drills", "class": "drills"}})
	id := home + serverType + s.name
	w.put(ctx, id, serverVersion, map[string]any{
		"location": "westeurope", "tags": map[string]any{"estate": s.name, "class": "database"},
		"sku":        map[string]any{"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
		"properties": map[string]any{"createMode": "Create", "version": "15", "storage": map[string]any{"storageSizeGB": 32}},
	})
	w.put(ctx, id+"/databases/main", serverVersion, map[string]any{"properties": map[string]any{}})
	w.put(ctx, id+"/administrators/22222222-2222-4222-8222-222222222222", serverVersion, map[string]any{"properties": map[string]any{"principalName": "databases", "principalType": "Group"}})
	for parameter, value := range overrides {
		w.put(ctx, id+"/configurations/"+parameter, serverVersion, map[string]any{"properties": map[string]any{"source": "user-override", "value": value}})
	}
	return w.err
}

// overrides are the parameters that sites' servers do not have from Azure.
var overrides = map[string]string{"work_mem": "8192", "log_checkpoints": "on"}

// static gives the server a parameter that takes a restart.
func (s *site) static(t *testing.T) {
	t.Helper()
	put(t, s.group("home")+serverType+s.name+"/configurations/track_activity_query_size", serverVersion,
		map[string]any{"properties": map[string]any{"source": "user-override", "value": "2048"}})
}

// settle fills a deployed estate that has promised what config says, and finds it.
func (s *site) settle(t testing.TB, config map[string]string) {
	t.Helper()
	d, err := promises.FromConfig(s.name, config)
	if err != nil {
		t.Fatal(err)
	}
	s.server = rehearsed.Hosts.Server(s.name)
	s.prepare(t)
	s.find(t, d)
}

func (s *site) group(what string) string {
	return subscription + "/resourceGroups/rg-" + s.name + "-" + what
}

// prepare makes the drills' identity known to the database and fills it.
func (s *site) prepare(t testing.TB) {
	t.Helper()
	setup, err := heartbeat.Setup(login)
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.connect(t, "databases", "postgres"), setup.Postgres...)
	s.admin = s.connect(t, "databases", "main")
	run(t, s.admin, setup.Database...)
	run(t, s.admin,
		"create table invoices (id int primary key, amount numeric, customer text)",
		"insert into invoices select i, i * 1.25, 'customer ' || i % 97 from generate_series(1, 20000) i",
		"create table customers (id int primary key, name text)",
		"insert into customers select i, 'customer ' || i from generate_series(1, 97) i",
		"insert into tillit.heartbeat default values",
	)
}

// find reads the estate as the runbook does.
func (s *site) find(t testing.TB, d *promises.Declaration) {
	t.Helper()
	var err error
	if s.estate, err = estate.Find(t.Context(), s.cloud, d); err != nil {
		t.Fatal(err)
	}
}

// connect signs in to the production server as somebody else than the drills.
func (s *site) connect(t testing.TB, as, database string) *pgx.Conn {
	t.Helper()
	return connectAs(t, s.cloud, s.server, as, database)
}

func connectAs(t testing.TB, c *cloud.Cloud, server *plane.Server, as, database string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig("sslmode=verify-full")
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(server.Port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	config.Host, config.Port, config.User, config.Database = "localhost", uint16(port), as, database
	config.Fallbacks, config.TLSConfig = nil, &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS12}
	if config.Password, err = c.DatabaseToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("%s at %s: %v", as, net.JoinHostPort(config.Host, server.Port), err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

func run(t testing.TB, c *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := c.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// restorable waits until the server's backups reach an instant that is past.
func (s *site) restorable(t testing.TB) {
	t.Helper()
	earliest, err := s.server.Earliest()
	if err != nil {
		t.Fatal(err)
	}
	for clock.Now().Before(earliest) {
		if err := wait(t.Context(), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

// scene is where the site's drills take place.
func (s *site) scene() Scene { return Scene{Cloud: s.cloud, Estate: s.estate, Now: clock.Now} }

// options are those of runs that leave no evidence.
func options(t testing.TB) drill.Options {
	t.Helper()
	return drill.Options{
		Dir: t.TempDir(), Now: clock.Now, TimeCap: 5 * time.Minute, CleanUpCap: time.Minute, CostCap: 10000,
		Record:   func(context.Context, evidence.Entry) error { return nil },
		Progress: func(e drill.Event) { t.Log(line(e)) },
	}
}

func line(e drill.Event) string {
	return fmt.Sprintf("%-14s %-9s %8s %s", e.Step, e.What, e.Elapsed.Round(time.Millisecond), e.Detail)
}

// conduct builds a drill, changes it, runs it, and sees that nothing is left.
func (s *site) conduct(t *testing.T, r Runbook, scene Scene, change func(*drill.Drill)) (*drill.Result, error) {
	t.Helper()
	d, err := r.Build(t.Context(), scene)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&d)
	}
	before := len(rehearsed.Resources())
	result, err := drill.Start(t.Context(), options(t), d)
	if after := len(rehearsed.Resources()); after != before {
		t.Errorf("there were %d resources before the drill and are %d after it", before, after)
	}
	if result != nil {
		t.Logf("%s: recovery point %+v, time %+v, phases %v, cost %v", result.Outcome, result.Point, result.Time, result.Phases, result.Cost)
		for _, c := range result.Checks {
			t.Logf("%v %s: %s", c.OK, c.Name, c.Detail)
		}
	}
	return result, err
}

// mustPass fails the test unless the drill has passed.
func mustPass(t *testing.T, result *drill.Result, err error) {
	t.Helper()
	if err != nil || result == nil || result.Outcome != evidence.Passed {
		t.Fatalf("the drill did not pass: %+v, %v", result, err)
	}
}

// step changes what a step does.
func step(d *drill.Drill, name string, do func(before func(context.Context, *drill.Run) error) func(context.Context, *drill.Run) error) error {
	for i := range d.Steps {
		if d.Steps[i].Name == name {
			d.Steps[i].Do = do(d.Steps[i].Do)
			return nil
		}
	}
	return errors.New("there is no step " + name)
}

// repeat has every step done twice, as it is when a run was cut off in it and
// resumed.
func repeat(d *drill.Drill) {
	for i := range d.Steps {
		once := d.Steps[i].Do
		d.Steps[i].Do = func(ctx context.Context, r *drill.Run) error { return errors.Join(once(ctx, r), once(ctx, r)) }
	}
}
