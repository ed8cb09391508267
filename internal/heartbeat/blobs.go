package heartbeat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// Prefix begins the names of all blobs that are heartbeats. A folder for each day
// follows, so that the newest is found in two short lists, then the time and the
// sequence number: tillit-heartbeat/2026-11-22/13-05-59Z-000000000123.json.
const Prefix = "tillit-heartbeat/"

const (
	dayForm  = "2006-01-02"
	timeForm = dayForm + "/15-04-05Z"
)

var blobName = regexp.MustCompile(`^` + Prefix + `([0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{2}-[0-9]{2}-[0-9]{2}Z)-([0-9]{12,18})\.json$`)

func nameOf(b Beat) string {
	return fmt.Sprintf("%s%s-%012d.json", Prefix, b.At.Format(timeForm), b.Sequence)
}

// parseName reads a beat from the name of its blob.
func parseName(name string) (Beat, bool) {
	m := blobName.FindStringSubmatch(name)
	if m == nil {
		return Beat{}, false
	}
	at, err := time.Parse(timeForm, m[1])
	if err != nil {
		return Beat{}, false
	}
	sequence, err := strconv.ParseInt(m[2], 10, 64)
	return Beat{sequence, at}, err == nil
}

// WriteBlob adds a blob, with the number after that of the newest. It overwrites
// nothing: of two writers that take the same number in the same second, one takes
// the next.
func WriteBlob(ctx context.Context, c *container.Client) (Beat, error) {
	const attempts = 5
	for range attempts {
		newest, now, err := last(ctx, c)
		if err != nil && !errors.Is(err, ErrNone) {
			return Beat{}, err
		}
		b := Beat{newest.Sequence + 1, now}
		err = upload(ctx, c, b)
		if bloberror.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet) {
			continue
		}
		if err != nil {
			return Beat{}, fmt.Errorf("write the heartbeat %s: %w", nameOf(b), err)
		}
		return b, nil
	}
	return Beat{}, fmt.Errorf("write a heartbeat: other writers were faster %d times in a row: let one process write to %s", attempts, c.URL())
}

func upload(ctx context.Context, c *container.Client, b Beat) error {
	content, err := json.Marshal(b)
	if err != nil {
		return err
	}
	none, kind := azcore.ETagAny, "application/json"
	_, err = c.NewBlockBlobClient(nameOf(b)).Upload(ctx, streaming.NopCloser(bytes.NewReader(content)), &blockblob.UploadOptions{
		HTTPHeaders:      &blob.HTTPHeaders{BlobContentType: &kind},
		AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &none}},
	})
	return err
}

// NewestBlob is the newest blob; ErrNone when there is none. Its content is read:
// a name alone could stand in a list without the bytes behind it.
func NewestBlob(ctx context.Context, c *container.Client) (Beat, error) {
	b, _, err := last(ctx, c)
	if err != nil {
		return Beat{}, err
	}
	name := nameOf(b)
	answer, err := c.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return Beat{}, fmt.Errorf("read the heartbeat %s: %w", name, err)
	}
	defer func() { _ = answer.Body.Close() }() // it has been read, or its reading has failed
	content, err := io.ReadAll(io.LimitReader(answer.Body, 1024))
	if err != nil {
		return Beat{}, fmt.Errorf("read the heartbeat %s: %w", name, err)
	}
	var inside Beat
	if err := json.Unmarshal(content, &inside); err != nil || inside.Sequence != b.Sequence || !inside.At.Equal(b.At) {
		return Beat{}, fmt.Errorf("the heartbeat %s is damaged: its content is %q", name, content)
	}
	return b, nil
}

// last finds the newest beat by the names, and tells the account's time.
func last(ctx context.Context, c *container.Client) (b Beat, now time.Time, err error) {
	days, now, err := listDays(ctx, c)
	if err != nil {
		return b, now, err
	}
	for _, day := range slices.Backward(days) {
		found := false
		err := eachOf(ctx, c, day, func(name string) error {
			if parsed, ok := parseName(name); ok {
				b, found = parsed, true // they come in order
			}
			return nil
		})
		if found || err != nil {
			return b, now, err
		}
	}
	return b, now, ErrNone
}

// listDays lists the folders of days that there are, in order, and tells the
// account's time.
func listDays(ctx context.Context, c *container.Client) (days []string, now time.Time, err error) {
	prefix := Prefix
	for pager := c.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix}); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, now, fmt.Errorf("list the heartbeats: %w", err)
		}
		if page.Date == nil {
			return nil, now, fmt.Errorf("list the heartbeats: the answer of %s does not say what time it is", c.URL())
		}
		now = page.Date.UTC()
		for _, p := range page.Segment.BlobPrefixes {
			days = append(days, *p.Name)
		}
	}
	slices.Sort(days)
	return days, now, nil
}

// eachOf hands over the names that begin with a prefix, in order.
func eachOf(ctx context.Context, c *container.Client, prefix string, do func(name string) error) error {
	for pager := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: &prefix}); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the heartbeats under %s: %w", prefix, err)
		}
		for _, item := range page.Segment.BlobItems {
			if err := do(*item.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Prune deletes the blobs of the days that lie further back than keep, and returns
// how many. It stops at the first that the account does not let go, since one
// under a policy is followed by others: that error is to be told, and harms
// nothing.
func Prune(ctx context.Context, c *container.Client, keep time.Duration) (deleted int, err error) {
	days, now, err := listDays(ctx, c)
	if err != nil {
		return 0, err
	}
	oldest := Prefix + now.Add(-keep).Format(dayForm) + "/"
	for _, day := range days {
		if day >= oldest || !strings.HasPrefix(day, Prefix) {
			break
		}
		err := eachOf(ctx, c, day, func(name string) error {
			if _, ok := parseName(name); !ok {
				return nil // somebody else's
			}
			if _, err := c.NewBlobClient(name).Delete(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.BlobNotFound) {
				return fmt.Errorf("delete the old heartbeat %s: %w", name, err)
			}
			deleted++
			return nil
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}
