package dataprotection

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// BackupVault keeps backups of PostgreSQL flexible servers and of blobs.
type BackupVault struct {
	pulumi.CustomResourceState

	Identity pulumi.MapOutput       `pulumi:"identity"`
	Location pulumi.StringOutput    `pulumi:"location"`
	Name     pulumi.StringOutput    `pulumi:"name"`
	Tags     pulumi.StringMapOutput `pulumi:"tags"`
	Type     pulumi.StringOutput    `pulumi:"type"`
}

// PrincipalId returns the object id in Entra of the vault's own identity, empty
// when it has none.
func (v *BackupVault) PrincipalId() pulumi.StringOutput {
	// A preview gives the identity back as it was asked for, without the id, which
	// is known no sooner than the vault is there.
	return pulumi.All(v.Identity, v.ID()).ApplyT(func(made []any) string {
		identity, _ := made[0].(map[string]any)
		id, _ := identity["principalId"].(string)
		return id
	}).(pulumi.StringOutput)
}

// BackupVaultArgs are the inputs of a BackupVault.
type BackupVaultArgs struct {
	Identity          *DppIdentityDetailsArgs
	Location          pulumi.StringPtrInput
	Properties        *BackupVaultTypeArgs // required
	ResourceGroupName pulumi.StringInput   // required
	Tags              pulumi.StringMapInput
	VaultName         pulumi.StringPtrInput
}

type backupVaultArgs struct {
	Identity          *dppIdentityDetails `pulumi:"identity"`
	Location          *string             `pulumi:"location"`
	Properties        backupVaultType     `pulumi:"properties"`
	ResourceGroupName string              `pulumi:"resourceGroupName"`
	Tags              map[string]string   `pulumi:"tags"`
	VaultName         *string             `pulumi:"vaultName"`
}

// ElementType returns the plain form that the engine receives.
func (BackupVaultArgs) ElementType() reflect.Type { return reflect.TypeFor[backupVaultArgs]() }

// NewBackupVault registers a Backup vault. It fails when a required input is
// missing.
func NewBackupVault(ctx *pulumi.Context, name string, args *BackupVaultArgs, opts ...pulumi.ResourceOption) (*BackupVault, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.Properties == nil {
		return nil, errors.New("invalid value for required argument 'Properties'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource BackupVault
	if err := ctx.RegisterResource("azure-native:dataprotection/v20240401:BackupVault", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// BackupVaultTypeArgs are the settings of a vault.
type BackupVaultTypeArgs struct {
	FeatureSettings                *FeatureSettingsArgs
	MonitoringSettings             *MonitoringSettingsArgs
	ReplicatedRegions              pulumi.StringArrayInput
	ResourceGuardOperationRequests pulumi.StringArrayInput
	SecuritySettings               *SecuritySettingsArgs
	StorageSettings                []StorageSettingArgs // required
}

type backupVaultType struct {
	FeatureSettings                *featureSettings    `pulumi:"featureSettings"`
	MonitoringSettings             *monitoringSettings `pulumi:"monitoringSettings"`
	ReplicatedRegions              []string            `pulumi:"replicatedRegions"`
	ResourceGuardOperationRequests []string            `pulumi:"resourceGuardOperationRequests"`
	SecuritySettings               *securitySettings   `pulumi:"securitySettings"`
	StorageSettings                []storageSetting    `pulumi:"storageSettings"`
}

// ElementType returns the plain form that the engine receives.
func (BackupVaultTypeArgs) ElementType() reflect.Type { return reflect.TypeFor[backupVaultType]() }

// StorageSettingArgs say where one tier of a vault's data lies.
type StorageSettingArgs struct {
	DatastoreType pulumi.StringPtrInput // VaultStore, OperationalStore or ArchiveStore
	Type          pulumi.StringPtrInput // LocallyRedundant, ZoneRedundant or GeoRedundant
}

type storageSetting struct {
	DatastoreType *string `pulumi:"datastoreType"`
	Type          *string `pulumi:"type"`
}

// ElementType returns the plain form that the engine receives.
func (StorageSettingArgs) ElementType() reflect.Type { return reflect.TypeFor[storageSetting]() }

// FeatureSettingsArgs say where a vault's backups may be restored to.
type FeatureSettingsArgs struct {
	CrossRegionRestoreSettings       *StateArgs
	CrossSubscriptionRestoreSettings *StateArgs
}

type featureSettings struct {
	CrossRegionRestoreSettings       *state `pulumi:"crossRegionRestoreSettings"`
	CrossSubscriptionRestoreSettings *state `pulumi:"crossSubscriptionRestoreSettings"`
}

// ElementType returns the plain form that the engine receives.
func (FeatureSettingsArgs) ElementType() reflect.Type { return reflect.TypeFor[featureSettings]() }

// StateArgs are the state of a setting that has nothing else: Enabled or
// Disabled; for immutability Disabled, Unlocked or Locked; for cross-subscription
// restore also PermanentlyDisabled.
type StateArgs struct {
	State pulumi.StringPtrInput
}

type state struct {
	State *string `pulumi:"state"`
}

// ElementType returns the plain form that the engine receives.
func (StateArgs) ElementType() reflect.Type { return reflect.TypeFor[state]() }

// MonitoringSettingsArgs say which built-in alerts a vault raises.
type MonitoringSettingsArgs struct {
	AzureMonitorAlertSettings *AzureMonitorAlertSettingsArgs
}

type monitoringSettings struct {
	AzureMonitorAlertSettings *azureMonitorAlertSettings `pulumi:"azureMonitorAlertSettings"`
}

// ElementType returns the plain form that the engine receives.
func (MonitoringSettingsArgs) ElementType() reflect.Type {
	return reflect.TypeFor[monitoringSettings]()
}

// AzureMonitorAlertSettingsArgs turn the alert of every failed job on or off.
type AzureMonitorAlertSettingsArgs struct {
	AlertsForAllJobFailures pulumi.StringPtrInput // Enabled or Disabled
}

type azureMonitorAlertSettings struct {
	AlertsForAllJobFailures *string `pulumi:"alertsForAllJobFailures"`
}

// ElementType returns the plain form that the engine receives.
func (AzureMonitorAlertSettingsArgs) ElementType() reflect.Type {
	return reflect.TypeFor[azureMonitorAlertSettings]()
}

// SecuritySettingsArgs keep a vault's backups from being changed, deleted or
// read.
type SecuritySettingsArgs struct {
	EncryptionSettings   *EncryptionSettingsArgs
	ImmutabilitySettings *StateArgs
	SoftDeleteSettings   *SoftDeleteSettingsArgs
}

type securitySettings struct {
	EncryptionSettings   *encryptionSettings `pulumi:"encryptionSettings"`
	ImmutabilitySettings *state              `pulumi:"immutabilitySettings"`
	SoftDeleteSettings   *softDeleteSettings `pulumi:"softDeleteSettings"`
}

// ElementType returns the plain form that the engine receives.
func (SecuritySettingsArgs) ElementType() reflect.Type { return reflect.TypeFor[securitySettings]() }

// SoftDeleteSettingsArgs keep deleted backups for 14 to 180 days. AlwaysOn cannot
// be undone; a Recovery Services vault spells it AlwaysON.
type SoftDeleteSettingsArgs struct {
	RetentionDurationInDays pulumi.Float64PtrInput
	State                   pulumi.StringPtrInput // Off, On or AlwaysOn
}

type softDeleteSettings struct {
	RetentionDurationInDays *float64 `pulumi:"retentionDurationInDays"`
	State                   *string  `pulumi:"state"`
}

// ElementType returns the plain form that the engine receives.
func (SoftDeleteSettingsArgs) ElementType() reflect.Type {
	return reflect.TypeFor[softDeleteSettings]()
}

// EncryptionSettingsArgs name the key that encrypts a vault.
type EncryptionSettingsArgs struct {
	InfrastructureEncryption pulumi.StringPtrInput // Enabled or Disabled
	KekIdentity              *CmkKekIdentityArgs
	KeyVaultProperties       *CmkKeyVaultPropertiesArgs
	State                    pulumi.StringPtrInput // Enabled, Disabled or Inconsistent
}

type encryptionSettings struct {
	InfrastructureEncryption *string                `pulumi:"infrastructureEncryption"`
	KekIdentity              *cmkKekIdentity        `pulumi:"kekIdentity"`
	KeyVaultProperties       *cmkKeyVaultProperties `pulumi:"keyVaultProperties"`
	State                    *string                `pulumi:"state"`
}

// ElementType returns the plain form that the engine receives.
func (EncryptionSettingsArgs) ElementType() reflect.Type {
	return reflect.TypeFor[encryptionSettings]()
}

// CmkKekIdentityArgs name the identity that reads the key.
type CmkKekIdentityArgs struct {
	IdentityId   pulumi.StringPtrInput
	IdentityType pulumi.StringPtrInput // SystemAssigned or UserAssigned
}

type cmkKekIdentity struct {
	IdentityId   *string `pulumi:"identityId"`
	IdentityType *string `pulumi:"identityType"`
}

// ElementType returns the plain form that the engine receives.
func (CmkKekIdentityArgs) ElementType() reflect.Type { return reflect.TypeFor[cmkKekIdentity]() }

// CmkKeyVaultPropertiesArgs name the key.
type CmkKeyVaultPropertiesArgs struct {
	KeyUri pulumi.StringPtrInput
}

type cmkKeyVaultProperties struct {
	KeyUri *string `pulumi:"keyUri"`
}

// ElementType returns the plain form that the engine receives.
func (CmkKeyVaultPropertiesArgs) ElementType() reflect.Type {
	return reflect.TypeFor[cmkKeyVaultProperties]()
}

// DppIdentityDetailsArgs give a vault identities: its own, ours, or both.
type DppIdentityDetailsArgs struct {
	Type                   pulumi.StringPtrInput // SystemAssigned, UserAssigned or both, comma-separated
	UserAssignedIdentities pulumi.StringArrayInput
}

type dppIdentityDetails struct {
	Type                   *string  `pulumi:"type"`
	UserAssignedIdentities []string `pulumi:"userAssignedIdentities"`
}

// ElementType returns the plain form that the engine receives.
func (DppIdentityDetailsArgs) ElementType() reflect.Type {
	return reflect.TypeFor[dppIdentityDetails]()
}
