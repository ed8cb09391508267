package sqlserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	sdkarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql/fake"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/sqlserver"
)

// ground is a Resource Manager with two servers, and typed clients of it.
type ground struct {
	t      *testing.T
	server *arm.Server
	client *http.Client
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
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(g.server.CA())
	g.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	t.Cleanup(g.client.CloseIdleConnections)
	through := g.options()
	through.Transport = checked{fakes(), g.client}
	if g.sql, err = armsql.NewClientFactory(azure.Subscription, static(g.server.Token()), through); err != nil {
		t.Fatal(err)
	}
	g.put(group, "2022-09-01", armresources.GenericResource{Location: new("westeurope")})
	g.put(west, "2021-11-01", armresources.GenericResource{Location: new("westeurope"), Properties: object{}})
	g.put(north, "2021-11-01", armresources.GenericResource{Location: new("Norway East"), Properties: object{}})
	return g
}

func (g *ground) options() *sdkarm.ClientOptions {
	return &sdkarm.ClientOptions{DisableRPRegistration: true, ClientOptions: policy.ClientOptions{
		Transport: g.client, Retry: policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: g.server.URL(), Audience: "https://management.azure.com"},
		}},
	}}
}

type object = map[string]any

type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}

// put makes a resource that the typed clients are not asked for.
func (g *ground) put(id, version string, body armresources.GenericResource) {
	g.t.Helper()
	c, err := armresources.NewClient(azure.Subscription, static(g.server.Token()), g.options())
	if err != nil {
		g.t.Fatal(err)
	}
	poller, err := c.BeginCreateOrUpdateByID(g.t.Context(), id, version, body, nil)
	if _, err := done(g.t, poller, err); err != nil {
		g.t.Fatal(err)
	}
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
	poller, err := g.sql.NewDatabasesClient().BeginCreateOrUpdate(g.t.Context(), "sql", last(server), name, body, nil)
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
	poller, err := g.sql.NewDatabasesClient().BeginDelete(g.t.Context(), "sql", last(server), name, nil)
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

func last(id string) string { return id[strings.LastIndex(id, "/")+1:] }

// checked sends each request of the typed clients to the SDK's own fake servers
// first, which take only what the service would, and then to the rehearsal, whose
// answers must say that there is no data behind them.
type checked struct {
	fakes *fake.ServerFactoryTransport
	real  *http.Client
}

func (c checked) Do(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/operations/") {
		var body []byte
		if r.Body != nil {
			var err error
			if body, err = io.ReadAll(r.Body); err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		twin := r.Clone(r.Context())
		twin.Body = io.NopCloser(bytes.NewReader(body))
		answer, err := c.fakes.Do(twin)
		if err != nil {
			return nil, fmt.Errorf("the fake server of the SDK: %w", err)
		}
		if answer.StatusCode >= http.StatusBadRequest {
			return nil, fmt.Errorf("the fake server of the SDK answers %s to %s %s", answer.Status, r.Method, r.URL.Path)
		}
	}
	answer, err := c.real.Do(r)
	if err == nil && answer.StatusCode < 400 && !strings.HasSuffix(answer.Header.Get(arm.Header), arm.NoData) {
		return nil, fmt.Errorf("%s %s: the answer does not say that there is no data behind it", r.Method, r.URL.Path)
	}
	return answer, err
}
