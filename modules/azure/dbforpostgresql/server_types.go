package dbforpostgresql

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AuthConfigArgs say who may sign in: Enabled or Disabled for each way.
type AuthConfigArgs struct {
	ActiveDirectoryAuth pulumi.StringPtrInput
	PasswordAuth        pulumi.StringPtrInput
	TenantId            pulumi.StringPtrInput
}

type authConfig struct {
	ActiveDirectoryAuth *string `pulumi:"activeDirectoryAuth"`
	PasswordAuth        *string `pulumi:"passwordAuth"`
	TenantId            *string `pulumi:"tenantId"`
}

// ElementType returns the plain form that the engine receives.
func (AuthConfigArgs) ElementType() reflect.Type { return reflect.TypeFor[authConfig]() }

// BackupArgs say how long backups are kept (7 to 35 days) and whether they are
// copied to the paired region, which can be chosen only at creation.
type BackupArgs struct {
	BackupRetentionDays pulumi.IntPtrInput
	GeoRedundantBackup  pulumi.StringPtrInput // Enabled or Disabled
}

type backup struct {
	BackupRetentionDays *int    `pulumi:"backupRetentionDays"`
	GeoRedundantBackup  *string `pulumi:"geoRedundantBackup"`
}

// ElementType returns the plain form that the engine receives.
func (BackupArgs) ElementType() reflect.Type { return reflect.TypeFor[backup]() }

// DataEncryptionArgs name the keys that encrypt the server and, when backups are
// geo-redundant, those of the paired region that encrypt their copy.
type DataEncryptionArgs struct {
	GeoBackupKeyURI                 pulumi.StringPtrInput
	GeoBackupUserAssignedIdentityId pulumi.StringPtrInput
	PrimaryKeyURI                   pulumi.StringPtrInput
	PrimaryUserAssignedIdentityId   pulumi.StringPtrInput
	Type                            pulumi.StringPtrInput // AzureKeyVault or SystemManaged
}

type dataEncryption struct {
	GeoBackupKeyURI                 *string `pulumi:"geoBackupKeyURI"`
	GeoBackupUserAssignedIdentityId *string `pulumi:"geoBackupUserAssignedIdentityId"`
	PrimaryKeyURI                   *string `pulumi:"primaryKeyURI"`
	PrimaryUserAssignedIdentityId   *string `pulumi:"primaryUserAssignedIdentityId"`
	Type                            *string `pulumi:"type"`
}

// ElementType returns the plain form that the engine receives.
func (DataEncryptionArgs) ElementType() reflect.Type { return reflect.TypeFor[dataEncryption]() }

// HighAvailabilityArgs give the server a synchronous standby in its own region.
type HighAvailabilityArgs struct {
	Mode                    pulumi.StringPtrInput // Disabled, SameZone or ZoneRedundant
	StandbyAvailabilityZone pulumi.StringPtrInput
}

type highAvailability struct {
	Mode                    *string `pulumi:"mode"`
	StandbyAvailabilityZone *string `pulumi:"standbyAvailabilityZone"`
}

// ElementType returns the plain form that the engine receives.
func (HighAvailabilityArgs) ElementType() reflect.Type { return reflect.TypeFor[highAvailability]() }

// UserAssignedIdentityArgs are the identities that the server reads its keys
// with, keyed by ARM id. Unlike other namespaces, this one keeps a map with
// values, see Identities.
type UserAssignedIdentityArgs struct {
	Type                   pulumi.StringInput // UserAssigned or None
	UserAssignedIdentities pulumi.MapInput
}

type userAssignedIdentity struct {
	Type                   string         `pulumi:"type"`
	UserAssignedIdentities map[string]any `pulumi:"userAssignedIdentities"`
}

// ElementType returns the plain form that the engine receives.
func (UserAssignedIdentityArgs) ElementType() reflect.Type {
	return reflect.TypeFor[userAssignedIdentity]()
}

// Identities returns the ids as UserAssignedIdentityArgs wants them.
func Identities(ids ...pulumi.StringInput) pulumi.MapOutput {
	outputs := make(pulumi.StringArray, len(ids))
	copy(outputs, ids)
	return outputs.ToStringArrayOutput().ApplyT(func(ids []string) map[string]any {
		identities := make(map[string]any, len(ids))
		for _, id := range ids {
			identities[id] = map[string]any{}
		}
		return identities
	}).(pulumi.MapOutput)
}

// MaintenanceWindowArgs say when the platform may patch the server, in UTC.
type MaintenanceWindowArgs struct {
	CustomWindow pulumi.StringPtrInput // Enabled or Disabled
	DayOfWeek    pulumi.IntPtrInput    // 0 is Sunday
	StartHour    pulumi.IntPtrInput
	StartMinute  pulumi.IntPtrInput
}

type maintenanceWindow struct {
	CustomWindow *string `pulumi:"customWindow"`
	DayOfWeek    *int    `pulumi:"dayOfWeek"`
	StartHour    *int    `pulumi:"startHour"`
	StartMinute  *int    `pulumi:"startMinute"`
}

// ElementType returns the plain form that the engine receives.
func (MaintenanceWindowArgs) ElementType() reflect.Type { return reflect.TypeFor[maintenanceWindow]() }

// NetworkArgs place the server in a subnet delegated to it and register it in a
// private DNS zone. A server made so has no public address and can get none.
type NetworkArgs struct {
	DelegatedSubnetResourceId   pulumi.StringPtrInput
	PrivateDnsZoneArmResourceId pulumi.StringPtrInput
	PublicNetworkAccess         pulumi.StringPtrInput // Enabled or Disabled
}

type network struct {
	DelegatedSubnetResourceId   *string `pulumi:"delegatedSubnetResourceId"`
	PrivateDnsZoneArmResourceId *string `pulumi:"privateDnsZoneArmResourceId"`
	PublicNetworkAccess         *string `pulumi:"publicNetworkAccess"`
}

// ElementType returns the plain form that the engine receives.
func (NetworkArgs) ElementType() reflect.Type { return reflect.TypeFor[network]() }

// ReplicaArgs say which part a server plays in replication, and promote it.
type ReplicaArgs struct {
	PromoteMode   pulumi.StringPtrInput // standalone or switchover
	PromoteOption pulumi.StringPtrInput // planned or forced
	Role          pulumi.StringPtrInput // None, Primary, AsyncReplica or GeoAsyncReplica
}

type replica struct {
	PromoteMode   *string `pulumi:"promoteMode"`
	PromoteOption *string `pulumi:"promoteOption"`
	Role          *string `pulumi:"role"`
}

// ElementType returns the plain form that the engine receives.
func (ReplicaArgs) ElementType() reflect.Type { return reflect.TypeFor[replica]() }

// SkuArgs are the server's size.
type SkuArgs struct {
	Name pulumi.StringInput // such as Standard_D4ds_v5
	Tier pulumi.StringInput // Burstable, GeneralPurpose or MemoryOptimized
}

type sku struct {
	Name string `pulumi:"name"`
	Tier string `pulumi:"tier"`
}

// ElementType returns the plain form that the engine receives.
func (SkuArgs) ElementType() reflect.Type { return reflect.TypeFor[sku]() }

// StorageArgs are the server's disk.
type StorageArgs struct {
	AutoGrow      pulumi.StringPtrInput // Enabled or Disabled
	Iops          pulumi.IntPtrInput
	StorageSizeGB pulumi.IntPtrInput
	Throughput    pulumi.IntPtrInput
	Tier          pulumi.StringPtrInput // P4 to P80
	Type          pulumi.StringPtrInput // Premium_LRS or PremiumV2_LRS
}

type storage struct {
	AutoGrow      *string `pulumi:"autoGrow"`
	Iops          *int    `pulumi:"iops"`
	StorageSizeGB *int    `pulumi:"storageSizeGB"`
	Throughput    *int    `pulumi:"throughput"`
	Tier          *string `pulumi:"tier"`
	Type          *string `pulumi:"type"`
}

// ElementType returns the plain form that the engine receives.
func (StorageArgs) ElementType() reflect.Type { return reflect.TypeFor[storage]() }
