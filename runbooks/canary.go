package runbooks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
)

// canaries is the container of the blobs that tamper attacks, in each account
// under a policy. Nothing else is in it.
const canaries = "tillit-canary"

// dataOwner is the role that may do everything to blobs, short of what a policy
// forbids.
const dataOwner = "Storage Blob Data Owner"

// canary is a blob that is attacked. It is written before and stays until its
// retention is up; one that a former run has left is used again.
type canary struct {
	Name    string    `json:"name"`
	Version string    `json:"version,omitempty"` // id of the version that must stay; empty where the account keeps none
	Sum     string    `json:"sha256"`
	Made    time.Time `json:"made"`
}

// canary attacks an account's blobs.
func (t tampering) canary(ctx context.Context, run *drill.Run, a estate.Account, place string, appended bool) error {
	service, err := t.scene.Cloud.Blobs(a.Endpoint)
	if err != nil {
		return fmt.Errorf("open the blobs of %s: %w", a.Name, cloud.Explain(err))
	}
	c := service.NewContainerClient(canaries)
	bird, err := t.bird(ctx, run, c, a, appended)
	if came, seen := weigh(err); came == unpermitted {
		return run.Check(drill.Check{Name: place + ": blobs", Detail: fmt.Sprintf(
			"not tried: no permission: %s. Run the drill as somebody with the role %s on it, so that only the policy can refuse (tried as %s)", seen, dataOwner, t.who)})
	}
	if err != nil {
		return fmt.Errorf("write a canary into %s: %w", a.Name, cloud.Explain(err))
	}
	// Each is kept on record at once: a run that is cut off has made it or not.
	for _, one := range append(bird.attempts(c, appended, t.scene.Now()), containerAttempt(c)) {
		run.Say("%s: trying to %s", place, one.name)
		check, _, err := one.carryOut(ctx, place, t.who)
		if err != nil {
			return err
		}
		if err := run.Check(check); err != nil {
			return err
		}
	}
	kept, err := bird.kept(ctx, c)
	if err != nil {
		return fmt.Errorf("read the canary in %s: %w", a.Name, cloud.Explain(err))
	}
	return run.Check(drill.Check{Name: place + ": what was written is still there", OK: kept, Detail: canaries + "/" + bird.Name})
}

// bird finds a canary that is still to be kept, or writes one. Its name carries
// the marker of the run that wrote it.
func (t tampering) bird(ctx context.Context, run *drill.Run, c *container.Client, a estate.Account, appended bool) (canary, error) {
	var bird canary
	key := "canary in " + a.ID
	if found, err := run.Get(key, &bird); found || err != nil {
		return bird, err
	}
	got, err := t.scene.Cloud.Storage.NewAccountsClient().GetProperties(ctx, a.Group, a.Name, nil)
	if err != nil {
		return bird, err
	}
	period, _ := lockOf(got.Account)
	if bird, err = youngest(ctx, c); err != nil {
		return bird, err
	}
	if bird.Name == "" || t.scene.Now().After(bird.Made.Add(period-day)) {
		if bird, err = hatch(ctx, c, run.Marker(), appended); err != nil {
			return bird, err
		}
	}
	return bird, run.Put(key, bird)
}

// youngest is the newest canary there is.
func youngest(ctx context.Context, c *container.Client) (canary, error) {
	var bird canary
	pager := c.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: to("tillit-")})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if bloberror.HasCode(err, bloberror.ContainerNotFound) {
			return bird, nil
		}
		if err != nil {
			return bird, err
		}
		for _, b := range page.Segment.BlobItems {
			if b.Name == nil || b.Properties == nil || b.Properties.CreationTime == nil || !b.Properties.CreationTime.After(bird.Made) {
				continue
			}
			bird = canary{Name: *b.Name, Made: *b.Properties.CreationTime}
		}
	}
	if bird.Name == "" {
		return bird, nil
	}
	return bird, bird.look(ctx, c)
}

// hatch writes a canary.
func hatch(ctx context.Context, c *container.Client, marker string, appended bool) (canary, error) {
	bird := canary{Name: marker}
	content := "canary of " + marker + ": this blob can be neither altered nor deleted\n"
	if _, err := c.Create(ctx, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return bird, err
	}
	var err error
	if appended {
		log := c.NewAppendBlobClient(marker)
		if _, err = log.Create(ctx, nil); err == nil {
			_, err = log.AppendBlock(ctx, streaming.NopCloser(strings.NewReader(content)), nil)
		}
	} else {
		_, err = c.NewBlockBlobClient(marker).UploadBuffer(ctx, []byte(content), nil)
	}
	if err != nil {
		return bird, err
	}
	return bird, bird.look(ctx, c)
}

// look reads what has to stay.
func (b *canary) look(ctx context.Context, c *container.Client) error {
	at := c.NewBlobClient(b.Name)
	properties, err := at.GetProperties(ctx, nil)
	if err != nil {
		return err
	}
	b.Version = text(properties.VersionID)
	if properties.CreationTime != nil {
		b.Made = *properties.CreationTime
	}
	b.Sum, err = sumOf(ctx, at)
	return err
}

// at is the version that has to stay.
func (b canary) at(c *container.Client) (*blob.Client, error) {
	at := c.NewBlobClient(b.Name)
	if b.Version == "" {
		return at, nil
	}
	return at.WithVersionID(b.Version)
}

// kept says whether that version is there as it was.
func (b canary) kept(ctx context.Context, c *container.Client) (bool, error) {
	at, err := b.at(c)
	if err != nil {
		return false, err
	}
	sum, err := sumOf(ctx, at)
	if bloberror.HasCode(err, bloberror.BlobNotFound, bloberror.ContainerNotFound, bloberror.ContainerBeingDeleted) {
		return false, nil
	}
	return sum == b.Sum, err
}

// attempts are those at a canary. They harm nothing but the canary. Where Azure
// keeps versions it lets one write a new one or delete the current one, which then
// becomes an earlier one; what is locked is the version, so that is what counts.
func (b canary) attempts(c *container.Client, appended bool, now time.Time) []attempt {
	current := c.NewBlobClient(b.Name)
	kept := func(ctx context.Context) (bool, error) { return b.kept(ctx, c) }
	locked := func(do func(context.Context, *blob.Client) error) func(context.Context) error {
		return func(ctx context.Context) error {
			at, err := b.at(c)
			if err != nil {
				return err
			}
			return do(ctx, at)
		}
	}
	list := []attempt{
		{name: "overwrite", try: func(ctx context.Context) error {
			if appended {
				_, err := c.NewAppendBlobClient(b.Name).Create(ctx, nil)
				return err
			}
			_, err := c.NewBlockBlobClient(b.Name).UploadBuffer(ctx, []byte("forged\n"), nil)
			return err
		}, kept: kept},
		{name: "set metadata", try: func(ctx context.Context) error {
			_, err := current.SetMetadata(ctx, map[string]*string{"forged": to("yes")}, nil)
			return err
		}, kept: kept},
		{name: "shorten the blob's own policy", try: locked(func(ctx context.Context, at *blob.Client) error {
			_, err := at.SetImmutabilityPolicy(ctx, now.Add(time.Minute), nil)
			return err
		})},
		{name: "delete the blob's own policy", try: locked(func(ctx context.Context, at *blob.Client) error {
			_, err := at.DeleteImmutabilityPolicy(ctx, nil)
			return err
		})},
	}
	if b.Version != "" {
		list = append(list, attempt{name: "delete the version", try: locked(func(ctx context.Context, at *blob.Client) error {
			_, err := at.Delete(ctx, nil)
			return err
		})})
	}
	list = append(list, attempt{name: "delete", try: func(ctx context.Context) error {
		_, err := current.Delete(ctx, &blob.DeleteOptions{DeleteSnapshots: to(blob.DeleteSnapshotsOptionTypeInclude)})
		return err
	}, kept: kept})
	for i := range list {
		list[i].role = dataOwner
	}
	return list
}

// containerAttempt is at tillit's own container, which holds canaries only.
func containerAttempt(c *container.Client) attempt {
	return attempt{name: "delete the container", role: dataOwner, try: func(ctx context.Context) error {
		_, err := c.Delete(ctx, nil)
		return err
	}}
}
