package drills

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/internal/rehearsal/exercise"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/runbooks"
	"github.com/tillit-dev/tillit/stacks"
)

const estate = "ledger-no"

// all are the drills that the tests kill and disturb: every one that there is.
var all = func() (names []string) {
	for _, b := range runbooks.All() {
		names = append(names, b.Name)
	}
	return names
}()

// beat is how often the heartbeat is.
const beat = time.Second

var everything = flag.Bool("everything", false, "kill and disturb in every way, not in a few")

var (
	root string // a built checkout
	// field is the estate, once it is up.
	field *exercise.Exercise
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := rehearsaltest.Main(m, &root, "cmd/runbook")
	if field != nil {
		if err := errors.Join(stopBeat(), field.Rehearsal.Close()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

var stopBeat = func() error { return nil }

// up deploys the estate, gives it data and starts its heartbeat, once.
var up = sync.OnceValue(func() error {
	ctx := context.Background()
	here, err := filepath.Abs("../../stacks")
	if err != nil {
		return err
	}
	file := promises.Path(here, estate)
	r, err := rehearsal.Start(ctx, rehearsal.Options{Estate: estate, StackFile: file, Root: root, Data: true})
	if err != nil {
		return err
	}
	field = &exercise.Exercise{Rehearsal: r, Root: root, Estate: estate, Stacks: here, State: filepath.Join(root, "state")}
	if _, err := r.Up(ctx, stacks.Program); err != nil {
		return err
	}
	if _, _, err := field.Seed(ctx, exercise.Data{Entries: 10_000, Documents: 20, Sealed: 5}); err != nil {
		return err
	}
	if stopBeat, err = field.Beat(ctx, beat); err != nil {
		return err
	}
	declared, err := promises.Load(file)
	if err != nil {
		return err
	}
	_, err = field.Age(ctx, declared.Params("backup.retention").Duration("for"))
	return err
})

// deployed is the estate, with a folder of the test's own for runs and evidence.
func deployed(t *testing.T) *exercise.Exercise {
	t.Helper()
	if err := up(); err != nil {
		t.Fatal(err)
	}
	own := *field
	own.State = t.TempDir()
	return &own
}

// ended is how a run of the program came out.
type ended struct {
	status int
	result *drill.Result // nil without one
	said   string
}

// run runs a drill to its end, as who runs it.
func run(t *testing.T, e *exercise.Exercise, args ...string) ended {
	t.Helper()
	return runAs(t, e, e.Runner(args[0]), args...)
}

func runAs(t *testing.T, e *exercise.Exercise, identity string, args ...string) ended {
	t.Helper()
	out, err := e.Runbook(t.Context(), identity, append([]string{"run"}, append(args, "--json")...)...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	got := ended{}
	if err != nil {
		got.status, got.said = exit.ExitCode(), err.Error()
	}
	if len(out) > 0 {
		got.result = &drill.Result{}
		if err := json.Unmarshal(out, got.result); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
	}
	return got
}

// nothingLeft sees that nothing carries the marker of any run.
func nothingLeft(t *testing.T, e *exercise.Exercise) {
	t.Helper()
	leftOf(t, e, "")
}

// leftOf sees that nothing carries a marker, or any where it is empty.
func leftOf(t *testing.T, e *exercise.Exercise, of string) {
	t.Helper()
	for _, id := range e.Rehearsal.Resources() {
		tags, _ := e.Rehearsal.Azure.Body(id)["tags"].(map[string]any)
		if marker, _ := tags[drill.MarkerTag].(string); marker != "" && (of == "" || marker == of) {
			t.Errorf("%v has left %s", marker, id)
		}
	}
}

// verified sees that the evidence is whole.
func verified(t *testing.T, e *exercise.Exercise) {
	t.Helper()
	if out, err := e.Runbook(t.Context(), "", "verify", "--rehearsal", "--key", filepath.Join(e.State, "keys")); err != nil {
		t.Errorf("the evidence: %v\n%s", err, out)
	}
}

// production is a connection to the estate's database, as its administrator.
func production(t *testing.T, e *exercise.Exercise) *pgx.Conn {
	t.Helper()
	azureOf := e.Rehearsal.Azure
	i := slices.IndexFunc(e.Rehearsal.Resources(), func(id string) bool {
		return strings.EqualFold(azure.TypeOf(id), "Microsoft.DBforPostgreSQL/flexibleServers/administrators") && !strings.Contains(id, "tillit-")
	})
	if i < 0 {
		t.Fatal("the estate has no database")
	}
	id := e.Rehearsal.Resources()[i]
	server, _, _ := strings.Cut(id, "/administrators/")
	login, _ := azureOf.Body(id)["properties"].(map[string]any)["principalName"].(string)
	host, _ := azureOf.Body(server)["properties"].(map[string]any)["fullyQualifiedDomainName"].(string)
	config, err := pgx.ParseConfig((&url.URL{Scheme: "postgres", Host: host, Path: "/main", User: url.User(login)}).String())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(azureOf.CA())
	config.Password, config.TLSConfig = azureOf.Password(), &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	db, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}
