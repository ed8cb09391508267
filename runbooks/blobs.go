package runbooks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// The most that a drill copies. Beyond that it takes a sample, the same one every
// time as long as the blobs are the same: those whose names, with the container
// and a slash before them, have the least SHA-256.
const (
	mostBlobs = 500
	mostBytes = 1 << 30
)

// copiers is how many blobs are copied at once.
const copiers = 8

// blobPace is how long steps with blobs take, for estimates: a full sample.
type blobPace struct{ look, make, copy, read, restore time.Duration }

func (s Scene) blobPace() blobPace {
	if s.Cloud.Rehearsal {
		return blobPace{look: time.Second, make: time.Second, copy: 5 * time.Second, read: 2 * time.Second, restore: 2 * time.Second}
	}
	return blobPace{look: 30 * time.Second, make: 2 * time.Minute, copy: 3 * time.Minute, read: time.Minute, restore: 10 * time.Minute}
}

// documentsIn are the names of an account's containers that hold documents: not
// Azure's own, and not the one with the canaries of the drill tamper.
func documentsIn(a *estate.Account) []string {
	return slices.DeleteFunc(slices.Clone(a.Containers), func(name string) bool {
		return strings.HasPrefix(name, "$") || name == canaries
	})
}

// containersOf opens the containers that hold documents, by name.
func containersOf(c *cloud.Cloud, a *estate.Account) (map[string]*container.Client, error) {
	return open(c, a.Endpoint, documentsIn(a))
}

// open opens containers by name.
func open(c *cloud.Cloud, endpoint string, names []string) (map[string]*container.Client, error) {
	service, err := c.Blobs(endpoint)
	if err != nil {
		return nil, fmt.Errorf("open the blobs at %s: %w", endpoint, err)
	}
	at := map[string]*container.Client{}
	for _, name := range names {
		at[name] = service.NewContainerClient(name)
	}
	return at, nil
}

// item is a blob that may be copied.
type item struct {
	container, name string
	size            int64
	rank            [sha256.Size]byte // of the container and the name
}

func newItem(container, name string, size int64) item {
	return item{container, name, size, sha256.Sum256([]byte(container + "/" + name))}
}

// alias is what a blob is called in a run's own account and on record. Names of
// documents can name persons, and a record is kept for years.
func (i item) alias() string { return hex.EncodeToString(i.rank[:]) }

func (i item) key() string { return i.container + "/" + i.alias() }

// selection is what is copied of an account.
type selection struct {
	items []item
	all   int // how many there are
	bytes int64
}

// choose lists the documents that point-in-time restore can bring back, which are
// block blobs that are not archived, and picks what is copied.
func choose(ctx context.Context, at map[string]*container.Client) (selection, error) {
	var s selection
	for name, c := range at {
		pager := c.NewListBlobsFlatPager(nil)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return s, fmt.Errorf("list the blobs of %s: %w", name, cloud.Explain(err))
			}
			for _, b := range page.Segment.BlobItems {
				if i, ok := restorable(name, b); ok {
					s.items, s.all = append(s.items, i), s.all+1
				}
			}
			if len(s.items) > 4*mostBlobs {
				s.items = least(s.items)
			}
		}
	}
	s.items = least(s.items)
	for n, i := range s.items {
		if s.bytes+i.size > mostBytes && n > 0 {
			s.items = s.items[:n]
			break
		}
		s.bytes += i.size
	}
	return s, nil
}

func restorable(container string, b *container.BlobItem) (item, bool) {
	p := b.Properties
	if b.Name == nil || p == nil || p.ContentLength == nil || strings.HasPrefix(*b.Name, heartbeat.Prefix) {
		return item{}, false
	}
	if p.BlobType != nil && *p.BlobType != blob.BlobTypeBlockBlob || p.AccessTier != nil && *p.AccessTier == blob.AccessTierArchive {
		return item{}, false
	}
	return newItem(container, *b.Name, *p.ContentLength), true
}

// least keeps the items of the least rank.
func least(items []item) []item {
	slices.SortFunc(items, func(a, b item) int { return bytes.Compare(a.rank[:], b.rank[:]) })
	return items[:min(len(items), mostBlobs)]
}

// duplicate copies blobs through this process, which is the only way that needs
// no rights of one account on the other. It returns the SHA-256 of each as it was
// read, in hex, by key. A blob that has gone since it was listed is left out.
func duplicate(ctx context.Context, items []item, from, into map[string]*container.Client) (map[string]string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	sums := map[string]string{}
	var mu sync.Mutex
	var work sync.WaitGroup
	queue := make(chan item)
	for range min(copiers, len(items)) {
		work.Go(func() {
			for i := range queue {
				sum, err := copyBlob(ctx, from[i.container].NewBlobClient(i.name), into[i.container].NewBlockBlobClient(i.alias()))
				if bloberror.HasCode(err, bloberror.BlobNotFound) {
					continue
				}
				if err != nil {
					cancel(fmt.Errorf("copy the blob %s: %w", i.key(), cloud.Explain(err)))
					continue
				}
				mu.Lock()
				sums[i.key()] = sum
				mu.Unlock()
			}
		})
	}
	for _, i := range items {
		if ctx.Err() != nil {
			break
		}
		queue <- i
	}
	close(queue)
	work.Wait()
	return sums, context.Cause(ctx)
}

// copyBlob copies one blob with its type of content and its metadata.
func copyBlob(ctx context.Context, from *blob.Client, into *blockblob.Client) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	source, err := from.DownloadStream(ctx, nil)
	if err != nil {
		return "", err
	}
	body := source.NewRetryReader(ctx, nil)
	sum := sha256.New()
	_, err = into.UploadStream(ctx, io.TeeReader(body, sum), &blockblob.UploadStreamOptions{
		HTTPHeaders: &blob.HTTPHeaders{
			BlobContentType: source.ContentType, BlobContentEncoding: source.ContentEncoding,
			BlobContentLanguage: source.ContentLanguage, BlobContentDisposition: source.ContentDisposition,
			BlobCacheControl: source.CacheControl,
		},
		Metadata: source.Metadata,
	})
	return digest(sum), errors.Join(err, body.Close())
}

// sumOf is the SHA-256 of a blob, in hex.
func sumOf(ctx context.Context, b *blob.Client) (string, error) {
	answer, err := b.DownloadStream(ctx, nil)
	if err != nil {
		return "", err
	}
	body := answer.NewRetryReader(ctx, nil)
	sum := sha256.New()
	_, err = io.Copy(sum, body)
	return digest(sum), errors.Join(err, body.Close())
}

func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
