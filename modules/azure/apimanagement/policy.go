package apimanagement

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Policy is what a gateway does with every call.
type Policy struct {
	pulumi.CustomResourceState

	Name  pulumi.StringOutput `pulumi:"name"`
	Type  pulumi.StringOutput `pulumi:"type"`
	Value pulumi.StringOutput `pulumi:"value"`
}

// PolicyArgs are the inputs of a gateway's policy.
type PolicyArgs struct {
	Format            pulumi.StringPtrInput // xml or rawxml; rawxml is not encoded
	PolicyId          pulumi.StringPtrInput // always policy
	ResourceGroupName pulumi.StringInput    // required
	ServiceName       pulumi.StringInput    // required
	Value             pulumi.StringInput    // required: the policy document
}

type policyArgs struct {
	Format            *string `pulumi:"format"`
	PolicyId          *string `pulumi:"policyId"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServiceName       string  `pulumi:"serviceName"`
	Value             string  `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (PolicyArgs) ElementType() reflect.Type { return reflect.TypeFor[policyArgs]() }

// NewPolicy registers a gateway's policy. It fails when a required input is missing.
func NewPolicy(ctx *pulumi.Context, name string, args *PolicyArgs, opts ...pulumi.ResourceOption) (*Policy, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	if args.Value == nil {
		return nil, errors.New("invalid value for required argument 'Value'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Policy
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:Policy", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ProductPolicy is what a gateway does with the calls that a key of a product makes.
type ProductPolicy struct {
	pulumi.CustomResourceState

	Name  pulumi.StringOutput `pulumi:"name"`
	Type  pulumi.StringOutput `pulumi:"type"`
	Value pulumi.StringOutput `pulumi:"value"`
}

// ProductPolicyArgs are the inputs of a product's policy.
type ProductPolicyArgs struct {
	Format            pulumi.StringPtrInput // xml or rawxml; rawxml is not encoded
	PolicyId          pulumi.StringPtrInput // always policy
	ProductId         pulumi.StringInput    // required
	ResourceGroupName pulumi.StringInput    // required
	ServiceName       pulumi.StringInput    // required
	Value             pulumi.StringInput    // required: the policy document
}

type productPolicyArgs struct {
	Format            *string `pulumi:"format"`
	PolicyId          *string `pulumi:"policyId"`
	ProductId         string  `pulumi:"productId"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServiceName       string  `pulumi:"serviceName"`
	Value             string  `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (ProductPolicyArgs) ElementType() reflect.Type { return reflect.TypeFor[productPolicyArgs]() }

// NewProductPolicy registers a product's policy. It fails when a required input is missing.
func NewProductPolicy(ctx *pulumi.Context, name string, args *ProductPolicyArgs, opts ...pulumi.ResourceOption) (*ProductPolicy, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ProductId == nil {
		return nil, errors.New("invalid value for required argument 'ProductId'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	if args.Value == nil {
		return nil, errors.New("invalid value for required argument 'Value'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ProductPolicy
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ProductPolicy", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ApiPolicy is what a gateway does with the calls of an API.
type ApiPolicy struct {
	pulumi.CustomResourceState

	Name  pulumi.StringOutput `pulumi:"name"`
	Type  pulumi.StringOutput `pulumi:"type"`
	Value pulumi.StringOutput `pulumi:"value"`
}

// ApiPolicyArgs are the inputs of an API's policy.
type ApiPolicyArgs struct {
	ApiId             pulumi.StringInput    // required
	Format            pulumi.StringPtrInput // xml or rawxml; rawxml is not encoded
	PolicyId          pulumi.StringPtrInput // always policy
	ResourceGroupName pulumi.StringInput    // required
	ServiceName       pulumi.StringInput    // required
	Value             pulumi.StringInput    // required: the policy document
}

type apiPolicyArgs struct {
	ApiId             string  `pulumi:"apiId"`
	Format            *string `pulumi:"format"`
	PolicyId          *string `pulumi:"policyId"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServiceName       string  `pulumi:"serviceName"`
	Value             string  `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (ApiPolicyArgs) ElementType() reflect.Type { return reflect.TypeFor[apiPolicyArgs]() }

// NewApiPolicy registers an API's policy. It fails when a required input is missing.
func NewApiPolicy(ctx *pulumi.Context, name string, args *ApiPolicyArgs, opts ...pulumi.ResourceOption) (*ApiPolicy, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ApiId == nil {
		return nil, errors.New("invalid value for required argument 'ApiId'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	if args.Value == nil {
		return nil, errors.New("invalid value for required argument 'Value'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ApiPolicy
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ApiPolicy", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ApiOperationPolicy is what a gateway does with the calls of one operation.
type ApiOperationPolicy struct {
	pulumi.CustomResourceState

	Name  pulumi.StringOutput `pulumi:"name"`
	Type  pulumi.StringOutput `pulumi:"type"`
	Value pulumi.StringOutput `pulumi:"value"`
}

// ApiOperationPolicyArgs are the inputs of an operation's policy.
type ApiOperationPolicyArgs struct {
	ApiId             pulumi.StringInput    // required
	Format            pulumi.StringPtrInput // xml or rawxml; rawxml is not encoded
	OperationId       pulumi.StringInput    // required
	PolicyId          pulumi.StringPtrInput // always policy
	ResourceGroupName pulumi.StringInput    // required
	ServiceName       pulumi.StringInput    // required
	Value             pulumi.StringInput    // required: the policy document
}

type apiOperationPolicyArgs struct {
	ApiId             string  `pulumi:"apiId"`
	Format            *string `pulumi:"format"`
	OperationId       string  `pulumi:"operationId"`
	PolicyId          *string `pulumi:"policyId"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	ServiceName       string  `pulumi:"serviceName"`
	Value             string  `pulumi:"value"`
}

// ElementType returns the plain form that the engine receives.
func (ApiOperationPolicyArgs) ElementType() reflect.Type {
	return reflect.TypeFor[apiOperationPolicyArgs]()
}

// NewApiOperationPolicy registers an operation's policy. It fails when a required input is missing.
func NewApiOperationPolicy(ctx *pulumi.Context, name string, args *ApiOperationPolicyArgs, opts ...pulumi.ResourceOption) (*ApiOperationPolicy, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ApiId == nil {
		return nil, errors.New("invalid value for required argument 'ApiId'")
	}
	if args.OperationId == nil {
		return nil, errors.New("invalid value for required argument 'OperationId'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	if args.Value == nil {
		return nil, errors.New("invalid value for required argument 'Value'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ApiOperationPolicy
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ApiOperationPolicy", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}
