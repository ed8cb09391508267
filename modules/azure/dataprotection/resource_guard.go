package dataprotection

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ResourceGuard makes the dangerous operations on the vaults that name it need
// a second person: someone with a role on the guard itself.
type ResourceGuard struct {
	pulumi.CustomResourceState

	Location pulumi.StringPtrOutput `pulumi:"location"`
	Name     pulumi.StringOutput    `pulumi:"name"`
	Tags     pulumi.StringMapOutput `pulumi:"tags"`
	Type     pulumi.StringOutput    `pulumi:"type"`
}

// ResourceGuardArgs are the inputs of a ResourceGuard.
type ResourceGuardArgs struct {
	Location           pulumi.StringPtrInput
	Properties         *ResourceGuardTypeArgs
	ResourceGroupName  pulumi.StringInput // required
	ResourceGuardsName pulumi.StringPtrInput
	Tags               pulumi.StringMapInput
}

type resourceGuardArgs struct {
	Location           *string            `pulumi:"location"`
	Properties         *resourceGuardType `pulumi:"properties"`
	ResourceGroupName  string             `pulumi:"resourceGroupName"`
	ResourceGuardsName *string            `pulumi:"resourceGuardsName"`
	Tags               map[string]string  `pulumi:"tags"`
}

// ElementType returns the plain form that the engine receives.
func (ResourceGuardArgs) ElementType() reflect.Type { return reflect.TypeFor[resourceGuardArgs]() }

// NewResourceGuard registers a guard. It fails when a required input is missing.
func NewResourceGuard(ctx *pulumi.Context, name string, args *ResourceGuardArgs, opts ...pulumi.ResourceOption) (*ResourceGuard, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ResourceGuard
	if err := ctx.RegisterResource("azure-native:dataprotection/v20240401:ResourceGuard", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ResourceGuardTypeArgs say which operations a guard lets pass.
type ResourceGuardTypeArgs struct {
	VaultCriticalOperationExclusionList pulumi.StringArrayInput
}

type resourceGuardType struct {
	VaultCriticalOperationExclusionList []string `pulumi:"vaultCriticalOperationExclusionList"`
}

// ElementType returns the plain form that the engine receives.
func (ResourceGuardTypeArgs) ElementType() reflect.Type { return reflect.TypeFor[resourceGuardType]() }

// DppResourceGuardProxy puts a Backup vault under a guard.
type DppResourceGuardProxy struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// DppResourceGuardProxyArgs are the inputs of a DppResourceGuardProxy.
type DppResourceGuardProxyArgs struct {
	Properties             *ResourceGuardProxyBaseArgs
	ResourceGroupName      pulumi.StringInput    // required
	ResourceGuardProxyName pulumi.StringPtrInput // DppResourceGuardProxy, the only name there is
	VaultName              pulumi.StringInput    // required
}

type dppResourceGuardProxyArgs struct {
	Properties             *resourceGuardProxyBase `pulumi:"properties"`
	ResourceGroupName      string                  `pulumi:"resourceGroupName"`
	ResourceGuardProxyName *string                 `pulumi:"resourceGuardProxyName"`
	VaultName              string                  `pulumi:"vaultName"`
}

// ElementType returns the plain form that the engine receives.
func (DppResourceGuardProxyArgs) ElementType() reflect.Type {
	return reflect.TypeFor[dppResourceGuardProxyArgs]()
}

// NewDppResourceGuardProxy registers the link from a vault to its guard. It
// fails when a required input is missing.
func NewDppResourceGuardProxy(ctx *pulumi.Context, name string, args *DppResourceGuardProxyArgs, opts ...pulumi.ResourceOption) (*DppResourceGuardProxy, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if err := inVault(args.ResourceGroupName, args.VaultName); err != nil {
		return nil, err
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource DppResourceGuardProxy
	if err := ctx.RegisterResource("azure-native:dataprotection/v20240401:DppResourceGuardProxy", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ResourceGuardProxyBaseArgs name the guard and, per guarded operation, the
// request that was approved for it.
type ResourceGuardProxyBaseArgs struct {
	Description                   pulumi.StringPtrInput
	LastUpdatedTime               pulumi.StringPtrInput
	ResourceGuardOperationDetails []ResourceGuardOperationDetailArgs
	ResourceGuardResourceId       pulumi.StringPtrInput
}

type resourceGuardProxyBase struct {
	Description                   *string                        `pulumi:"description"`
	LastUpdatedTime               *string                        `pulumi:"lastUpdatedTime"`
	ResourceGuardOperationDetails []resourceGuardOperationDetail `pulumi:"resourceGuardOperationDetails"`
	ResourceGuardResourceId       *string                        `pulumi:"resourceGuardResourceId"`
}

// ElementType returns the plain form that the engine receives.
func (ResourceGuardProxyBaseArgs) ElementType() reflect.Type {
	return reflect.TypeFor[resourceGuardProxyBase]()
}

// ResourceGuardOperationDetailArgs are one guarded operation.
type ResourceGuardOperationDetailArgs struct {
	DefaultResourceRequest pulumi.StringPtrInput
	VaultCriticalOperation pulumi.StringPtrInput
}

type resourceGuardOperationDetail struct {
	DefaultResourceRequest *string `pulumi:"defaultResourceRequest"`
	VaultCriticalOperation *string `pulumi:"vaultCriticalOperation"`
}

// ElementType returns the plain form that the engine receives.
func (ResourceGuardOperationDetailArgs) ElementType() reflect.Type {
	return reflect.TypeFor[resourceGuardOperationDetail]()
}
