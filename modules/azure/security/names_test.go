package security_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/security"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// Source: Microsoft.Security pricings 2024-01-01.
func TestNames(t *testing.T) {
	moduletest.Spelled(t, security.PricingArgs{}, `
		enforce pricingName pricingTier scopeId subPlan
		extensions[].isEnabled extensions[].name`)
}

func TestRequired(t *testing.T) {
	for _, args := range []*security.PricingArgs{
		nil, {}, {PricingTier: pulumi.String("Standard")}, {ScopeId: pulumi.String("subscriptions/x")},
	} {
		if _, err := security.NewPricing(nil, "x", args); err == nil {
			t.Errorf("%+v was taken", args)
		}
	}
}
