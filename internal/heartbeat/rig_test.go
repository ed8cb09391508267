package heartbeat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
)

const password = "the rehearsal's token"

// The emulator and the server are one for the whole package; tests have databases
// and containers of their own.
var (
	server  *postgres.Server
	store   *azurite.Server
	account azurite.Account
	pool    = x509.NewCertPool()
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "tillit-heartbeat-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// The servers' user has to pass through to its own folder.
	if err := os.Chmod(dir, 0o711); err != nil {
		return 0, err
	}
	a, err := authority.New(clock.Now())
	if err != nil {
		return 0, err
	}
	pool.AppendCertsFromPEM(a.CA)
	files, err := a.Write(dir)
	if err != nil {
		return 0, err
	}
	program, err := azurite.Find(filepath.Join("..", ".."))
	if err != nil {
		return 0, err
	}
	blobs := filepath.Join(dir, "blobs")
	if err := os.Mkdir(blobs, 0o700); err != nil {
		return 0, err
	}
	store, err = azurite.Start(ctx, azurite.Options{Program: program, Dir: blobs, Accounts: 2, Cert: files.Certificate, Key: files.Key})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	repository, err := store.Take()
	if err != nil {
		return 0, err
	}
	if account, err = store.Take(); err != nil {
		return 0, err
	}
	host, err := postgres.New(postgres.Options{
		Dir: filepath.Join(dir, "pg"), Cert: files.Certificate, Key: files.Key, Password: password,
		Repository: postgres.Repository{
			Account: repository.Name, Key: repository.Key, Container: "backups", Port: store.Port(), CA: files.CA, Cipher: "only for this run",
		},
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	if server, err = host.Create(ctx, "heart"); err != nil {
		return 0, err
	}
	if err := server.Administrator(ctx, "databases"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// connect signs in over TLS with the rehearsal's password.
func connect(t *testing.T, user, database string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig("host=localhost port=" + server.Port + " sslmode=require")
	must(t, err)
	config.User, config.Database, config.Password = user, database, password
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
