package manifest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// each hands over every blob of a container, heartbeats left out, and returns the
// service's time at the last page.
func each(ctx context.Context, c *container.Client, do func(*container.BlobItem)) (now time.Time, err error) {
	for pager := c.NewListBlobsFlatPager(nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return now, fmt.Errorf("list the blobs: %w", err)
		}
		if page.Date == nil {
			return now, errors.New("list the blobs: the answer does not say what time it is")
		}
		now = page.Date.UTC()
		for _, b := range page.Segment.BlobItems {
			if b.Name == nil || b.Properties == nil || b.Properties.LastModified == nil || b.Properties.ContentLength == nil {
				return now, errors.New("list the blobs: the answer has a blob without a name, a time or a size")
			}
			if !strings.HasPrefix(*b.Name, heartbeat.Prefix) {
				do(b)
			}
		}
	}
	return now, nil
}

// serviceTime asks the service for the time, to the second.
func serviceTime(ctx context.Context, c *container.Client) (time.Time, error) {
	one := int32(1)
	page, err := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{MaxResults: &one}).NextPage(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("list the blobs: %w", err)
	}
	if page.Date == nil {
		return time.Time{}, errors.New("list the blobs: the answer does not say what time it is")
	}
	return page.Date.UTC(), nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// contentSum reads a blob to its end, as it comes.
func contentSum(ctx context.Context, c *container.Client, name string) (sum string, size int64, err error) {
	answer, err := c.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return "", 0, fmt.Errorf("read the blob %s: %w", name, err)
	}
	// A connection that breaks is taken up where it broke.
	body := answer.NewRetryReader(ctx, &blob.RetryReaderOptions{MaxRetries: 3})
	defer func() { _ = body.Close() }() // it has been read, or its reading has failed
	h := sha256.New()
	if size, err = io.Copy(h, body); err != nil {
		return "", 0, fmt.Errorf("read the blob %s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// inParallel does n things, eight at a time, and returns the first error, which
// ends the others.
func inParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(8, n) {
		workers.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}
