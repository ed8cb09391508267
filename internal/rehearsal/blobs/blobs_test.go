package blobs_test

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
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/authority"
	"github.com/tillit-dev/tillit/internal/rehearsal/azurite"
	"github.com/tillit-dev/tillit/internal/rehearsal/blobs"
)

const token = "the rehearsal's token"

// front is one for the whole package: the emulator takes seconds to start. The
// tests have accounts of their own.
var (
	front     *blobs.Front
	transport *http.Client
	resources = map[string]map[string]any{}
	children  = map[string][]map[string]any{}
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
	dir, err := os.MkdirTemp("", "tillit-blobs-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
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
	store, err := azurite.Start(ctx, azurite.Options{Program: program, Dir: dir, Accounts: 12, Cert: files.Certificate, Key: files.Key})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	front, err = blobs.Start(ctx, blobs.Options{
		Store: store, Authority: a, Token: token, Mark: http.Header{"X-Tillit-Rehearsal": {"yes"}}, Now: clock.Now,
		Resource: func(id string) map[string]any { return resources[id] },
		Children: func(id string) []map[string]any { return children[id] },
	})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, front.Close()) }()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.CA)
	transport = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	return m.Run(), nil
}

type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: clock.Now().Add(time.Hour)}, nil
}

func id(account string) string {
	return "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/" + account
}

// open makes an account with a container and signs in to it as a user does.
func open(t *testing.T, account, container string) *azblob.Client {
	t.Helper()
	ctx := context.Background()
	added, err := blobs.Accounts{Front: front}.Put(ctx, id(account), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (blobs.Containers{Front: front}).Put(ctx, id(account)+"/blobServices/default/containers/"+container, nil); err != nil {
		t.Fatal(err)
	}
	return client(t, added["primaryEndpoints"].(map[string]any)["blob"].(string), token)
}

func client(t *testing.T, endpoint, token string) *azblob.Client {
	t.Helper()
	c, err := azblob.NewClient(endpoint, static(token), &azblob.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: transport, Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		t.Fatal(err)
	}
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

func TestPointInTimeRestore(t *testing.T) {
	c := open(t, "documents", "received")
	resources[id("documents")+"/blobServices/default"] = map[string]any{"properties": map[string]any{"restorePolicy": map[string]any{"enabled": true, "days": 7.0}}}
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

	n, err := front.Restore("documents", point, []blobs.Range{{Start: "received/", End: "received/sub"}})
	must(t, err)
	if n != 3 {
		t.Errorf("%d blobs changed, want 3", n)
	}
	for blob, want := range map[string]string{"kept": "one", "changed": "before", "deleted": "here", "new": "-", "sub/elsewhere": "after"} {
		if got := read(t, c, "received", blob); got != want {
			t.Errorf("%s is %q, want %q", blob, got, want)
		}
	}
	t.Run("a restore is undone by another", func(t *testing.T) {
		if _, err := front.Restore("documents", clock.Now(), []blobs.Range{{Start: ""}}); err != nil {
			t.Fatal(err)
		}
		must(t, write(c, "received", "changed", "again"))
		if got := read(t, c, "received", "changed"); got != "again" {
			t.Errorf("got %q", got)
		}
	})
	for name, point := range map[string]time.Time{"too early": clock.Now().AddDate(0, 0, -8), "in the future": clock.Now().Add(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			if _, err := front.Restore("documents", point, []blobs.Range{{}}); err == nil {
				t.Error("restored")
			}
		})
	}
	if _, err := front.Restore("nobody", point, []blobs.Range{{}}); err == nil {
		t.Error("an account that is not there was restored")
	}
}

func TestLockedBlobsStay(t *testing.T) {
	ctx := context.Background()
	for _, where := range []string{"container", "account"} {
		t.Run(where, func(t *testing.T) {
			name := "archive" + where
			c := open(t, name, "sealed")
			lock := map[string]any{"state": "Locked", "immutabilityPeriodSinceCreationInDays": 365.0, "allowProtectedAppendWrites": true}
			must(t, write(c, "sealed", "before", "open"))
			if where == "container" {
				resources[id(name)+"/blobServices/default/containers/sealed/immutabilityPolicies/default"] = map[string]any{"properties": lock}
			} else {
				resources[id(name)] = map[string]any{"properties": map[string]any{"immutableStorageWithVersioning": map[string]any{"enabled": true, "immutabilityPolicy": lock}}}
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
			if _, err := c.DeleteContainer(ctx, "sealed", nil); !bloberror.HasCode(err, "ContainerImmutableDueToPolicy") {
				t.Errorf("delete the container: %v", err)
			}
			if err := (blobs.Containers{Front: front}).Delete(ctx, id(name)+"/blobServices/default/containers/sealed"); err == nil {
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
	from, to := open(t, "source", "issued"), open(t, "replica", "issued")
	children[id("source")+"/objectReplicationPolicies"] = []map[string]any{{"properties": map[string]any{
		"sourceAccount": id("source"), "destinationAccount": id("replica"),
		"rules": []any{map[string]any{"sourceContainer": "issued", "destinationContainer": "issued"}},
	}}}
	must(t, write(from, "issued", "a", "content"))
	for range 200 {
		if read(t, to, "issued", "a") == "content" {
			return
		}
		<-time.After(25 * time.Millisecond)
	}
	t.Error("not copied within five seconds")
}

func TestWhoComesIn(t *testing.T) {
	c := open(t, "shut", "private")
	must(t, write(c, "private", "a", "content"))
	wrong := client(t, front.Endpoint("shut"), "another token")
	if _, err := wrong.DownloadBuffer(context.Background(), "private", "a", make([]byte, 10), nil); err == nil {
		t.Error("another token comes in")
	}
	answer, err := transport.Get(front.Endpoint("shut") + "private/a")
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("X-Tillit-Rehearsal") == "" {
		t.Errorf("without a token: %s, %v", answer.Status, answer.Header)
	}
	nobody := client(t, front.Endpoint("nobody"), token)
	if err := write(nobody, "private", "a", ""); err == nil || !strings.Contains(err.Error(), "ResourceNotFound") {
		t.Errorf("an account that is not there: %v", err)
	}
	must(t, blobs.Accounts{Front: front}.Delete(context.Background(), id("shut")))
	if err := write(c, "private", "a", ""); err == nil {
		t.Error("an account that was deleted takes writes")
	}
}
