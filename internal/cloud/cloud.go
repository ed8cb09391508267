package cloud

import (
	"context"
	"errors"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/tillit-dev/tillit/internal/drill"
)

// Options say where Azure is and who we are.
type Options struct {
	Subscription string // id; from AZURE_SUBSCRIPTION_ID
	// Endpoint is the Resource Manager's address, https only; Azure's public cloud
	// when empty. From AZURE_RESOURCE_MANAGER_ENDPOINT.
	Endpoint string
	// Credential signs in; nil looks for workload identity, managed identity and
	// Azure CLI, in this order.
	Credential azcore.TokenCredential
	// Waiting, when set, is told of each wait of two seconds or more and its
	// reason, such as a throttled request.
	Waiting func(reason string, wait time.Duration)
}

// Cloud is a subscription that one is signed in to. Its methods may be called
// from several goroutines.
type Cloud struct {
	Subscription string
	// Rehearsal says that the endpoint has called itself a rehearsal.
	Rehearsal bool

	Postgres   *pg.ClientFactory
	SQL        *armsql.ClientFactory
	Storage    *armstorage.ClientFactory
	Protection *armdataprotection.ClientFactory
	Resources  *armresources.ClientFactory
}

// Identity is who a token was issued to.
type Identity struct {
	ObjectID string // in Entra
	Tenant   string
	Login    string // the name of the managed identity, or a person's user principal name
}

// Errors that callers tell apart with errors.Is. Explain makes them out of what
// the SDK returns.
var (
	ErrCredentials = errors.New("not signed in to Azure")
	ErrForbidden   = errors.New("no permission")
	ErrNotFound    = errors.New("there is no such resource")
)

// Connect signs in and asks the subscription for itself, so that a wrong
// endpoint, subscription or identity shows at once.
func Connect(ctx context.Context, o Options) (*Cloud, error) {
	return nil, errors.New("cloud: not connected")
}

// Who tells the identity that the process is signed in as, read from its token.
func (c *Cloud) Who(ctx context.Context) (Identity, error) { return Identity{}, ErrCredentials }

// DatabaseToken is the password with which Who signs in to PostgreSQL. It lives
// for an hour or less: ask again for each connection.
func (c *Cloud) DatabaseToken(ctx context.Context) (string, error) { return "", ErrCredentials }

// Blobs is the blob service at an account's endpoint, such as its
// primaryEndpoints.blob.
func (c *Cloud) Blobs(endpoint string) (*service.Client, error) { return nil, ErrCredentials }

// Target is the cloud for a drill's clean-up: what carries the marker in one
// resource group.
func (c *Cloud) Target(group string) drill.Target { return nil }

// Done waits for an operation's end, as often as Azure asks.
func Done[T any](ctx context.Context, poller *runtime.Poller[T], err error) (T, error) {
	var zero T
	return zero, err
}

// Explain puts an error of the SDK into words: what was asked of which resource,
// what Azure said, and what to do, such as which role is missing. It wraps the
// error and, where one fits, an error of this package.
func Explain(err error) error { return err }
