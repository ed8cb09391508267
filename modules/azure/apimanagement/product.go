package apimanagement

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Product is a set of APIs that a key opens.
type Product struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// ProductArgs are the inputs of a product.
type ProductArgs struct {
	ApprovalRequired     pulumi.BoolPtrInput // somebody has to approve a new key
	Description          pulumi.StringPtrInput
	DisplayName          pulumi.StringInput // required
	ProductId            pulumi.StringPtrInput
	ResourceGroupName    pulumi.StringInput    // required
	ServiceName          pulumi.StringInput    // required
	State                pulumi.StringPtrInput // notPublished or published
	SubscriptionRequired pulumi.BoolPtrInput   // a call needs a key; true when left out
	SubscriptionsLimit   pulumi.IntPtrInput    // keys that one user may hold; any number when left out
	Terms                pulumi.StringPtrInput
}

type productArgs struct {
	ApprovalRequired     *bool   `pulumi:"approvalRequired"`
	Description          *string `pulumi:"description"`
	DisplayName          string  `pulumi:"displayName"`
	ProductId            *string `pulumi:"productId"`
	ResourceGroupName    string  `pulumi:"resourceGroupName"`
	ServiceName          string  `pulumi:"serviceName"`
	State                *string `pulumi:"state"`
	SubscriptionRequired *bool   `pulumi:"subscriptionRequired"`
	SubscriptionsLimit   *int    `pulumi:"subscriptionsLimit"`
	Terms                *string `pulumi:"terms"`
}

// ElementType returns the plain form that the engine receives.
func (ProductArgs) ElementType() reflect.Type { return reflect.TypeFor[productArgs]() }

// NewProduct registers a product. It fails when a required input is missing.
func NewProduct(ctx *pulumi.Context, name string, args *ProductArgs, opts ...pulumi.ResourceOption) (*Product, error) {
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
	var resource Product
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:Product", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// ProductApi adds an API to a product.
type ProductApi struct {
	pulumi.CustomResourceState

	Name pulumi.StringOutput `pulumi:"name"`
	Type pulumi.StringOutput `pulumi:"type"`
}

// ProductApiArgs are the inputs of an API of a product.
type ProductApiArgs struct {
	ApiId             pulumi.StringInput // required
	ProductId         pulumi.StringInput // required
	ResourceGroupName pulumi.StringInput // required
	ServiceName       pulumi.StringInput // required
}

type productApiArgs struct {
	ApiId             string `pulumi:"apiId"`
	ProductId         string `pulumi:"productId"`
	ResourceGroupName string `pulumi:"resourceGroupName"`
	ServiceName       string `pulumi:"serviceName"`
}

// ElementType returns the plain form that the engine receives.
func (ProductApiArgs) ElementType() reflect.Type { return reflect.TypeFor[productApiArgs]() }

// NewProductApi registers an API of a product. It fails when a required input is missing.
func NewProductApi(ctx *pulumi.Context, name string, args *ProductApiArgs, opts ...pulumi.ResourceOption) (*ProductApi, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.ApiId == nil {
		return nil, errors.New("invalid value for required argument 'ApiId'")
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
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource ProductApi
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:ProductApi", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}

// Subscription is a pair of keys and what they open.
type Subscription struct {
	pulumi.CustomResourceState

	Name  pulumi.StringOutput `pulumi:"name"`
	Scope pulumi.StringOutput `pulumi:"scope"`
	Type  pulumi.StringOutput `pulumi:"type"`
}

// SubscriptionArgs are the inputs of a pair of keys.
type SubscriptionArgs struct {
	AllowTracing      pulumi.BoolPtrInput   // the key's holder may record whole requests
	AppType           pulumi.StringPtrInput // portal or developerPortal
	DisplayName       pulumi.StringInput    // required
	Notify            pulumi.BoolPtrInput
	OwnerId           pulumi.StringPtrInput
	PrimaryKey        pulumi.StringPtrInput // made by the service when left out
	ResourceGroupName pulumi.StringInput    // required
	Scope             pulumi.StringInput    // required: /products/<id>, /apis/<id> or /apis for all
	SecondaryKey      pulumi.StringPtrInput
	ServiceName       pulumi.StringInput // required
	Sid               pulumi.StringPtrInput
	State             pulumi.StringPtrInput // active, suspended and so on
}

type subscriptionArgs struct {
	AllowTracing      *bool   `pulumi:"allowTracing"`
	AppType           *string `pulumi:"appType"`
	DisplayName       string  `pulumi:"displayName"`
	Notify            *bool   `pulumi:"notify"`
	OwnerId           *string `pulumi:"ownerId"`
	PrimaryKey        *string `pulumi:"primaryKey"`
	ResourceGroupName string  `pulumi:"resourceGroupName"`
	Scope             string  `pulumi:"scope"`
	SecondaryKey      *string `pulumi:"secondaryKey"`
	ServiceName       string  `pulumi:"serviceName"`
	Sid               *string `pulumi:"sid"`
	State             *string `pulumi:"state"`
}

// ElementType returns the plain form that the engine receives.
func (SubscriptionArgs) ElementType() reflect.Type { return reflect.TypeFor[subscriptionArgs]() }

// NewSubscription registers a pair of keys. It fails when a required input is missing.
func NewSubscription(ctx *pulumi.Context, name string, args *SubscriptionArgs, opts ...pulumi.ResourceOption) (*Subscription, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.DisplayName == nil {
		return nil, errors.New("invalid value for required argument 'DisplayName'")
	}
	if args.ResourceGroupName == nil {
		return nil, errors.New("invalid value for required argument 'ResourceGroupName'")
	}
	if args.Scope == nil {
		return nil, errors.New("invalid value for required argument 'Scope'")
	}
	if args.ServiceName == nil {
		return nil, errors.New("invalid value for required argument 'ServiceName'")
	}
	if args.PrimaryKey != nil {
		args.PrimaryKey = pulumi.ToSecret(args.PrimaryKey).(pulumi.StringPtrInput)
	}
	if args.SecondaryKey != nil {
		args.SecondaryKey = pulumi.ToSecret(args.SecondaryKey).(pulumi.StringPtrInput)
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Subscription
	if err := ctx.RegisterResource("azure-native:apimanagement/v20240501:Subscription", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}
