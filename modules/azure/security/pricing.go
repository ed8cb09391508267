package security

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi-azure-native-sdk/v2/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Pricing turns a Microsoft Defender for Cloud plan on or off for a scope. REST
// API version 2024-01-01.
type Pricing struct {
	pulumi.CustomResourceState

	Enforce     pulumi.StringPtrOutput `pulumi:"enforce"`
	Name        pulumi.StringOutput    `pulumi:"name"`
	PricingTier pulumi.StringOutput    `pulumi:"pricingTier"`
	SubPlan     pulumi.StringPtrOutput `pulumi:"subPlan"`
	Type        pulumi.StringOutput    `pulumi:"type"`
}

// PricingArgs are the inputs of a Pricing.
type PricingArgs struct {
	Enforce     pulumi.StringPtrInput // True keeps lower scopes from changing the plan
	Extensions  []ExtensionArgs
	PricingName pulumi.StringPtrInput // the plan, such as StorageAccounts
	PricingTier pulumi.StringInput    // required: Free or Standard
	ScopeId     pulumi.StringInput    // required: without a leading slash, such as subscriptions/<id>
	SubPlan     pulumi.StringPtrInput // such as DefenderForStorageV2
}

type pricingArgs struct {
	Enforce     *string     `pulumi:"enforce"`
	Extensions  []extension `pulumi:"extensions"`
	PricingName *string     `pulumi:"pricingName"`
	PricingTier string      `pulumi:"pricingTier"`
	ScopeId     string      `pulumi:"scopeId"`
	SubPlan     *string     `pulumi:"subPlan"`
}

// ElementType returns the plain form that the engine receives.
func (PricingArgs) ElementType() reflect.Type { return reflect.TypeFor[pricingArgs]() }

// ExtensionArgs turn one part of a plan on or off.
type ExtensionArgs struct {
	IsEnabled pulumi.StringInput // True or False
	Name      pulumi.StringInput
}

type extension struct {
	IsEnabled string `pulumi:"isEnabled"`
	Name      string `pulumi:"name"`
}

// ElementType returns the plain form that the engine receives.
func (ExtensionArgs) ElementType() reflect.Type { return reflect.TypeFor[extension]() }

// NewPricing registers a Defender plan. It fails when a required input is
// missing.
func NewPricing(ctx *pulumi.Context, name string, args *PricingArgs, opts ...pulumi.ResourceOption) (*Pricing, error) {
	if args == nil {
		return nil, errors.New("missing one or more required arguments")
	}
	if args.PricingTier == nil {
		return nil, errors.New("invalid value for required argument 'PricingTier'")
	}
	if args.ScopeId == nil {
		return nil, errors.New("invalid value for required argument 'ScopeId'")
	}
	opts = utilities.PkgResourceDefaultOpts(opts)
	var resource Pricing
	if err := ctx.RegisterResource("azure-native:security:Pricing", name, args, &resource, opts...); err != nil {
		return nil, err
	}
	return &resource, nil
}
