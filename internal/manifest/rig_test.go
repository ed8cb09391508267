package manifest

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// The server and the account are one for the whole package; tests have databases
// and containers of their own.
var (
	azure   *planes.Azure
	server  *postgres.Server
	account azurite.Account
)

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &azure, prepare)) }

func prepare(ctx context.Context) (err error) {
	if account, err = azure.Store.Take(); err != nil {
		return err
	}
	if server, err = azure.Hosts.Create(ctx, "quiet"); err != nil {
		return err
	}
	return server.Administrator(ctx, "databases")
}

// database makes a database on a server and signs in to it as its administrator.
func database(t testing.TB, s *postgres.Server, name string) *pgx.Conn {
	t.Helper()
	must(t, s.Database(context.Background(), name))
	return connect(t, s, name)
}

func connect(t testing.TB, s *postgres.Server, database string) *pgx.Conn {
	t.Helper()
	return rehearsaltest.SignIn(t, azure, s, "databases", database)
}

func execute(t interface{ Fatalf(string, ...any) }, c *pgx.Conn, statements ...string) {
	for _, statement := range statements {
		if _, err := c.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
