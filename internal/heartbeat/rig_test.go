package heartbeat

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
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
	if server, err = azure.Hosts.Create(ctx, "heart"); err != nil {
		return err
	}
	return server.Administrator(ctx, "databases")
}

func connect(t *testing.T, user, database string) *pgx.Conn {
	t.Helper()
	return rehearsaltest.SignIn(t, azure, server, user, database)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// near fails unless an instant is the present one, give or take.
func near(t *testing.T, at time.Time) {
	t.Helper()
	if d := clock.Since(at); d < -2*time.Second || d > time.Minute {
		t.Errorf("%v is not now", at)
	}
}
