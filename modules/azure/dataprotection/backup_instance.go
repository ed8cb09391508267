package dataprotection

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// BackupInstance is one data source that a vault protects under a policy.
type BackupInstance struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput    `pulumi:"name"`
	Tags pulumi.StringMapOutput `pulumi:"tags"`
	Type pulumi.StringOutput    `pulumi:"type"`
}

// BackupInstanceArgs are the inputs of a BackupInstance.
type BackupInstanceArgs struct {
	BackupInstanceName pulumi.StringPtrInput
	Properties         *BackupInstanceTypeArgs
	ResourceGroupName  pulumi.StringInput // required
	Tags               pulumi.StringMapInput
	VaultName          pulumi.StringInput // required
}

type backupInstanceArgs struct {
	BackupInstanceName *string             `pulumi:"backupInstanceName"`
	Properties         *backupInstanceType `pulumi:"properties"`
	ResourceGroupName  string              `pulumi:"resourceGroupName"`
	Tags               map[string]string   `pulumi:"tags"`
	VaultName          string              `pulumi:"vaultName"`
}

// ElementType returns the plain form that the engine receives.
func (BackupInstanceArgs) ElementType() reflect.Type { return reflect.TypeFor[backupInstanceArgs]() }

// NewBackupInstance registers a protected data source. It fails when a required
// input is missing.
func NewBackupInstance(ctx *pulumi.Context, name string, args *BackupInstanceArgs, opts ...pulumi.ResourceOption) (*BackupInstance, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := inVault(args.ResourceGroupName, args.VaultName); err != nil {
		return nil, err
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource BackupInstance
	if err := ctx.RegisterResource("azure-native:dataprotection/v20240401:BackupInstance", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// BackupInstanceTypeArgs say what is protected and how.
type BackupInstanceTypeArgs struct {
	DataSourceInfo                 *DatasourceArgs // required
	DataSourceSetInfo              *DatasourceArgs // the set the source belongs to; for these sources itself
	FriendlyName                   pulumi.StringPtrInput
	IdentityDetails                *IdentityDetailsArgs
	ObjectType                     pulumi.StringInput // BackupInstance
	PolicyInfo                     *PolicyInfoArgs    // required
	ResourceGuardOperationRequests pulumi.StringArrayInput
	ValidationType                 pulumi.StringPtrInput // ShallowValidation or DeepValidation
}

type backupInstanceType struct {
	DataSourceInfo                 *datasource      `pulumi:"dataSourceInfo"`
	DataSourceSetInfo              *datasource      `pulumi:"dataSourceSetInfo"`
	FriendlyName                   *string          `pulumi:"friendlyName"`
	IdentityDetails                *identityDetails `pulumi:"identityDetails"`
	ObjectType                     string           `pulumi:"objectType"`
	PolicyInfo                     *policyInfo      `pulumi:"policyInfo"`
	ResourceGuardOperationRequests []string         `pulumi:"resourceGuardOperationRequests"`
	ValidationType                 *string          `pulumi:"validationType"`
}

// ElementType returns the plain form that the engine receives.
func (BackupInstanceTypeArgs) ElementType() reflect.Type {
	return reflect.TypeFor[backupInstanceType]()
}

// DatasourceArgs name a data source, or the set it belongs to.
type DatasourceArgs struct {
	DatasourceType   pulumi.StringPtrInput // such as Microsoft.DBforPostgreSQL/flexibleServers
	ObjectType       pulumi.StringPtrInput // Datasource or DatasourceSet
	ResourceID       pulumi.StringInput    // required
	ResourceLocation pulumi.StringPtrInput
	ResourceName     pulumi.StringPtrInput
	ResourceType     pulumi.StringPtrInput
	ResourceUri      pulumi.StringPtrInput
}

type datasource struct {
	DatasourceType   *string `pulumi:"datasourceType"`
	ObjectType       *string `pulumi:"objectType"`
	ResourceID       string  `pulumi:"resourceID"`
	ResourceLocation *string `pulumi:"resourceLocation"`
	ResourceName     *string `pulumi:"resourceName"`
	ResourceType     *string `pulumi:"resourceType"`
	ResourceUri      *string `pulumi:"resourceUri"`
}

// ElementType returns the plain form that the engine receives.
func (DatasourceArgs) ElementType() reflect.Type { return reflect.TypeFor[datasource]() }

// IdentityDetailsArgs say which of the vault's identities reaches the source.
type IdentityDetailsArgs struct {
	UseSystemAssignedIdentity  pulumi.BoolPtrInput
	UserAssignedIdentityArmUrl pulumi.StringPtrInput
}

type identityDetails struct {
	UseSystemAssignedIdentity  *bool   `pulumi:"useSystemAssignedIdentity"`
	UserAssignedIdentityArmUrl *string `pulumi:"userAssignedIdentityArmUrl"`
}

// ElementType returns the plain form that the engine receives.
func (IdentityDetailsArgs) ElementType() reflect.Type { return reflect.TypeFor[identityDetails]() }

// PolicyInfoArgs name the policy and what it takes of the source.
type PolicyInfoArgs struct {
	PolicyId         pulumi.StringInput // required
	PolicyParameters *PolicyParametersArgs
}

type policyInfo struct {
	PolicyId         string            `pulumi:"policyId"`
	PolicyParameters *policyParameters `pulumi:"policyParameters"`
}

// ElementType returns the plain form that the engine receives.
func (PolicyInfoArgs) ElementType() reflect.Type { return reflect.TypeFor[policyInfo]() }

// PolicyParametersArgs are what a policy takes of blobs.
type PolicyParametersArgs struct {
	BackupDatasourceParametersList []BlobBackupDatasourceParametersArgs
}

type policyParameters struct {
	BackupDatasourceParametersList []blobBackupDatasourceParameters `pulumi:"backupDatasourceParametersList"`
}

// ElementType returns the plain form that the engine receives.
func (PolicyParametersArgs) ElementType() reflect.Type { return reflect.TypeFor[policyParameters]() }

// BlobBackupDatasourceParametersArgs list the containers of an account that a
// vault keeps, at most 100.
type BlobBackupDatasourceParametersArgs struct {
	ContainersList pulumi.StringArrayInput
	ObjectType     pulumi.StringInput // BlobBackupDatasourceParameters
}

type blobBackupDatasourceParameters struct {
	ContainersList []string `pulumi:"containersList"`
	ObjectType     string   `pulumi:"objectType"`
}

// ElementType returns the plain form that the engine receives.
func (BlobBackupDatasourceParametersArgs) ElementType() reflect.Type {
	return reflect.TypeFor[blobBackupDatasourceParameters]()
}
