package variants

import (
	"slices"

	recoveryservices "github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2/v20241001"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
	"github.com/tillit-dev/tillit/promises"
)

var backup = []Variant{
	{
		Promise: "backup.interval", Kind: Missing, Name: "no point-in-time restore", Rule: "backup/interval",
		declare: without("backup.interval"),
	},
	{
		Promise: "backup.interval", Kind: Weakened, Name: "three days of points", Rule: "backup/interval",
		edit: on("", func(a *storage.BlobServicePropertiesArgs) {
			if a.RestorePolicy != nil {
				a.RestorePolicy = storage.RestorePolicyPropertiesArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(3)}
			}
		}),
	},
	{
		Promise: "backup.interval", Kind: Bypassed, Name: "no versions for the points to restore", Rule: "backup/interval",
		edit: on("", func(a *storage.BlobServicePropertiesArgs) {
			if a.RestorePolicy != nil {
				a.IsVersioningEnabled = pulumi.Bool(false)
			}
		}),
	},
	{
		Promise: "backup.retention", Kind: Missing, Name: "no long-term copies", Rule: "backup/retention",
		declare: func(d *promises.Declaration) {
			without("backup.retention")(d)
			without("backup.immutable")(d) // what cannot be deleted is kept too
		},
	},
	{
		Promise: "backup.retention", Kind: Weakened, Name: "a policy of four weeks", Means: "postgres", Rule: "backup/retention",
		edit: on("", func(a *dataprotection.BackupPolicyArgs) {
			properties := *a.Properties
			properties.PolicyRules = slices.Clone(properties.PolicyRules)
			for i, rule := range properties.PolicyRules {
				if kept, ok := rule.(dataprotection.AzureRetentionRuleArgs); ok {
					kept.Lifecycles = slices.Clone(kept.Lifecycles)
					for j := range kept.Lifecycles {
						kept.Lifecycles[j].DeleteAfter = &dataprotection.AbsoluteDeleteOptionArgs{
							Duration: pulumi.String("P4W"), ObjectType: pulumi.String("AbsoluteDeleteOption"),
						}
					}
					properties.PolicyRules[i] = kept
				}
			}
			a.Properties = &properties
		}),
	},
	{
		Promise: "backup.retention", Kind: Bypassed, Name: "copies of another server", Means: "postgres", Rule: "backup/retention",
		edit: on("", func(a *dataprotection.BackupInstanceArgs) {
			properties := *a.Properties
			source := *properties.DataSourceInfo
			source.ResourceID = pulumi.String(subscription + "/resourceGroups/rg-side/providers/Microsoft.DBforPostgreSQL/flexibleServers/other")
			properties.DataSourceInfo = &source
			a.Properties = &properties
		}),
	},
	{
		Promise: "backup.elsewhere", Kind: Missing, Name: "backups only at home", Rule: "backup/elsewhere",
		declare: without("backup.elsewhere"),
	},
	{
		Promise: "backup.elsewhere", Kind: Weakened, Name: "the server's backups stay in the region", Means: "postgres", Rule: "backup/elsewhere",
		edit: on("", func(a *dbforpostgresql.ServerArgs) {
			a.Backup = &dbforpostgresql.BackupArgs{BackupRetentionDays: pulumi.Int(35), GeoRedundantBackup: pulumi.String("Disabled")}
		}),
	},
	{
		Promise: "backup.elsewhere", Kind: Bypassed, Name: "a vault that cannot restore across regions", Rule: "backup/elsewhere",
		edit: on("", func(a *recoveryservices.VaultArgs) {
			a.Properties = recoveryservices.VaultPropertiesArgs{
				RedundancySettings: recoveryservices.VaultPropertiesRedundancySettingsArgs{
					StandardTierStorageRedundancy: pulumi.String("LocallyRedundant"), CrossRegionRestore: pulumi.String("Disabled"),
				},
			}
		}),
	},
	{
		Promise: "backup.immutable", Kind: Missing, Name: "vaults that can be emptied", Rule: "backup/immutable",
		declare: without("backup.immutable"),
	},
	{
		Promise: "backup.immutable", Kind: Weakened, Name: "immutability not locked", Rule: "backup/immutable",
		edit: on("", func(a *recoveryservices.VaultArgs) {
			a.Properties = recoveryservices.VaultPropertiesArgs{
				SecuritySettings: recoveryservices.SecuritySettingsArgs{
					ImmutabilitySettings: recoveryservices.ImmutabilitySettingsArgs{State: pulumi.String("Unlocked")},
				},
			}
		}),
	},
	{
		Promise: "backup.immutable", Kind: Bypassed, Name: "a vault without a guard beside", Rule: "backup/immutable",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := recoveryservices.NewVault(ctx, name, &recoveryservices.VaultArgs{
				ResourceGroupName: pulumi.String("rg-side"), VaultName: pulumi.String("side-door"), Location: pulumi.String("westeurope"),
				Sku: recoveryservices.SkuArgs{Name: pulumi.String("RS0")},
				Properties: recoveryservices.VaultPropertiesArgs{
					PublicNetworkAccess: pulumi.String("Disabled"),
					SecuritySettings: recoveryservices.SecuritySettingsArgs{
						ImmutabilitySettings: recoveryservices.ImmutabilitySettingsArgs{State: pulumi.String("Disabled")},
					},
				},
			})
			return err
		},
	},
}
