package documents

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/governance"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/retention"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
	"github.com/tillit-dev/tillit/promises"
)

// Args describe the document store by the promises it keeps.
type Args struct {
	Primary     site.Site
	Standby     *site.Site            // residency.in-country, continuity.standby; nil builds no copy
	Keys        map[string]*keys.Keys // by region; nil means platform keys
	Network     *network.Network
	Identity    *identity.Identity // its workload "documents" reads the keys
	Governance  *governance.Governance
	Watch       *watch.Watch
	PointInTime time.Duration // backup.interval for; zero builds no point-in-time restore
	Immutable   time.Duration // backup.immutable for: the archive account's WORM period; zero builds none
	Sealed      bool          // data.sealed: the archive has a container for sealed documents
	Minimal     bool          // data.minimal: versions of deleted documents are deleted too, once nothing needs them
	Transient   time.Duration // data.transient within: how soon an uploaded file is gone; zero builds no place for them
	Elsewhere   bool          // backup.elsewhere: copies in the paired region
}

// Documents are two storage accounts, since point-in-time restore and WORM
// exclude each other, the operational one's copy, and one for what is not kept.
type Documents struct {
	pulumi.ResourceState
	Site       site.Site           // where the operational account stands
	Name       string              // ARM name of the operational account
	AccountID  pulumi.StringOutput // ARM id of the operational account, ready to hold documents
	ArchiveID  pulumi.StringOutput // empty without backup.immutable and data.sealed
	StandbyID  pulumi.StringOutput // empty without a standby
	UploadsID  pulumi.StringOutput // ARM id of the account of uploaded files; empty without data.transient
	Containers []string            // containers of the operational account

	args     Args
	workload identity.Workload
}

// containers hold the documents that customers send in, and those that the
// service makes.
var containers = []string{"received", "issued"}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Documents, error) {
	workload, ok := args.Identity.Workloads["documents"]
	if !ok {
		return nil, errors.New(`documents: there is no identity for the workload "documents"`)
	}
	none := pulumi.String("").ToStringOutput()
	d := &Documents{
		Site: args.Primary, ArchiveID: none, StandbyID: none, UploadsID: none,
		Containers: containers, args: args, workload: workload,
	}
	if err := ctx.RegisterComponentResource("tillit:modules:Documents", name, d, opts...); err != nil {
		return nil, err
	}
	if err := d.build(ctx); err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{
		"accountId": d.AccountID, "archiveId": d.ArchiveID, "standbyId": d.StandbyID, "uploadsId": d.UploadsID,
	})
}

func (d *Documents) build(ctx *pulumi.Context) error {
	sku, err := d.sku()
	if err != nil {
		return err
	}
	operational, err := d.operational(ctx, sku)
	if err != nil {
		return err
	}
	d.Name = operational.name
	d.AccountID = operational.id(ctx)
	if d.args.Immutable > 0 || d.args.Sealed {
		archive, err := d.archive(ctx, sku)
		if err != nil {
			return err
		}
		d.ArchiveID = archive.id(ctx)
	}
	if d.args.Transient > 0 {
		uploads, err := d.uploads(ctx)
		if err != nil {
			return err
		}
		d.UploadsID = uploads.id(ctx)
	}
	if d.args.Standby == nil {
		return nil
	}
	standby, err := d.standby(ctx)
	if err != nil {
		return err
	}
	d.StandbyID = standby.id(ctx)
	return d.replicate(ctx, operational, standby)
}

// sku is how often and where an account's blobs are stored: in three zones, and
// again in the paired region when copies must be elsewhere.
func (d *Documents) sku() (string, error) {
	region := promises.Regions()[d.args.Primary.Region]
	switch {
	case !d.args.Elsewhere:
		return "Standard_ZRS", nil
	case region.Pair == "":
		return "", fmt.Errorf("%s has no paired region to keep copies in: choose another residency.primary or give up backup.elsewhere", d.args.Primary.Region)
	case region.Zones == 0:
		return "Standard_RAGRS", nil
	}
	return "Standard_RAGZRS", nil
}

// operational is the account of the daily work.
//
// Point-in-time restore needs versions, a change feed and soft delete that
// outlast its window. The change feed has no retention, which keeps it for good.
func (d *Documents) operational(ctx *pulumi.Context, sku string) (*account, error) {
	window := max(retention.Days(d.args.PointInTime), 1)
	if window > longestWindow {
		return nil, fmt.Errorf("blobs can be restored to a moment of the last %d days at most, %d are promised: shorten backup.interval for", longestWindow, window)
	}
	follow := d.args.PointInTime > 0 || d.args.Standby != nil
	blobs := &storage.BlobServicePropertiesArgs{
		IsVersioningEnabled:            pulumi.Bool(follow),
		ChangeFeed:                     storage.ChangeFeedArgs{Enabled: pulumi.Bool(follow)},
		DeleteRetentionPolicy:          softDelete(window + 7),
		ContainerDeleteRetentionPolicy: softDelete(window + 7),
	}
	if d.args.PointInTime > 0 {
		blobs.RestorePolicy = storage.RestorePolicyPropertiesArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(window)}
	}
	a, err := d.account(ctx, spec{
		kind: "docs", purpose: "documents", site: d.args.Primary, sku: sku, blobs: blobs, containers: containers,
		retention: d.kept(window, window+7, follow),
	})
	if err != nil || !d.args.Minimal || !follow {
		return a, err
	}
	return a, d.forget(ctx, a, "documents", window)
}

// longestWindow is the longest point-in-time restore window in days: one less
// than the longest soft delete.
const longestWindow = 364

// sealedFor is how long a sealed document cannot be altered or deleted where no
// other promise says it. A locked period can be made longer later, never shorter.
const sealedFor = 365 * 24 * time.Hour

// archive is the account of what is final: locked, version-level immutability
// for every blob from the moment it is written.
func (d *Documents) archive(ctx *pulumi.Context, sku string) (*account, error) {
	period, final := d.args.Immutable, []string{"final"}
	if d.args.Sealed {
		final = append(final, "sealed")
	}
	if period == 0 {
		period = sealedFor
	}
	return d.account(ctx, spec{
		kind: "arch", purpose: "archive", site: d.args.Primary, sku: sku, containers: final,
		retention: period,
		blobs: &storage.BlobServicePropertiesArgs{
			IsVersioningEnabled:            pulumi.Bool(true),
			DeleteRetentionPolicy:          softDelete(30),
			ContainerDeleteRetentionPolicy: softDelete(30),
		},
		immutability: storage.ImmutableStorageAccountArgs{
			Enabled: pulumi.Bool(true),
			ImmutabilityPolicy: storage.AccountImmutabilityPolicyPropertiesArgs{
				State:                                 pulumi.String("Locked"),
				ImmutabilityPeriodSinceCreationInDays: pulumi.Int(retention.Days(period)),
				AllowProtectedAppendWrites:            pulumi.Bool(false),
			},
		},
	})
}

// standby is the copy in the second region. Its own change feed lets replication
// be turned round after it has taken over.
func (d *Documents) standby(ctx *pulumi.Context) (*account, error) {
	window := max(retention.Days(d.args.PointInTime), 1)
	a, err := d.account(ctx, spec{
		kind: "docs", purpose: "replica", site: *d.args.Standby, sku: "Standard_ZRS", containers: containers,
		retention: d.kept(window, 30, true),
		blobs: &storage.BlobServicePropertiesArgs{
			IsVersioningEnabled:            pulumi.Bool(true),
			ChangeFeed:                     storage.ChangeFeedArgs{Enabled: pulumi.Bool(true)},
			DeleteRetentionPolicy:          softDelete(30),
			ContainerDeleteRetentionPolicy: softDelete(30),
		},
	})
	if err != nil || !d.args.Minimal {
		return a, err
	}
	return a, d.forget(ctx, a, "replica", window)
}

// kept is for how long a deleted document can still be had. Where that must be
// little it is counted to the end: versions, where there are any, are deleted after
// the window, a day later at worst, and whatever is deleted is deleted softly.
func (d *Documents) kept(window, softly int, versions bool) time.Duration {
	if !d.args.Minimal {
		return d.args.PointInTime
	}
	kept := min(softly, 365)
	if versions {
		kept += window + 1
	}
	return time.Duration(kept) * retention.Day
}

func softDelete(days int) storage.DeleteRetentionPolicyPtrInput {
	return storage.DeleteRetentionPolicyArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(min(days, 365))}
}
