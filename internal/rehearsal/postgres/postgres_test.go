package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

var azure *planes.Azure

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &azure)) }

// server makes a server with a database and an administrator.
func server(t *testing.T, name string) *postgres.Server {
	t.Helper()
	ctx := context.Background()
	s, err := azure.Hosts.Create(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, s) })
	if err := s.Database(ctx, "ledger"); err != nil {
		t.Fatal(err)
	}
	if err := s.Administrator(ctx, "databases"); err != nil {
		t.Fatal(err)
	}
	return s
}

func remove(t *testing.T, s *postgres.Server) {
	t.Helper()
	if err := s.Delete(context.Background()); err != nil {
		t.Error(err)
	}
}

// connect signs in as everybody but the package does: over TLS, with a password.
func connect(t *testing.T, s *postgres.Server) *pgx.Conn {
	t.Helper()
	return rehearsaltest.SignIn(t, azure, s, "databases", "ledger")
}

// restorable waits for the earliest point that a server can be restored to.
func restorable(t *testing.T, s *postgres.Server) {
	t.Helper()
	earliest, err := s.Earliest()
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(earliest.Sub(clock.Now()))
}

func exec(t *testing.T, c *pgx.Conn, statement string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func ask[T any](t *testing.T, c *pgx.Conn, query string) T {
	t.Helper()
	var v T
	if err := c.QueryRow(context.Background(), query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

func TestRestoreToAPointInTime(t *testing.T) {
	ctx := context.Background()
	source := server(t, "source")
	if err := source.Parameter(ctx, "work_mem", "7MB"); err != nil {
		t.Fatal(err)
	}
	c := connect(t, source)
	exec(t, c, "create table beats (n int primary key, at timestamptz not null default clock_timestamp())")
	restorable(t, source)
	exec(t, c, "insert into beats (n) values (1)")
	point := ask[time.Time](t, c, "select clock_timestamp()")
	exec(t, c, "insert into beats (n) values (2)")
	exec(t, c, "drop table if exists nothing")

	restored, err := azure.Hosts.Restore(ctx, "restored", "source", point, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, restored) })
	r := connect(t, restored)
	if n := ask[int](t, r, "select max(n) from beats"); n != 1 {
		t.Errorf("the newest row is %d, want that from before the point", n)
	}
	if v := ask[string](t, r, "show work_mem"); v == "7MB" {
		t.Error("a parameter has been restored, which Azure does not do")
	}
	exec(t, r, "insert into beats (n) values (3)")
	if n := ask[int](t, c, "select max(n) from beats"); n != 2 {
		t.Errorf("the source has %d now", n)
	}

	t.Run("again, from the restored server", func(t *testing.T) {
		if err := restored.Backup(ctx); err != nil {
			t.Fatal(err)
		}
		restorable(t, restored)
		second, err := azure.Hosts.Restore(ctx, "second", "restored", ask[time.Time](t, r, "select clock_timestamp()"), clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		defer remove(t, second)
		if n := ask[int](t, connect(t, second), "select max(n) from beats"); n != 3 {
			t.Errorf("the newest row is %d", n)
		}
	})
	for name, point := range map[string]time.Time{
		"before the first backup": point.Add(-time.Hour),
		"in the future":           clock.Now().Add(time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := azure.Hosts.Restore(ctx, "never", "source", point, clock.Now()); !errors.Is(err, postgres.ErrPoint) {
				t.Errorf("got %v", err)
			}
			if azure.Hosts.Server("never") != nil {
				t.Error("a server was left behind")
			}
		})
	}
}

func TestReplicaTakesOver(t *testing.T) {
	ctx := context.Background()
	source := server(t, "primary")
	c := connect(t, source)
	exec(t, c, "create table beats (n int)")
	replica, err := azure.Hosts.Replica(ctx, "replica", "primary")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, replica) })
	exec(t, c, "insert into beats values (1)")
	r := connect(t, replica)
	if err := eventually(func() bool { return ask[int](t, r, "select count(*) from beats") == 1 }); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Exec(ctx, "insert into beats values (2)"); err == nil {
		t.Error("a replica takes writes")
	}
	if err := source.Fail(); err != nil {
		t.Fatal(err)
	}
	if err := replica.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	exec(t, r, "insert into beats values (2)")
	if err := replica.Promote(ctx); err == nil {
		t.Error("promoted twice")
	}
}

// A server that dies takes with it what it had not archived.
func TestGeoRestoreOfALostServer(t *testing.T) {
	ctx := context.Background()
	source := server(t, "lost")
	c := connect(t, source)
	exec(t, c, "create table beats (n int)")
	if err := source.Backup(ctx); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "insert into beats values (1)")
	if err := source.Fail(); err != nil {
		t.Fatal(err)
	}
	found, err := azure.Hosts.GeoRestore(ctx, "found", "lost")
	if err != nil {
		t.Fatal(err)
	}
	defer remove(t, found)
	if n := ask[int](t, connect(t, found), "select count(*) from beats"); n != 0 {
		t.Errorf("%d rows that were never archived", n)
	}
}

func TestWithoutTLSOrPasswordNobodyComesIn(t *testing.T) {
	s := server(t, "shut")
	for _, dsn := range []string{
		fmt.Sprintf("host=127.0.0.1 port=%s user=databases password='%s' dbname=ledger sslmode=disable", s.Port, azure.Password()),
		fmt.Sprintf("host=127.0.0.1 port=%s user=databases password=wrong dbname=ledger sslmode=require", s.Port),
		fmt.Sprintf("host=127.0.0.1 port=%s user=azuresu dbname=ledger sslmode=require", s.Port),
	} {
		if c, err := pgx.Connect(context.Background(), dsn); err == nil {
			_ = c.Close(context.Background())
			t.Errorf("%s comes in", dsn)
		}
	}
}

func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", "../up", "A", "a b", "a;b"} {
		if _, err := azure.Hosts.Create(context.Background(), name); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

// A principal's role signs in with the password alone, and is in whatever is made
// of its server.
func TestPrincipals(t *testing.T) {
	ctx := context.Background()
	source := server(t, "principals")
	admin := rehearsaltest.SignIn(t, azure, source, "databases", "postgres")
	for _, statement := range []string{
		"select pgaadauth_create_principal('drills', false, false)",
		"select pgaadauth_create_principal('Ola.Nordmann@example.no', true, false)",
	} {
		exec(t, admin, statement)
	}
	restorable(t, source)
	drills := rehearsaltest.SignIn(t, azure, source, "drills", "ledger")
	if _, err := drills.Exec(ctx, "create role another"); err == nil {
		t.Error("a principal that is no administrator makes roles")
	}
	if _, err := rehearsaltest.SignIn(t, azure, source, "drills", "postgres").Exec(ctx, "select pgaadauth_create_principal('another', true, false)"); err == nil {
		t.Error("a principal that is no administrator makes principals")
	}
	if _, err := admin.Exec(ctx, "select pgaadauth_create_principal('drills', false, false)"); err == nil {
		t.Error("a principal was made twice")
	}
	exec(t, rehearsaltest.SignIn(t, azure, source, "Ola.Nordmann@example.no", "postgres"), "select pgaadauth_create_principal('another', false, false)")
	if secret := ask[bool](t, admin, "select exists (select from pg_proc where prosrc like '%"+azure.Password()+"%')"); secret {
		t.Error("a server shows the password")
	}
	restored, err := azure.Hosts.Restore(ctx, "principals-restored", "principals", ask[time.Time](t, admin, "select clock_timestamp()"), clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, restored) })
	rehearsaltest.SignIn(t, azure, restored, "drills", "ledger")
	if err := restored.Administrator(ctx, "drills"); err != nil {
		t.Fatal(err)
	}
	exec(t, rehearsaltest.SignIn(t, azure, restored, "drills", "postgres"), "select pgaadauth_create_principal('third', false, false)")
}

func eventually(holds func() bool) error {
	for range 200 {
		if holds() {
			return nil
		}
		<-time.After(25 * time.Millisecond)
	}
	return errors.New("not within five seconds")
}
