package governance

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/security"
)

// plans are the Defender for Cloud plans that scan what an estate is built of,
// the current sub-plan where there is more than one, and the means of the database
// that a plan is for.
var plans = []struct{ name, sub, means string }{
	{name: "CloudPosture"},
	{name: "Arm", sub: "PerSubscription"},
	{name: "Containers"},
	{name: "KeyVaults", sub: "PerKeyVault"},
	{name: "OpenSourceRelationalDatabases", means: "postgres"},
	{name: "SqlServers", means: "sql"},
	{name: "StorageAccounts", sub: "DefenderForStorageV2"},
}

// scan turns the plans on for the subscription.
func (g *Governance) scan(ctx *pulumi.Context) error {
	for _, plan := range plans {
		if plan.means != "" && plan.means != g.args.Database {
			continue
		}
		args := &security.PricingArgs{
			ScopeId:     pulumi.String("subscriptions/" + g.args.Subscription),
			PricingName: pulumi.String(plan.name),
			PricingTier: pulumi.String("Standard"),
		}
		if plan.sub != "" {
			args.SubPlan = pulumi.String(plan.sub)
		}
		if _, err := security.NewPricing(ctx, "defender-"+plan.name, args, pulumi.Parent(g)); err != nil {
			return err
		}
	}
	return nil
}
