package vault_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	sdkarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/blobs"
	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/internal/rehearsal/vault"
)

// The whole package shares one rehearsal: the emulator takes seconds to start.
var (
	server *arm.Server
	host   *postgres.Host
	vaults *vault.Vaults
	store  *azurite.Server
	client *http.Client
	later  timeline
)

// timeline is a clock that can be set forward.
type timeline struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (l *timeline) now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return clock.Now().Add(l.ahead)
}

func (l *timeline) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ahead += d
}

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
	dir, err := os.MkdirTemp("", "tillit-vault-")
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
	files, err := a.Write(dir)
	if err != nil {
		return 0, err
	}
	program, err := azurite.Find(filepath.Join("..", "..", ".."))
	if err != nil {
		return 0, err
	}
	kept := filepath.Join(dir, "blobs")
	if err := os.Mkdir(kept, 0o700); err != nil {
		return 0, err
	}
	if store, err = azurite.Start(ctx, azurite.Options{Program: program, Dir: kept, Accounts: 24, Cert: files.Certificate, Key: files.Key}); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	account, err := store.Take()
	if err != nil {
		return 0, err
	}
	host, err = postgres.New(postgres.Options{
		Dir: filepath.Join(dir, "pg"), Cert: files.Certificate, Key: files.Key, Password: "the rehearsal's token",
		Repository: postgres.Repository{
			Account: account.Name, Key: account.Key, Container: "backups", Port: store.Port(), CA: files.CA, Cipher: "only for this run",
		},
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	front, err := blobs.Start(ctx, blobs.Options{
		Store: store, Authority: a, Now: clock.Now, Faults: &arm.Faults{},
		Admit: func(header string) (func(string, string, bool) bool, error) {
			if header != "Bearer "+token {
				return nil, errors.New("not the token")
			}
			return func(string, string, bool) bool { return true }, nil
		},
		Resource: func(id string) map[string]any { return server.Body(id) },
		Children: func(id string) []map[string]any { return server.Children(id) },
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, front.Close()) }()
	vaults, err = vault.New(ctx, vault.Options{
		Store: store, Authority: a, Credential: static(token), Servers: host, Now: later.now,
		Resource:  func(id string) map[string]any { return server.Body(id) },
		Resources: func() []string { return server.Resources() },
	})
	if err != nil {
		return 0, err
	}
	defer vaults.Close()
	planes := vaults.Planes()
	for name, plane := range postgres.Planes(host) {
		planes[name] = plane
	}
	planes["Microsoft.Storage/storageAccounts"] = blobs.Accounts{Front: front}
	planes["Microsoft.Storage/storageAccounts/blobServices/containers"] = blobs.Containers{Front: front}
	if server, err = arm.Start(ctx, arm.Options{Authority: a, Duration: time.Millisecond, Planes: planes, Actions: vaults.Actions()}); err != nil {
		return 0, err
	}
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA)
	client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	return m.Run(), nil
}

// token is what the blob front takes.
const token = "the rehearsal's token"

type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}

func options() *sdkarm.ClientOptions {
	return &sdkarm.ClientOptions{DisableRPRegistration: true, ClientOptions: policy.ClientOptions{
		Transport: client, Retry: policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: server.URL(), Audience: "https://management.azure.com"},
		}},
	}}
}

// protection are the typed clients of Backup vaults. What they ask is checked by
// the SDK's fake servers too.
func protection(t *testing.T) *armdataprotection.ClientFactory {
	t.Helper()
	through := options()
	through.Transport = checked{fakes()}
	c, err := armdataprotection.NewClientFactory(azure.Subscription, static(server.Token()), through)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// object is a part of a body.
type object = map[string]any

// put makes a resource and returns its id.
func put(t *testing.T, id, version string, body armresources.GenericResource) string {
	t.Helper()
	ctx := context.Background()
	c, err := armresources.NewClient(azure.Subscription, static(server.Token()), options())
	if err != nil {
		t.Fatal(err)
	}
	poller, err := c.BeginCreateOrUpdateByID(ctx, id, version, body, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(ctx, nil); err != nil {
		t.Fatal(err)
	}
	return id
}

// remove deletes a resource.
func remove(t *testing.T, id, version string) error {
	t.Helper()
	ctx := context.Background()
	c, err := armresources.NewClient(azure.Subscription, static(server.Token()), options())
	if err != nil {
		t.Fatal(err)
	}
	poller, err := c.BeginDeleteByID(ctx, id, version, nil)
	if err != nil {
		return err
	}
	_, err = poller.PollUntilDone(ctx, nil)
	return err
}

// code is what ARM calls an error.
func code(err error) string {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return fmt.Sprint(err)
}

const here = "westeurope"

// group makes a resource group of the test's own.
func group(t *testing.T) string {
	t.Helper()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-"))
	return put(t, "/subscriptions/"+azure.Subscription+"/resourceGroups/"+name, "2022-09-01", armresources.GenericResource{Location: new(here)})
}

// account makes a storage account with containers and signs in to it.
func account(t *testing.T, group, name string, properties object, containers ...string) (string, *azblob.Client) {
	t.Helper()
	id := put(t, group+"/providers/Microsoft.Storage/storageAccounts/"+name, "2024-01-01", armresources.GenericResource{Location: new(here), Properties: properties})
	for _, one := range containers {
		put(t, id+"/blobServices/default/containers/"+one, "2024-01-01", armresources.GenericResource{Properties: object{}})
	}
	endpoint := server.Body(id)["properties"].(object)["primaryEndpoints"].(object)["blob"].(string)
	c, err := azblob.NewClient(endpoint, static(token), &azblob.ClientOptions{ClientOptions: policy.ClientOptions{Transport: client, Retry: policy.RetryOptions{MaxRetries: -1}}})
	if err != nil {
		t.Fatal(err)
	}
	return id, c
}

// protect makes a vault with a policy and puts a source under it. It returns the
// instance once its first copy is there.
func protect(t *testing.T, group, immutability, softDelete, kind, source string, containers ...string) string {
	t.Helper()
	const version = "2024-04-01"
	id := put(t, group+"/providers/Microsoft.DataProtection/backupVaults/vault", version, armresources.GenericResource{Location: new(here), Properties: object{
		"securitySettings": object{"immutabilitySettings": object{"state": immutability}, "softDeleteSettings": object{"state": softDelete, "retentionDurationInDays": 14}},
	}})
	rules := put(t, id+"/backupPolicies/weekly", version, armresources.GenericResource{Properties: object{
		"objectType": "BackupPolicy", "datasourceTypes": []string{kind},
		"policyRules": []object{
			{
				"objectType": "AzureBackupRule", "name": "BackupWeekly", "backupParameters": object{"objectType": "AzureBackupParams", "backupType": "Full"},
				"dataStore": object{"objectType": "DataStoreInfoBase", "dataStoreType": "VaultStore"},
				"trigger": object{
					"objectType": "ScheduleBasedTriggerContext", "schedule": object{"repeatingTimeIntervals": []string{"R/2024-01-07T03:00:00+00:00/P1W"}},
					"taggingCriteria": []object{{"isDefault": true, "tagInfo": object{"tagName": "Default"}, "taggingPriority": 99}},
				},
			},
			retention("Default", "P54W"), retention("Short", "P7D"),
		},
	}})
	parameters := object{"objectType": "BlobBackupDatasourceParameters", "containersList": containers}
	what := object{
		"objectType": "Datasource", "datasourceType": kind, "resourceID": source, "resourceLocation": here,
		"resourceName": source[strings.LastIndex(source, "/")+1:], "resourceType": azure.TypeOf(source), "resourceUri": source,
	}
	instance := put(t, id+"/backupInstances/it", version, armresources.GenericResource{Properties: object{
		"objectType": "BackupInstance", "friendlyName": "it", "dataSourceInfo": what,
		"policyInfo": object{"policyId": rules, "policyParameters": object{"backupDatasourceParametersList": []object{parameters}}},
	}})
	await(t, func() bool { return len(recoveryPoints(t, instance)) == 1 })
	return instance
}

func retention(name, kept string) object {
	return object{"objectType": "AzureRetentionRule", "name": name, "isDefault": name == "Default", "lifecycles": []object{{
		"deleteAfter":     object{"objectType": "AbsoluteDeleteOption", "duration": kept},
		"sourceDataStore": object{"objectType": "DataStoreInfoBase", "dataStoreType": "VaultStore"},
	}}}
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Fatal("what was waited for did not come")
}

// groupOf is the resource group of an id.
func groupOf(id string) string { return strings.Split(id, "/")[4] }

// recoveryPoints lists an instance's, as the typed client reads them.
func recoveryPoints(t *testing.T, instance string) []*armdataprotection.AzureBackupRecoveryPointResource {
	t.Helper()
	var out []*armdataprotection.AzureBackupRecoveryPointResource
	pages := protection(t).NewRecoveryPointsClient().NewListPager(groupOf(instance), "vault", "it", nil)
	for pages.More() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Value...)
	}
	return out
}

func discrete(t *testing.T, r *armdataprotection.AzureBackupRecoveryPointResource) *armdataprotection.AzureBackupDiscreteRecoveryPoint {
	t.Helper()
	p, ok := r.Properties.(*armdataprotection.AzureBackupDiscreteRecoveryPoint)
	if !ok {
		t.Fatalf("a recovery point is a %T", r.Properties)
	}
	return p
}
