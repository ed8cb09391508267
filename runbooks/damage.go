package runbooks

import (
	"context"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// mostDamaged is how many blobs are damaged in each way, in a container.
const mostDamaged = 20

// damaged counts what was done to blobs.
type damaged struct{ deleted, overwritten, added int }

func (d damaged) String() string {
	return fmt.Sprintf("%d blobs deleted, %d overwritten, %d added", d.deleted, d.overwritten, d.added)
}

// spoil damages the run's own copies: of the documents in the manifest, in its
// order, it deletes the first, third and so on, and overwrites those between; it
// adds two blobs to each container, and a heartbeat. To do it again changes
// nothing that matters.
func spoil(ctx context.Context, run *drill.Run, at map[string]*container.Client, before map[string]*manifest.Blobs) (damaged, error) {
	var done damaged
	for _, name := range names(at) {
		c, turn := at[name], 0
		for _, b := range before[name].Blobs {
			if strings.HasPrefix(b.Name, heartbeat.Prefix) || turn == 2*mostDamaged {
				continue
			}
			if turn++; turn%2 == 0 {
				if err := forge(ctx, c, b.Name, run.Marker()); err != nil {
					return done, err
				}
				done.overwritten++
				continue
			}
			if _, err := c.NewBlobClient(b.Name).Delete(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.BlobNotFound) {
				return done, fmt.Errorf("delete the copy of %s: %w", b.Name, cloud.Explain(err))
			}
			done.deleted++
		}
		for _, added := range []string{"0-", "~-"} { // before and after most names
			if err := forge(ctx, c, added+run.Marker(), run.Marker()); err != nil {
				return done, err
			}
			done.added++
		}
		if _, err := heartbeat.WriteBlob(ctx, c); err != nil {
			return done, fmt.Errorf("write a heartbeat after the failure: %w", cloud.Explain(err))
		}
		done.added++
	}
	return done, nil
}

// forge writes something else under a blob's name.
func forge(ctx context.Context, c *container.Client, name, marker string) error {
	if _, err := c.NewBlockBlobClient(name).UploadBuffer(ctx, []byte("damaged by "+marker), nil); err != nil {
		return fmt.Errorf("overwrite the copy of %s: %w", name, cloud.Explain(err))
	}
	return nil
}
