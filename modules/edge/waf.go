package edge

import (
	"github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// firewall blocks what the managed rules recognise, on every domain and path.
// There are no exclusions and no overrides.
//
// Source: https://learn.microsoft.com/azure/web-application-firewall/afds/waf-front-door-drs.
func (e *Edge) firewall(ctx *pulumi.Context, domains ...pulumi.StringOutput) error {
	policy, err := network.NewPolicy(ctx, "waf", &network.PolicyArgs{
		PolicyName:        pulumi.String("waf" + site.Plain(e.args.Site.Estate)), // letters and digits only
		ResourceGroupName: e.args.Site.Group,
		Location:          pulumi.String("Global"),
		Sku:               network.SkuArgs{Name: pulumi.String("Premium_AzureFrontDoor")},
		PolicySettings: network.FrontDoorPolicySettingsArgs{
			EnabledState:     pulumi.String("Enabled"),
			Mode:             pulumi.String("Prevention"),
			RequestBodyCheck: pulumi.String("Enabled"),
		},
		ManagedRules: network.ManagedRuleSetListArgs{ManagedRuleSets: network.FrontDoorManagedRuleSetArray{
			network.FrontDoorManagedRuleSetArgs{
				RuleSetType:    pulumi.String("Microsoft_DefaultRuleSet"),
				RuleSetVersion: pulumi.String("2.1"),
				RuleSetAction:  pulumi.String("Block"),
			},
			network.FrontDoorManagedRuleSetArgs{
				RuleSetType:    pulumi.String("Microsoft_BotManagerRuleSet"),
				RuleSetVersion: pulumi.String("1.1"),
			},
		}},
		CustomRules: network.CustomRuleListArgs{Rules: network.CustomRuleArray{flood()}},
		Tags:        e.args.Site.Tags,
	}, pulumi.Parent(e))
	if err != nil {
		return err
	}
	var covered cdn.ActivatedResourceReferenceArray
	for _, id := range domains {
		covered = append(covered, cdn.ActivatedResourceReferenceArgs{Id: id})
	}
	_, err = cdn.NewSecurityPolicy(ctx, "waf-everywhere", &cdn.SecurityPolicyArgs{
		SecurityPolicyName: pulumi.String("waf"),
		ProfileName:        e.profile,
		ResourceGroupName:  e.args.Site.Group,
		Parameters: cdn.SecurityPolicyWebApplicationFirewallParametersArgs{
			Type:      pulumi.String("WebApplicationFirewall"),
			WafPolicy: cdn.ResourceReferenceArgs{Id: policy.ID().ToStringOutput()},
			Associations: cdn.SecurityPolicyWebApplicationFirewallAssociationArray{cdn.SecurityPolicyWebApplicationFirewallAssociationArgs{
				Domains:         covered,
				PatternsToMatch: pulumi.ToStringArray([]string{"/*"}),
			}},
		},
	}, pulumi.Parent(e))
	return err
}

// flood blocks an address that sends more than a thousand requests a minute.
func flood() network.CustomRuleArgs {
	return network.CustomRuleArgs{
		Name:                       pulumi.String("flood"),
		Priority:                   pulumi.Int(100),
		EnabledState:               pulumi.String("Enabled"),
		RuleType:                   pulumi.String("RateLimitRule"),
		Action:                     pulumi.String("Block"),
		RateLimitThreshold:         pulumi.Int(1000),
		RateLimitDurationInMinutes: pulumi.Int(1),
		MatchConditions: network.FrontDoorMatchConditionArray{network.FrontDoorMatchConditionArgs{
			MatchVariable: pulumi.String("RequestUri"),
			Operator:      pulumi.String("Any"),
			MatchValue:    pulumi.StringArray{},
		}},
	}
}
