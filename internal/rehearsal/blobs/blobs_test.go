package blobs_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	ids "github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

var azure *planes.Azure

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &azure)) }

func to[T any](v T) *T { return &v }

// factory makes the SDK's clients of storage accounts, and the group that they
// are in.
func factory(t *testing.T) *armstorage.ClientFactory {
	t.Helper()
	credential, options := rehearsaltest.SDK(azure)
	groups, err := armresources.NewResourceGroupsClient(ids.Subscription, credential, options)
	must(t, err)
	_, err = groups.CreateOrUpdate(context.Background(), "rg", armresources.ResourceGroup{Location: to("westeurope")}, nil)
	must(t, err)
	f, err := armstorage.NewClientFactory(ids.Subscription, credential, options)
	must(t, err)
	return f
}

func id(account string) string {
	return "/subscriptions/" + ids.Subscription + "/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/" + account
}

// open makes an account with a container and signs in to it as a user does.
func open(t *testing.T, account, container string, properties ...*armstorage.AccountPropertiesCreateParameters) *azblob.Client {
	t.Helper()
	ctx, f := context.Background(), factory(t)
	parameters := armstorage.AccountCreateParameters{
		Location: to("westeurope"), Kind: to(armstorage.KindStorageV2), SKU: &armstorage.SKU{Name: to(armstorage.SKUNameStandardGZRS)},
	}
	if len(properties) > 0 {
		parameters.Properties = properties[0]
	}
	made, err := f.NewAccountsClient().BeginCreate(ctx, "rg", account, parameters, nil)
	must(t, err)
	got, err := made.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: 10 * time.Millisecond})
	must(t, err)
	_, err = f.NewBlobContainersClient().Create(ctx, "rg", account, container, armstorage.BlobContainer{}, nil)
	must(t, err)
	credential, _ := rehearsaltest.SDK(azure)
	return client(t, *got.Properties.PrimaryEndpoints.Blob, credential)
}

// service sets the properties of an account's blobs.
func service(t *testing.T, account string, properties armstorage.BlobServicePropertiesProperties) {
	t.Helper()
	_, err := factory(t).NewBlobServicesClient().SetServiceProperties(context.Background(), "rg", account, armstorage.BlobServiceProperties{BlobServiceProperties: &properties}, nil)
	must(t, err)
}

func client(t *testing.T, endpoint string, credential azcore.TokenCredential) *azblob.Client {
	t.Helper()
	c, err := azblob.NewClient(endpoint, credential, &azblob.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: rehearsaltest.Client(azure), Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	must(t, err)
	return c
}

func write(c *azblob.Client, container, blob, content string) error {
	_, err := c.UploadBuffer(context.Background(), container, blob, []byte(content), nil)
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read returns a blob's content, or "-" when there is none.
func read(t *testing.T, c *azblob.Client, container, blob string) string {
	t.Helper()
	buffer := make([]byte, 1024)
	n, err := c.DownloadBuffer(context.Background(), container, blob, buffer, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return "-"
	}
	must(t, err)
	return string(buffer[:n])
}

// What an account has shows through the SDK, whether it was put or not.
func TestWhatAnAccountHas(t *testing.T) {
	ctx := context.Background()
	open(t, "parts", "first")
	f := factory(t)
	before, err := f.NewBlobServicesClient().GetServiceProperties(ctx, "rg", "parts", nil)
	must(t, err)
	if *before.Name != "default" || *before.BlobServiceProperties.BlobServiceProperties.IsVersioningEnabled {
		t.Errorf("unset, its blob service is %+v", before)
	}
	service(t, "parts", restorable)
	after, err := f.NewBlobServicesClient().GetServiceProperties(ctx, "rg", "parts", nil)
	must(t, err)
	if p := after.BlobServiceProperties.BlobServiceProperties; !*p.IsVersioningEnabled || *p.RestorePolicy.Days != 7 {
		t.Errorf("its blob service is %+v", p)
	}
	_, err = f.NewBlobContainersClient().Create(ctx, "rg", "parts", "second", armstorage.BlobContainer{}, nil)
	must(t, err)
	var names []string
	for pager := f.NewBlobContainersClient().NewListPager("rg", "parts", nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		must(t, err)
		for _, c := range page.Value {
			names = append(names, *c.Name)
		}
	}
	if len(names) != 2 || names[0] != "first" {
		t.Errorf("its containers are %v", names)
	}
	_, err = f.NewBlobContainersClient().Delete(ctx, "rg", "parts", "second", nil)
	must(t, err)
	updated, err := f.NewAccountsClient().Update(ctx, "rg", "parts", armstorage.AccountUpdateParameters{Tags: map[string]*string{"a": to("b")}}, nil)
	must(t, err)
	if updated.Tags["a"] == nil || *updated.Kind != armstorage.KindStorageV2 {
		t.Errorf("with a tag it is %+v", updated.Account)
	}
}

// restorable is what point-in-time restore needs.
var restorable = armstorage.BlobServicePropertiesProperties{
	RestorePolicy:         &armstorage.RestorePolicyProperties{Enabled: to(true), Days: to[int32](7)},
	IsVersioningEnabled:   to(true),
	ChangeFeed:            &armstorage.ChangeFeed{Enabled: to(true)},
	DeleteRetentionPolicy: &armstorage.DeleteRetentionPolicy{Enabled: to(true), Days: to[int32](14)},
}

// restore puts ranges of an account's blobs back through the SDK.
func restore(t *testing.T, account string, point time.Time, ranges ...*armstorage.BlobRestoreRange) (armstorage.BlobRestoreStatus, error) {
	t.Helper()
	ctx := context.Background()
	p, err := factory(t).NewAccountsClient().BeginRestoreBlobRanges(ctx, "rg", account, armstorage.BlobRestoreParameters{TimeToRestore: &point, BlobRanges: ranges}, nil)
	if err != nil {
		return armstorage.BlobRestoreStatus{}, err
	}
	got, err := p.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: 10 * time.Millisecond})
	return got.BlobRestoreStatus, err
}

func between(start, end string) *armstorage.BlobRestoreRange {
	return &armstorage.BlobRestoreRange{StartRange: to(start), EndRange: to(end)}
}

func TestPointInTimeRestore(t *testing.T) {
	c := open(t, "documents", "received")
	service(t, "documents", restorable)
	must(t, write(c, "received", "kept", "one"))
	must(t, write(c, "received", "changed", "before"))
	must(t, write(c, "received", "deleted", "here"))
	must(t, write(c, "received", "sub/elsewhere", "before"))
	point := clock.Now()
	must(t, write(c, "received", "changed", "after"))
	must(t, write(c, "received", "new", "late"))
	must(t, write(c, "received", "sub/elsewhere", "after"))
	_, err := c.DeleteBlob(context.Background(), "received", "deleted", nil)
	must(t, err)

	status, err := restore(t, "documents", point, between("received/", "received/sub"))
	must(t, err)
	if *status.Status != armstorage.BlobRestoreProgressStatusComplete || *status.RestoreID == "" || len(status.Parameters.BlobRanges) != 1 {
		t.Errorf("the restore is %+v", status)
	}
	accounts := factory(t).NewAccountsClient()
	got, err := accounts.GetProperties(context.Background(), "rg", "documents", &armstorage.AccountsClientGetPropertiesOptions{Expand: to(armstorage.StorageAccountExpandBlobRestoreStatus)})
	must(t, err)
	if s := got.Properties.BlobRestoreStatus; s == nil || *s.Status != armstorage.BlobRestoreProgressStatusComplete {
		t.Errorf("the account says %+v", s)
	}
	if got, err := accounts.GetProperties(context.Background(), "rg", "documents", nil); err != nil || got.Properties.BlobRestoreStatus != nil {
		t.Errorf("unasked, the account says %+v, %v", got.Properties.BlobRestoreStatus, err)
	}
	for blob, want := range map[string]string{"kept": "one", "changed": "before", "deleted": "here", "new": "-", "sub/elsewhere": "after"} {
		if got := read(t, c, "received", blob); got != want {
			t.Errorf("%s is %q, want %q", blob, got, want)
		}
	}
	t.Run("a restore is undone by another", func(t *testing.T) {
		if _, err := restore(t, "documents", clock.Now(), between("", "")); err != nil {
			t.Fatal(err)
		}
		must(t, write(c, "received", "changed", "again"))
		if got := read(t, c, "received", "changed"); got != "again" {
			t.Errorf("got %q", got)
		}
	})
	for name, point := range map[string]time.Time{"too early": clock.Now().AddDate(0, 0, -8), "in the future": clock.Now().Add(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			if _, err := restore(t, "documents", point, between("", "")); err == nil {
				t.Error("restored")
			}
		})
	}
	if _, err := restore(t, "nobody", point, between("", "")); err == nil {
		t.Error("an account that is not there was restored")
	}
}

func TestLockedBlobsStay(t *testing.T) {
	ctx := context.Background()
	for _, where := range []string{"container", "account"} {
		t.Run(where, func(t *testing.T) {
			name := "archive" + where
			var properties *armstorage.AccountPropertiesCreateParameters
			if where == "account" {
				properties = &armstorage.AccountPropertiesCreateParameters{ImmutableStorageWithVersioning: &armstorage.ImmutableStorageAccount{
					Enabled: to(true), ImmutabilityPolicy: &armstorage.AccountImmutabilityPolicyProperties{
						State: to(armstorage.AccountImmutabilityPolicyStateLocked), ImmutabilityPeriodSinceCreationInDays: to[int32](365), AllowProtectedAppendWrites: to(true),
					},
				}}
			}
			c := open(t, name, "sealed", properties)
			containers := factory(t).NewBlobContainersClient()
			if where == "container" {
				must(t, write(c, "sealed", "before", "open"))
				made, err := containers.CreateOrUpdateImmutabilityPolicy(ctx, "rg", name, "sealed", &armstorage.BlobContainersClientCreateOrUpdateImmutabilityPolicyOptions{
					Parameters: &armstorage.ImmutabilityPolicy{Properties: &armstorage.ImmutabilityPolicyProperty{ImmutabilityPeriodSinceCreationInDays: to[int32](365), AllowProtectedAppendWrites: to(true)}},
				})
				must(t, err)
				_, err = containers.LockImmutabilityPolicy(ctx, "rg", name, "sealed", *made.Etag, nil)
				must(t, err)
			}
			must(t, write(c, "sealed", "contract", "as signed"))
			if err := write(c, "sealed", "contract", "forged"); !bloberror.HasCode(err, "BlobImmutableDueToPolicy") {
				t.Errorf("overwrite: %v", err)
			}
			if _, err := c.DeleteBlob(ctx, "sealed", "contract", nil); !bloberror.HasCode(err, "BlobImmutableDueToPolicy") {
				t.Errorf("delete: %v", err)
			}
			blob := c.ServiceClient().NewContainerClient("sealed").NewBlobClient("contract")
			if _, err := blob.SetMetadata(ctx, map[string]*string{"a": new(string)}, nil); err == nil {
				t.Error("metadata was changed")
			}
			if _, err := blob.DeleteImmutabilityPolicy(ctx, nil); !bloberror.HasCode(err, bloberror.ImmutabilityPolicyDeleteOnLockedPolicy) {
				t.Errorf("delete the blob's own policy: %v", err)
			}
			if _, err := blob.SetImmutabilityPolicy(ctx, clock.Now(), nil); !bloberror.HasCode(err, bloberror.BlobImmutableDueToPolicy) {
				t.Errorf("shorten the blob's own policy: %v", err)
			}
			if _, err := c.DeleteContainer(ctx, "sealed", nil); !bloberror.HasCode(err, "ContainerImmutableDueToPolicy") {
				t.Errorf("delete the container: %v", err)
			}
			if _, err := containers.Delete(ctx, "rg", name, "sealed", nil); err == nil {
				t.Error("the Resource Manager deletes the container")
			}
			if got := read(t, c, "sealed", "contract"); got != "as signed" {
				t.Errorf("the contract says %q", got)
			}
			log := c.ServiceClient().NewContainerClient("sealed").NewAppendBlobClient("log")
			_, err := log.Create(ctx, nil)
			must(t, err)
			_, err = log.AppendBlock(ctx, streaming.NopCloser(strings.NewReader("a line")), nil)
			must(t, err)
			if _, err := log.Delete(ctx, nil); err == nil {
				t.Error("a log was deleted")
			}
		})
	}
}

func TestReplication(t *testing.T) {
	from, copied := open(t, "source", "issued"), open(t, "replica", "issued")
	_, err := factory(t).NewObjectReplicationPoliciesClient().CreateOrUpdate(context.Background(), "rg", "source", "default", armstorage.ObjectReplicationPolicy{
		Properties: &armstorage.ObjectReplicationPolicyProperties{
			SourceAccount: to(id("source")), DestinationAccount: to(id("replica")),
			Rules: []*armstorage.ObjectReplicationPolicyRule{{SourceContainer: to("issued"), DestinationContainer: to("issued")}},
		},
	}, nil)
	must(t, err)
	must(t, write(from, "issued", "a", "content"))
	for range 200 {
		if read(t, copied, "issued", "a") == "content" {
			return
		}
		<-time.After(25 * time.Millisecond)
	}
	t.Error("not copied within five seconds")
}

func TestWhoComesIn(t *testing.T) {
	c := open(t, "shut", "private")
	must(t, write(c, "private", "a", "content"))
	wrong := client(t, azure.Blobs.Endpoint("shut"), another{})
	if _, err := wrong.DownloadBuffer(context.Background(), "private", "a", make([]byte, 10), nil); err == nil {
		t.Error("another token comes in")
	}
	answer, err := rehearsaltest.Client(azure).Get(azure.Blobs.Endpoint("shut") + "private/a")
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("X-Tillit-Rehearsal") == "" {
		t.Errorf("without a token: %s, %v", answer.Status, answer.Header)
	}
	credential, _ := rehearsaltest.SDK(azure)
	nobody := client(t, azure.Blobs.Endpoint("nobody"), credential)
	if err := write(nobody, "private", "a", ""); err == nil || !strings.Contains(err.Error(), "ResourceNotFound") {
		t.Errorf("an account that is not there: %v", err)
	}
	_, err = factory(t).NewAccountsClient().Delete(context.Background(), "rg", "shut", nil)
	must(t, err)
	if err := write(c, "private", "a", ""); err == nil {
		t.Error("an account that was deleted takes writes")
	}
}

// another is a credential whose token nobody minted.
type another struct{}

func (another) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "another token", ExpiresOn: clock.Now().Add(time.Hour)}, nil
}

func TestFaults(t *testing.T) {
	ctx := context.Background()
	c := open(t, "faulty", "private")
	must(t, write(c, "private", "a", strings.Repeat("content ", 100)))
	get := func() error {
		_, err := c.DownloadBuffer(ctx, "private", "a", make([]byte, 1024), &azblob.DownloadBufferOptions{RetryReaderOptionsPerBlock: blob.RetryReaderOptions{MaxRetries: 0}})
		return err
	}
	for _, fault := range []struct {
		name  string
		fault arm.Fault
		want  string
	}{
		{"throttled", arm.Fault{Status: 429, Code: "TooManyRequests", RetryAfter: time.Second}, "TooManyRequests"},
		{"busy", arm.Fault{Status: 503, Code: "ServerBusy"}, "ServerBusy"},
		{"reset", arm.Fault{}, ""},
		{"truncated", arm.Fault{Truncate: true}, ""},
		{"expired", arm.Fault{ExpireTokens: true}, "-"}, // the static token never does
	} {
		t.Run(fault.name, func(t *testing.T) {
			fault.fault.Service, fault.fault.Path, fault.fault.Times = arm.BlobService, "/faulty/", 100
			azure.Inject(fault.fault)
			err := get()
			azure.ClearFaults()
			switch {
			case fault.want == "-" && err != nil:
				t.Errorf("got %v", err)
			case fault.want != "-" && (err == nil || !strings.Contains(err.Error(), fault.want)):
				t.Errorf("got %v", err)
			}
			must(t, get())
		})
	}
	t.Run("slow", func(t *testing.T) {
		azure.Inject(arm.Fault{Service: arm.BlobService, Path: "/faulty/", Slow: time.Hour, Times: 1})
		defer azure.ClearFaults()
		ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if _, err := c.DownloadBuffer(ctx, "private", "a", make([]byte, 1024), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
