package backup

import (
	"errors"

	"github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2"
	vaults "github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/retention"
	"github.com/tillit-dev/tillit/modules/site"
)

// recoveryVault makes the Recovery Services vault.
//
// Its type has a version of its own: the namespace's default one has no
// redundancy settings, and redundancy cannot be changed after the first copy.
func (b *Backup) recoveryVault(ctx *pulumi.Context) (*vaults.Vault, error) {
	s := b.args.Site
	properties := vaults.VaultPropertiesArgs{
		PublicNetworkAccess: pulumi.String("Disabled"),
		RedundancySettings: vaults.VaultPropertiesRedundancySettingsArgs{
			StandardTierStorageRedundancy: choose(b.args.Elsewhere, "GeoRedundant", "ZoneRedundant"),
			CrossRegionRestore:            choose(b.args.Elsewhere, "Enabled", "Disabled"),
		},
		SecuritySettings: vaults.SecuritySettingsArgs{
			ImmutabilitySettings: vaults.ImmutabilitySettingsArgs{
				State: choose(b.args.Immutable > 0, "Locked", "Disabled"),
			},
			SoftDeleteSettings: vaults.SoftDeleteSettingsArgs{
				SoftDeleteState:                 choose(b.args.Immutable > 0, "AlwaysON", "Enabled"),
				SoftDeleteRetentionPeriodInDays: pulumi.Int(softDelete),
				EnhancedSecurityState:           choose(b.args.Immutable > 0, "AlwaysON", "Enabled"),
			},
		},
		// Copies do not leave the subscription.
		RestoreSettings: vaults.RestoreSettingsArgs{
			CrossSubscriptionRestoreSettings: vaults.CrossSubscriptionRestoreSettingsArgs{CrossSubscriptionRestoreState: pulumi.String("Disabled")},
		},
		MonitoringSettings: vaults.MonitoringSettingsArgs{
			AzureMonitorAlertSettings: vaults.AzureMonitorAlertSettingsArgs{
				AlertsForAllJobFailures:       pulumi.String("Enabled"),
				AlertsForAllFailoverIssues:    pulumi.String("Enabled"),
				AlertsForAllReplicationIssues: pulumi.String("Enabled"),
			},
			ClassicAlertSettings: vaults.ClassicAlertSettingsArgs{AlertsForCriticalOperations: pulumi.String("Disabled")},
		},
	}
	args := &vaults.VaultArgs{
		VaultName:         pulumi.String(s.Name("rsv", s.Estate)),
		ResourceGroupName: s.Group,
		Location:          pulumi.String(s.Region),
		Sku:               vaults.SkuArgs{Name: pulumi.String("RS0"), Tier: pulumi.String("Standard")},
		Tags:              b.tags(),
	}
	if b.key != nil {
		args.Identity = vaults.IdentityDataArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{b.workload.ID},
		}
		properties.Encryption = vaults.VaultPropertiesEncryptionArgs{
			InfrastructureEncryption: pulumi.String("Enabled"),
			KekIdentity:              vaults.CmkKekIdentityArgs{UserAssignedIdentity: b.workload.ID},
			KeyVaultProperties:       vaults.CmkKeyVaultPropertiesArgs{KeyUri: b.key.BaseURI},
		}
	}
	args.Properties = properties
	vault, err := vaults.NewVault(ctx, s.Name("recovery-vault"), args, pulumi.Parent(b))
	if err != nil {
		return nil, err
	}
	b.RecoveryVaultID = vault.ID().ToStringOutput()
	return vault, errors.Join(
		b.args.Governance.Lock(ctx, s.Name("recovery-vault"), b.RecoveryVaultID),
		// The endpoint has to be there before the first copy.
		b.args.Network.Private(ctx, s.Name("recovery-vault"), s.Region, b.RecoveryVaultID, "AzureBackup", pulumi.Parent(b)),
		b.args.Watch.Diagnose(ctx, s.Name("recovery-vault"), "azure-native:recoveryservices:Vault", s.Region, b.RecoveryVaultID),
	)
}

// machines is the policy for machines that come later. The vault's own default
// policy keeps daily copies for 30 days, which would break the promise for them.
func (b *Backup) machines(ctx *pulumi.Context, vault *vaults.Vault) error {
	s := b.args.Site
	at := pulumi.StringArray{pulumi.String("2024-01-07T02:00:00Z")}
	_, err := recoveryservices.NewProtectionPolicy(ctx, s.Name("policy", "machines"), &recoveryservices.ProtectionPolicyArgs{
		PolicyName:        pulumi.String("machines"),
		ResourceGroupName: s.Group,
		VaultName:         site.Known(ctx, s.Name("rsv", s.Estate), vault),
		Tags:              b.tags(),
		Properties: recoveryservices.AzureIaaSVMProtectionPolicyArgs{
			BackupManagementType:          pulumi.String("AzureIaasVM"),
			PolicyType:                    pulumi.String("V2"),
			InstantRpRetentionRangeInDays: pulumi.Int(7),
			TimeZone:                      pulumi.String("UTC"),
			SchedulePolicy: recoveryservices.SimpleSchedulePolicyV2Args{
				SchedulePolicyType:   pulumi.String("SimpleSchedulePolicyV2"),
				ScheduleRunFrequency: pulumi.String("Daily"),
				DailySchedule:        recoveryservices.DailyScheduleArgs{ScheduleRunTimes: at},
			},
			RetentionPolicy: recoveryservices.LongTermRetentionPolicyArgs{
				RetentionPolicyType: pulumi.String("LongTermRetentionPolicy"),
				DailySchedule: recoveryservices.DailyRetentionScheduleArgs{
					RetentionTimes: at,
					RetentionDuration: recoveryservices.RetentionDurationArgs{
						Count:        pulumi.Int(retention.Days(b.keepDaily() + retention.Day)),
						DurationType: pulumi.String("Days"),
					},
				},
			},
		},
	}, pulumi.Parent(b))
	return err
}
