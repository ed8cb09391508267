package rehearsaltest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
)

// Client is a client that trusts an Azure's authority and nobody else.
func Client(a *planes.Azure) *http.Client { return client(a.Server) }

func client(a *arm.Server) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(a)}}
}

func trusting(a *arm.Server) *tls.Config {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA())
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// Meddled is Client with something in between: what change answers to a request is
// the answer, and where it is nil the request goes on.
func Meddled(a *planes.Azure, change func(*http.Request) *http.Response) *http.Client {
	c := Client(a)
	c.Transport = meddled{c.Transport, change}
	return c
}

type meddled struct {
	base   http.RoundTripper
	change func(*http.Request) *http.Response
}

func (m meddled) RoundTrip(r *http.Request) (*http.Response, error) {
	if answer := m.change(r); answer != nil {
		return answer, nil
	}
	return m.base.RoundTrip(r)
}

// SignIn signs in to a database over TLS, with the password that stands for every
// principal's token.
func SignIn(t testing.TB, a *planes.Azure, server *postgres.Server, user, database string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig("host=localhost port=" + server.Port + " sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	config.User, config.Database, config.Password = user, database, a.Password()
	config.TLSConfig = trusting(a.Server)
	config.TLSConfig.ServerName = "localhost"
	c, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// Container makes a container in an account of the emulator itself, which no
// resource stands for.
func Container(t testing.TB, a *planes.Azure, account azurite.Account, name string) *container.Client {
	t.Helper()
	key, err := container.NewSharedKeyCredential(account.Name, account.Key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := container.NewClientWithSharedKeyCredential(fmt.Sprintf("https://localhost:%s/%s/%s", a.Store.Port(), account.Name, name), key,
		&container.ClientOptions{ClientOptions: policy.ClientOptions{Transport: Client(a)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// SDK is what the typed clients of Azure's SDK take to work on an Azure with the
// static token.
func SDK(a *planes.Azure) (azcore.TokenCredential, *armpolicy.ClientOptions) { return Typed(a.Server) }

// Typed is SDK for a Resource Manager by itself.
func Typed(a *arm.Server) (azcore.TokenCredential, *armpolicy.ClientOptions) {
	return Static(a.Token()), &armpolicy.ClientOptions{
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: a.URL(), Audience: "https://management.azure.com"},
			}},
			Transport: client(a),
			Retry:     policy.RetryOptions{MaxRetries: -1},
		},
		DisableRPRegistration: true,
	}
}

// Put makes a resource of any type, and returns its id.
func Put(t testing.TB, a *arm.Server, id, version string, body armresources.GenericResource) string {
	t.Helper()
	poller, err := resources(t, a).BeginCreateOrUpdateByID(context.Background(), id, version, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return id
}

// Remove deletes a resource of any type.
func Remove(t testing.TB, a *arm.Server, id, version string) error {
	t.Helper()
	poller, err := resources(t, a).BeginDeleteByID(context.Background(), id, version, nil)
	if err == nil {
		_, err = poller.PollUntilDone(context.Background(), nil)
	}
	return err
}

func resources(t testing.TB, a *arm.Server) *armresources.Client {
	t.Helper()
	credential, options := Typed(a)
	c, err := armresources.NewClient(azure.Subscription, credential, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Static is a credential that has its token.
type Static string

// GetToken gives it.
func (s Static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}
