package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armcore "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// RehearsalHeader is the header by which an endpoint calls itself a rehearsal.
// Its value ends in NoData where nothing stands behind a resource's name.
const (
	RehearsalHeader = "X-Tillit-Rehearsal"
	NoData          = "; no data behind it"
)

const (
	subscriptionVariable = "AZURE_SUBSCRIPTION_ID"
	endpointVariable     = "AZURE_RESOURCE_MANAGER_ENDPOINT"

	publicEndpoint = "https://management.azure.com"
	audience       = "https://management.azure.com"
	blobScope      = "https://storage.azure.com/.default"
	// databaseScope is what Azure Database for PostgreSQL takes as a password's
	// audience. Source: MicrosoftDocs/azure-databases-docs,
	// articles/postgresql/security/security-entra-configure.md.
	databaseScope = "https://ossrdbms-aad.database.windows.net/.default"

	subscriptionVersion = "2022-12-01"
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
	// reason, such as a throttled request. It may be called from several
	// goroutines.
	Waiting func(reason string, wait time.Duration)
	// Through, when set, is put between the clients and the network: a test sees
	// there what is asked.
	Through func(http.RoundTripper) http.RoundTripper
}

// FromEnvironment reads the options from the variables that are named in
// Options. What Connect would refuse is an error here already.
func FromEnvironment() (Options, error) {
	o := Options{Subscription: os.Getenv(subscriptionVariable), Endpoint: os.Getenv(endpointVariable)}
	if o.Subscription == "" {
		return Options{}, fmt.Errorf("%s is not set: set it to the id of the estate's subscription (az account show --query id -o tsv)", subscriptionVariable)
	}
	_, err := o.place()
	return o, err
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// place judges the subscription and the endpoint, and says where Azure is.
func (o Options) place() (azcloud.Configuration, error) {
	if !uuid.MatchString(o.Subscription) {
		return azcloud.Configuration{}, fmt.Errorf("%q is no subscription id: %s must be one, such as 00000000-0000-4000-8000-000000000001", o.Subscription, subscriptionVariable)
	}
	endpoint := strings.TrimRight(o.Endpoint, "/")
	if endpoint == "" {
		endpoint = publicEndpoint
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Scheme != "https" || at.Hostname() == "" || at.User != nil || at.Path != "" || at.RawQuery != "" || at.Fragment != "" {
		return azcloud.Configuration{}, fmt.Errorf("%q is no address of Azure's Resource Manager: %s must be https:// and a host, with a port where needed, such as %s", o.Endpoint, endpointVariable, publicEndpoint)
	}
	for _, known := range []azcloud.Configuration{azcloud.AzurePublic, azcloud.AzureGovernment, azcloud.AzureChina} {
		if strings.EqualFold(strings.TrimRight(known.Services[azcloud.ResourceManager].Endpoint, "/"), endpoint) {
			return known, nil
		}
	}
	return azcloud.Configuration{
		ActiveDirectoryAuthorityHost: azcloud.AzurePublic.ActiveDirectoryAuthorityHost,
		Services: map[azcloud.ServiceName]azcloud.ServiceConfiguration{
			azcloud.ResourceManager: {Endpoint: endpoint, Audience: audience},
		},
	}, nil
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

	manager *transport // to the Resource Manager
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
	where, err := o.place()
	if err != nil {
		return nil, err
	}
	credential := o.Credential
	if credential == nil {
		if credential, err = chain(azcore.ClientOptions{Cloud: where}); err != nil {
			return nil, err
		}
	}
	manager := where.Services[azcloud.ResourceManager]
	host, err := url.Parse(manager.Endpoint)
	if err != nil {
		return nil, err
	}
	base := newBase()
	if o.Through != nil {
		base = o.Through(base)
	}
	c := &Cloud{
		Subscription: o.Subscription,
		manager:      newTransport(base, newTokens(credential), manager.Audience+"/.default", host.Host, managerLimits, o.Waiting),
	}
	options := &armcore.ClientOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud:     where,
			Retry:     policy.RetryOptions{MaxRetries: -1}, // the transport's
			Telemetry: policy.TelemetryOptions{ApplicationID: "tillit"},
			Transport: c.manager,

			PerCallPolicies: []policy.Policy{because{}},
		},
		// A drill's identity may not register providers; what built the estate has.
		DisableRPRegistration: true,
	}
	if err := c.clients(options); err != nil {
		return nil, err
	}
	if err := c.look(ctx, manager.Endpoint, options); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Cloud) clients(o *armcore.ClientOptions) error {
	var errs [5]error
	c.Postgres, errs[0] = pg.NewClientFactory(c.Subscription, c.manager.tokens, o)
	c.SQL, errs[1] = armsql.NewClientFactory(c.Subscription, c.manager.tokens, o)
	c.Storage, errs[2] = armstorage.NewClientFactory(c.Subscription, c.manager.tokens, o)
	c.Protection, errs[3] = armdataprotection.NewClientFactory(c.Subscription, c.manager.tokens, o)
	c.Resources, errs[4] = armresources.NewClientFactory(c.Subscription, c.manager.tokens, o)
	return errors.Join(errs[:]...)
}

// look reads the subscription. Whoever may work in a few of its groups only may
// not read it, and is let in all the same.
func (c *Cloud) look(ctx context.Context, endpoint string, o *armcore.ClientOptions) error {
	client, err := armcore.NewClient("tillit", "v1.0.0", c.manager.tokens, o)
	if err != nil {
		return err
	}
	request, err := runtime.NewRequest(ctx, http.MethodGet, runtime.JoinPaths(endpoint, "subscriptions", c.Subscription))
	if err != nil {
		return err
	}
	request.Raw().URL.RawQuery = url.Values{"api-version": {subscriptionVersion}}.Encode()
	response, err := client.Pipeline().Do(request)
	if err == nil && !runtime.HasStatusCode(response, http.StatusOK, http.StatusForbidden) {
		err = runtime.NewResponseError(response)
	}
	if err != nil {
		return fmt.Errorf("connect to the subscription %s: %w", c.Subscription, Explain(err))
	}
	c.Rehearsal = response.Header.Get(RehearsalHeader) != ""
	return nil
}

// Credential signs in other clients of the SDK, such as a key vault's.
func (c *Cloud) Credential() azcore.TokenCredential { return c.manager.tokens }

// Blobs is the blob service at an account's endpoint, such as its
// primaryEndpoints.blob.
func (c *Cloud) Blobs(endpoint string) (*service.Client, error) {
	at, err := url.Parse(endpoint)
	if err != nil || at.Scheme != "https" || at.Hostname() == "" {
		return nil, fmt.Errorf("%q is no endpoint of blobs: it must be an https address", endpoint)
	}
	return service.NewClient(endpoint, c.manager.tokens, &service.ClientOptions{ClientOptions: azcore.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{ApplicationID: "tillit"},
		Transport: newTransport(c.manager.base, c.manager.tokens, blobScope, at.Host, blobLimits, c.manager.waiting),

		PerCallPolicies: []policy.Policy{because{}},
	}})
}
