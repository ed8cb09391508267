package worm

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/hashicorp/go-retryablehttp"

	"github.com/tillit-dev/tillit/internal/evidence"
)

// maxCopy is the largest blob that is read back, 256 MiB.
const maxCopy = 256 << 20

// Store is a container, or a folder in one.
type Store struct {
	container *container.Client
	prefix    string
}

var _ evidence.Store = (*Store)(nil)

// New keeps copies in a container under a prefix, such as the estate's name. Make
// the client with Options. The identity needs to create and read blobs; the
// role Storage Blob Data Contributor has that and more.
func New(client *container.Client, prefix string) *Store {
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	return &Store{container: client, prefix: prefix}
}

// Options are a client's: retries are made by go-retryablehttp, which waits as
// long as a Retry-After asks for, and not by the SDK too.
func Options(retries int, from, to time.Duration) *container.ClientOptions {
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.RetryMax, client.RetryWaitMin, client.RetryWaitMax = retries, from, to
	// The last answer is for the SDK to explain.
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	return &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: &transport{client.StandardClient()},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}}
}

type transport struct{ client *http.Client }

func (t *transport) Do(request *http.Request) (*http.Response, error) { return t.client.Do(request) }

// Create uploads a blob whose name is free. Whether a write whose answer was
// lost has happened is no question: the next attempt finds the name taken, and
// the caller compares the bytes.
func (s *Store) Create(ctx context.Context, name string, data []byte) error {
	sum := md5.Sum(data)
	any := azcore.ETagAny
	_, err := s.container.NewBlockBlobClient(s.prefix+name).Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), &blockblob.UploadOptions{
		TransactionalValidation: blob.TransferValidationTypeMD5(sum[:]),
		HTTPHeaders:             &blob.HTTPHeaders{BlobContentMD5: sum[:]},
		AccessConditions:        &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &any}},
	})
	if taken(err) {
		return fmt.Errorf("blob %s%s: %w", s.prefix, name, fs.ErrExist)
	}
	if err != nil {
		return fmt.Errorf("create blob %s%s: %w", s.prefix, name, err)
	}
	return nil
}

// taken tells the answers to a create-only write that find the name taken from
// other conflicts, such as a container that is being deleted.
func taken(err error) bool {
	return bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet, bloberror.BlobImmutableDueToPolicy)
}

// Read downloads a blob.
func (s *Store) Read(ctx context.Context, name string) ([]byte, error) {
	response, err := s.container.NewBlobClient(s.prefix+name).DownloadStream(ctx, nil)
	if bloberror.HasCode(err, bloberror.BlobNotFound) {
		return nil, fmt.Errorf("blob %s%s: %w", s.prefix, name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read blob %s%s: %w", s.prefix, name, err)
	}
	body := response.NewRetryReader(ctx, nil)
	data, err := io.ReadAll(io.LimitReader(body, maxCopy+1))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("read blob %s%s: %w", s.prefix, name, err)
	}
	if len(data) > maxCopy {
		return nil, fmt.Errorf("read blob %s%s: it is larger than %d bytes", s.prefix, name, maxCopy)
	}
	return data, nil
}

// List names the blobs.
func (s *Store) List(ctx context.Context, prefix string) ([]string, error) {
	var names []string
	prefix = s.prefix + prefix
	pager := s.container.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list blobs %s: %w", prefix, err)
		}
		for _, item := range page.Segment.BlobItems {
			if item.Name != nil {
				names = append(names, strings.TrimPrefix(*item.Name, s.prefix))
			}
		}
	}
	return names, nil
}
