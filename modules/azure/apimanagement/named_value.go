package apimanagement

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// NamedValue is a value that policies refer to by name, as {{name}}.
type NamedValue struct {
	pulumi.CustomResourceState

	DisplayName pulumi.StringOutput `pulumi:"displayName"`
	Name        pulumi.StringOutput `pulumi:"name"`
	Type        pulumi.StringOutput `pulumi:"type"`
}

// NamedValueArgs are the inputs of a named value.
type NamedValueArgs struct {
	DisplayName       pulumi.StringInput // required: the name in policies
	KeyVault          *KeyVaultArgs      // a secret in place of a value
	NamedValueId      pulumi.StringPtrInput
	ResourceGroupName pulumi.StringInput // required
	Secret            pulumi.BoolPtrInput
	ServiceName       pulumi.StringInput // required
	Value             pulumi.StringPtrInput
}

type namedValueArgs struct {
	DisplayName       string    `pulumi:"displayName"`
	KeyVault          *keyVault `pulumi:"keyVault"`
	NamedValueId      *string   `pulumi:"namedValueId"`
	ResourceGroupName string    `pulumi:"resourceGroupName"`
	Secret            *bool     `pulumi:"secret"`
	ServiceName       string    `pulumi:"serviceName"`
	Value             *string   `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (NamedValueArgs) ElementType() reflect.Type { return reflect.TypeFor[namedValueArgs]() }

// NewNamedValue registers a named value. It fails when a required input is missing.
func NewNamedValue(ctx *pulumi.Context, name string, args *NamedValueArgs, opts ...pulumi.ResourceOption) (*NamedValue, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.DisplayName == nil {
		return nil, errors.New("invalid value for required argument 'DisplayName'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource NamedValue
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:NamedValue", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// KeyVaultArgs point to a secret.
type KeyVaultArgs struct {
	IdentityClientId pulumi.StringPtrInput
	SecretIdentifier pulumi.StringPtrInput
}

type keyVault struct {
	IdentityClientId *string `pulumi:"identityClientId"`
	SecretIdentifier *string `pulumi:"secretIdentifier"`
}

// ElementType returns the plain form that the engine receives.
func (KeyVaultArgs) ElementType() reflect.Type { return reflect.TypeFor[keyVault]() }
