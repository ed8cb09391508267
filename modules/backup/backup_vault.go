package backup

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
)

// backupVault makes the Backup vault. It has no address of its own: it reaches
// what it protects from inside Azure, with its own identity.
func (b *Backup) backupVault(ctx *pulumi.Context) (*dataprotection.BackupVault, error) {
	s := b.args.Site
	args := &dataprotection.BackupVaultArgs{
		VaultName:         pulumi.String(b.vaultName()),
		ResourceGroupName: s.Group,
		Location:          pulumi.String(s.Region),
		Identity:          &dataprotection.DppIdentityDetailsArgs{Type: pulumi.String("SystemAssigned")},
		Properties: &dataprotection.BackupVaultTypeArgs{
			StorageSettings: []dataprotection.StorageSettingArgs{{
				DatastoreType: pulumi.String("VaultStore"),
				Type:          choose(b.args.Elsewhere, "GeoRedundant", "ZoneRedundant"),
			}},
			FeatureSettings: &dataprotection.FeatureSettingsArgs{
				CrossRegionRestoreSettings:       &dataprotection.StateArgs{State: choose(b.args.Elsewhere, "Enabled", "Disabled")},
				CrossSubscriptionRestoreSettings: &dataprotection.StateArgs{State: pulumi.String("Disabled")},
			},
			SecuritySettings: &dataprotection.SecuritySettingsArgs{
				ImmutabilitySettings: &dataprotection.StateArgs{State: choose(b.args.Immutable > 0, "Locked", "Disabled")},
				SoftDeleteSettings: &dataprotection.SoftDeleteSettingsArgs{
					State:                   choose(b.args.Immutable > 0, "AlwaysOn", "On"),
					RetentionDurationInDays: pulumi.Float64(softDelete),
				},
			},
			MonitoringSettings: &dataprotection.MonitoringSettingsArgs{
				AzureMonitorAlertSettings: &dataprotection.AzureMonitorAlertSettingsArgs{AlertsForAllJobFailures: pulumi.String("Enabled")},
			},
		},
		Tags: b.tags(),
	}
	if b.key != nil {
		args.Identity.Type = pulumi.String("SystemAssigned,UserAssigned")
		args.Identity.UserAssignedIdentities = pulumi.StringArray{b.workload.ID}
		args.Properties.SecuritySettings.EncryptionSettings = &dataprotection.EncryptionSettingsArgs{
			State:                    pulumi.String("Enabled"),
			InfrastructureEncryption: pulumi.String("Enabled"),
			KekIdentity: &dataprotection.CmkKekIdentityArgs{
				IdentityType: pulumi.String("UserAssigned"),
				IdentityId:   b.workload.ID,
			},
			KeyVaultProperties: &dataprotection.CmkKeyVaultPropertiesArgs{KeyUri: b.key.BaseURI},
		}
	}
	vault, err := dataprotection.NewBackupVault(ctx, s.Name("backup-vault"), args, pulumi.Parent(b))
	if err != nil {
		return nil, err
	}
	b.BackupVaultID = vault.ID().ToStringOutput()
	b.PrincipalID = vault.PrincipalId()
	return vault, errors.Join(
		b.args.Governance.Lock(ctx, s.Name("backup-vault"), b.BackupVaultID),
		b.args.Watch.Diagnose(ctx, s.Name("backup-vault"), "azure-native:dataprotection:BackupVault", s.Region, b.BackupVaultID),
	)
}

func (b *Backup) vaultName() string { return b.args.Site.Name("bvault", b.args.Site.Estate) }
