package managedidentity

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// UserAssignedIdentity is an identity that workloads sign in with and that
// outlives them. REST API version 2023-01-31.
type UserAssignedIdentity struct {
	pulumi.CustomResourceState

	ClientId    pulumi.StringOutput    `pulumi:"clientId"`
	Location    pulumi.StringOutput    `pulumi:"location"`
	Name        pulumi.StringOutput    `pulumi:"name"`
	PrincipalId pulumi.StringOutput    `pulumi:"principalId"`
	Tags        pulumi.StringMapOutput `pulumi:"tags"`
	TenantId    pulumi.StringOutput    `pulumi:"tenantId"`
	Type        pulumi.StringOutput    `pulumi:"type"`
}

// UserAssignedIdentityArgs are the inputs of a UserAssignedIdentity.
type UserAssignedIdentityArgs struct {
	Location          pulumi.StringPtrInput
	ResourceGroupName pulumi.StringInput    // required
	ResourceName      pulumi.StringPtrInput // ARM name
	Tags              pulumi.StringMapInput
}

type userAssignedIdentityArgs struct {
	Location          *string           `pulumi:"location"`
	ResourceGroupName string            `pulumi:"resourceGroupName"`
	ResourceName      *string           `pulumi:"resourceName"`
	Tags              map[string]string `pulumi:"tags"`
}

// ElementType returns the plain form that the engine receives.
func (UserAssignedIdentityArgs) ElementType() reflect.Type {
	return reflect.TypeFor[userAssignedIdentityArgs]()
}

// NewUserAssignedIdentity registers a user-assigned identity. It fails when a
// required input is missing.
func NewUserAssignedIdentity(ctx *pulumi.Context, name string, args *UserAssignedIdentityArgs, opts ...pulumi.ResourceOption) (*UserAssignedIdentity, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource UserAssignedIdentity
	if err := ctx.RegisterResource("azure-native:managedidentity:UserAssignedIdentity", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}
