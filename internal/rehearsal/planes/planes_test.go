package planes_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/jackc/pgx/v5"

	ids "github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

var azure *planes.Azure

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &azure)) }

const group = "/subscriptions/" + ids.Subscription + "/resourceGroups/rg"

func to[T any](v T) *T { return &v }

func done[T any](t *testing.T, p *runtime.Poller[T], err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.PollUntilDone(context.Background(), &runtime.PollUntilDoneOptions{Frequency: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// With nothing but its environment a process works on all of it: the Resource
// Manager, blobs and a database.
func TestTheEnvironmentIsEnough(t *testing.T) {
	ctx := context.Background()
	administrator, options := rehearsaltest.SDK(azure)
	resources, err := armresources.NewClientFactory(ids.Subscription, administrator, options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := resources.NewResourceGroupsClient().CreateOrUpdate(ctx, "rg", armresources.ResourceGroup{Location: to("westeurope")}, nil); err != nil {
		t.Fatal(err)
	}
	identity := group + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-drills"
	put := func(id, version string, resource armresources.GenericResource) {
		t.Helper()
		resource.Location = to("westeurope")
		p, err := resources.NewClient().BeginCreateOrUpdateByID(ctx, id, version, resource, nil)
		done(t, p, err)
	}
	put(identity, "2023-01-31", armresources.GenericResource{})
	server := group + "/providers/Microsoft.DBforPostgreSQL/flexibleServers/ledger"
	put(server, "2024-08-01", armresources.GenericResource{Properties: map[string]any{"createMode": "Create"}})
	put(server+"/administrators/"+ids.Tenant, "2024-08-01", armresources.GenericResource{Properties: map[string]any{"principalName": "id-drills"}})
	put(group+"/providers/Microsoft.Storage/storageAccounts/documents", "2024-01-01", armresources.GenericResource{})

	environment := map[string]string{}
	for _, entry := range azure.Environment(identity) {
		name, value, _ := strings.Cut(entry, "=")
		environment[name] = value
		t.Setenv(name, value)
	}
	for _, name := range []string{"AZURE_SUBSCRIPTION_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_RESOURCE_MANAGER_ENDPOINT", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "SSL_CERT_FILE"} {
		if environment[name] == "" {
			t.Errorf("%s is not set", name)
		}
	}
	pem, err := os.ReadFile(environment["SSL_CERT_FILE"])
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("the authority: %v", err)
	}
	credential, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
		ID: azidentity.ClientID(environment["AZURE_CLIENT_ID"]), ClientOptions: policy.ClientOptions{Transport: rehearsaltest.Client(azure)},
	})
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := armstorage.NewAccountsClient(environment["AZURE_SUBSCRIPTION_ID"], credential, options)
	if err != nil {
		t.Fatal(err)
	}
	account, err := accounts.GetProperties(ctx, "rg", "documents", nil)
	if err != nil {
		t.Fatal(err)
	}
	password, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://ossrdbms-aad.database.windows.net/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(fmt.Sprintf("host=localhost port=%s user=id-drills dbname=postgres sslmode=require", azure.Hosts.Server("ledger").Port))
	if err != nil {
		t.Fatal(err)
	}
	config.Password, config.TLSConfig = password.Token, &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	database, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	if err := database.Close(ctx); err != nil {
		t.Error(err)
	}

	blobs := func(credential azcore.TokenCredential) *azblob.Client {
		c, err := azblob.NewClient(*account.Properties.PrimaryEndpoints.Blob, credential, &azblob.ClientOptions{ClientOptions: policy.ClientOptions{
			Transport: rehearsaltest.Client(azure), Retry: policy.RetryOptions{MaxRetries: -1},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	signedIn := blobs(credential)
	if _, err := signedIn.CreateContainer(ctx, "received", nil); err != nil {
		t.Fatal(err)
	}
	azure.Inject(arm.Fault{Service: arm.BlobService, Path: "/documents/", ExpireTokens: true, Times: 1})
	if _, err := signedIn.UploadBuffer(ctx, "received", "a", []byte("content"), nil); !bloberror.HasCode(err, "InvalidAuthenticationInfo") {
		t.Errorf("an expired token: %v", err)
	}
	if _, err := accounts.GetProperties(ctx, "rg", "documents", nil); err == nil || !strings.Contains(err.Error(), "ExpiredAuthenticationToken") {
		t.Errorf("it has expired at the Resource Manager too: %v", err)
	}
	if _, err := blobs(administrator).UploadBuffer(ctx, "received", "a", []byte("content"), nil); err != nil {
		t.Errorf("the static token: %v", err)
	}
}

// Without data nothing but a control plane is started, and nothing is needed.
func TestWithoutDataNothingIsNeeded(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	a, err := planes.Start(t.Context(), planes.Options{Root: t.TempDir(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if a.Hosts != nil || a.Blobs != nil || a.Store != nil || a.Vaults != nil {
		t.Error("there are data planes")
	}
	a.Release()
	for range 2 {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := planes.Start(t.Context(), planes.Options{Root: t.TempDir(), Dir: t.TempDir(), Data: true}); err == nil || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("without the emulator: %v", err)
	}
}
