package heartbeat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// The emulator and the server are one for the whole package; tests have databases
// and containers of their own.
var (
	azure   *planes.Azure
	server  *postgres.Server
	store   *azurite.Server
	account azurite.Account
	pool    = x509.NewCertPool()
)

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(runner{m}, &azure)) }

// runner starts the server before the tests.
type runner struct{ *testing.M }

func (r runner) Run() int {
	if err := prepare(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return r.M.Run()
}

func prepare(ctx context.Context) (err error) {
	pool.AppendCertsFromPEM(azure.CA())
	store = azure.Store
	if account, err = store.Take(); err != nil {
		return err
	}
	if server, err = azure.Hosts.Create(ctx, "heart"); err != nil {
		return err
	}
	return server.Administrator(ctx, "databases")
}

// connect signs in over TLS with the rehearsal's password.
func connect(t *testing.T, user, database string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig("host=localhost port=" + server.Port + " sslmode=require")
	must(t, err)
	config.User, config.Database, config.Password = user, database, azure.Password()
	config.TLSConfig = &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	c, err := pgx.ConnectConfig(context.Background(), config)
	must(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// open makes a container.
func open(t *testing.T, name string) *container.Client {
	t.Helper()
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	must(t, err)
	c, err := container.NewClientWithSharedKeyCredential(fmt.Sprintf("https://localhost:%s/%s/%s", store.Port(), account.Name, name), key,
		&container.ClientOptions{ClientOptions: policy.ClientOptions{Transport: client(nil)}})
	must(t, err)
	_, err = c.Create(context.Background(), nil)
	must(t, err)
	return c
}

// client trusts the emulator; change, when there is one, is asked before each
// request.
func client(change func(*http.Request) *http.Response) *http.Client {
	return &http.Client{Transport: &changed{
		base: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}, change: change,
	}}
}

type changed struct {
	base   *http.Transport
	change func(*http.Request) *http.Response
}

func (c *changed) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.change != nil {
		if answer := c.change(r); answer != nil {
			return answer, nil
		}
	}
	return c.base.RoundTrip(r)
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
