package documents

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/retention"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// uploads is the account of files that are read in and then gone. It has no
// means to bring back what is deleted, and lies in one region.
func (d *Documents) uploads(ctx *pulumi.Context) (*account, error) {
	age, err := oldest(d.args.Transient)
	if err != nil {
		return nil, err
	}
	off := storage.DeleteRetentionPolicyArgs{Enabled: pulumi.Bool(false)}
	a, err := d.account(ctx, spec{
		kind: "temp", purpose: "transient", class: "transient", passing: true,
		site: d.args.Primary, sku: "Standard_ZRS", containers: []string{"uploads"},
		blobs: &storage.BlobServicePropertiesArgs{
			IsVersioningEnabled:            pulumi.Bool(false),
			ChangeFeed:                     storage.ChangeFeedArgs{Enabled: pulumi.Bool(false)},
			DeleteRetentionPolicy:          off,
			ContainerDeleteRetentionPolicy: off,
		},
	})
	if err != nil {
		return nil, err
	}
	return a, d.delete(ctx, a, "transient", expiry(age))
}

// forget deletes the versions that point-in-time restore has no more use for.
func (d *Documents) forget(ctx *pulumi.Context, a *account, purpose string, window int) error {
	return d.delete(ctx, a, purpose, rule("forget", storage.ManagementPolicyActionArgs{
		Version: storage.ManagementPolicyVersionArgs{Delete: storage.DateAfterCreationArgs{DaysAfterCreationGreaterThan: pulumi.Float64(window)}},
	}))
}

// delete gives an account its lifecycle rule.
func (d *Documents) delete(ctx *pulumi.Context, a *account, purpose string, rule storage.ManagementPolicyRuleArgs) error {
	policy, err := storage.NewManagementPolicy(ctx, a.site.Name(purpose, "lifecycle"), &storage.ManagementPolicyArgs{
		ManagementPolicyName: pulumi.String("default"),
		AccountName:          site.Known(ctx, a.name, a.resource, a.blobs),
		ResourceGroupName:    a.site.Group,
		Policy:               storage.ManagementPolicySchemaArgs{Rules: storage.ManagementPolicyRuleArray{rule}},
	}, pulumi.Parent(d))
	a.parts = append(a.parts, policy)
	return err
}

// oldest is the age in days that a rule deletes files at, so that they are gone
// in time: the rule is run once a day.
func oldest(within time.Duration) (int, error) {
	days := int(within/retention.Day) - 1
	if days < 0 {
		return 0, fmt.Errorf("data.transient: files are deleted by a rule that Azure runs once a day, and %s is promised: promise a day or more", promises.FormatDuration(within))
	}
	return days, nil
}

// expiry deletes everything in an account by age, snapshots too: a blob that has
// one cannot be deleted.
func expiry(days int) storage.ManagementPolicyRuleArgs {
	age := pulumi.Float64(days)
	return rule("expire", storage.ManagementPolicyActionArgs{
		BaseBlob: storage.ManagementPolicyBaseBlobArgs{Delete: storage.DateAfterModificationArgs{DaysAfterCreationGreaterThan: age}},
		Snapshot: storage.ManagementPolicySnapShotArgs{Delete: storage.DateAfterCreationArgs{DaysAfterCreationGreaterThan: age}},
	})
}

// rule does something to everything that lifecycle management reaches.
func rule(name string, actions storage.ManagementPolicyActionArgs) storage.ManagementPolicyRuleArgs {
	return storage.ManagementPolicyRuleArgs{
		Name:    pulumi.String(name),
		Enabled: pulumi.Bool(true),
		Type:    pulumi.String("Lifecycle"),
		Definition: storage.ManagementPolicyDefinitionArgs{
			Filters: storage.ManagementPolicyFilterArgs{BlobTypes: pulumi.ToStringArray([]string{"blockBlob", "appendBlob"})},
			Actions: actions,
		},
	}
}
