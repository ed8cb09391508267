package sqlserver_test

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
	"github.com/tillit-dev/tillit/internal/rehearsal/sqlserver"
)

// ground is a Resource Manager with two servers, and typed clients of it.
type ground struct {
	t      *testing.T
	server *arm.Server
	sql    *armsql.ClientFactory

	mu    sync.Mutex
	ahead time.Duration
}

const (
	group = "/subscriptions/" + azure.Subscription + "/resourceGroups/sql"
	west  = group + "/providers/Microsoft.Sql/servers/west"
	north = group + "/providers/Microsoft.Sql/servers/north"
)

func (g *ground) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return clock.Now().Add(g.ahead)
}

func (g *ground) later(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ahead += d
}

func start(t *testing.T) *ground {
	t.Helper()
	g := &ground{t: t}
	servers := sqlserver.New(sqlserver.Options{Resource: func(id string) map[string]any { return g.server.Body(id) }, Now: g.now})
	var err error
	if g.server, err = arm.Start(t.Context(), arm.Options{Duration: time.Millisecond, Planes: servers.Planes(), Actions: servers.Actions()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.server.Close)
	credential, through := rehearsaltest.Typed(g.server)
	through.Transport = &http.Client{Transport: &rehearsaltest.Wire{On: empty{through.Transport}}}
	if g.sql, err = armsql.NewClientFactory(azure.Subscription, credential, through); err != nil {
		t.Fatal(err)
	}
	g.put(group, "2022-09-01", armresources.GenericResource{Location: new("westeurope")})
	g.put(west, "2021-11-01", armresources.GenericResource{Location: new("westeurope"), Properties: object{}})
	g.put(north, "2021-11-01", armresources.GenericResource{Location: new("Norway East"), Properties: object{}})
	return g
}

type object = map[string]any

// put makes a resource that the typed clients are not asked for.
func (g *ground) put(id, version string, body armresources.GenericResource) {
	g.t.Helper()
	rehearsaltest.Put(g.t, g.server, id, version, body)
}

// done waits for an operation's end.
func done[T any](t *testing.T, poller *runtime.Poller[T], err error) (T, error) {
	t.Helper()
	if err != nil {
		var none T
		return none, err
	}
	return poller.PollUntilDone(t.Context(), nil)
}

// database makes a database, on a server by its id.
func (g *ground) database(server, name string, properties armsql.DatabaseProperties) (*armsql.Database, error) {
	g.t.Helper()
	body := armsql.Database{Location: new("westeurope"), Properties: &properties, Tags: map[string]*string{"tillit-run": new("mark")}}
	poller, err := g.sql.NewDatabasesClient().BeginCreateOrUpdate(g.t.Context(), "sql", path.Base(server), name, body, nil)
	made, err := done(g.t, poller, err)
	return &made.Database, err
}

// must is a database that can be made.
func (g *ground) must(server, name string, properties armsql.DatabaseProperties) *armsql.Database {
	g.t.Helper()
	made, err := g.database(server, name, properties)
	if err != nil {
		g.t.Fatal(err)
	}
	return made
}

func (g *ground) drop(server, name string) error {
	g.t.Helper()
	poller, err := g.sql.NewDatabasesClient().BeginDelete(g.t.Context(), "sql", path.Base(server), name, nil)
	_, err = done(g.t, poller, err)
	return err
}

// all reads a list to its end.
func all[T, V any](t *testing.T, pages *runtime.Pager[T], values func(T) []V) []V {
	t.Helper()
	var out []V
	for pages.More() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, values(page)...)
	}
	return out
}

// code is what the service calls an error.
func code(err error) string {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return fmt.Sprint(err)
}

// empty sends requests on, whose answers must say that there is no data behind
// them.
type empty struct{ on policy.Transporter }

func (e empty) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := e.on.Do(r)
	if err == nil && answer.StatusCode < 400 && !strings.HasSuffix(answer.Header.Get(arm.Header), arm.NoData) {
		return nil, fmt.Errorf("%s %s: the answer does not say that there is no data behind it", r.Method, r.URL.Path)
	}
	return answer, err
}
