package network

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// firewall makes a zone-redundant Azure Firewall Premium with a policy of its
// own, so that a mistake in one layer's policy is not a mistake in both.
func (n *Network) firewall(r *region, v *vnet, layer string, data network.AzureFirewallIPConfigurationArray, management network.AzureFirewallIPConfigurationPtrInput) error {
	tags := r.site.Tagged(map[string]string{"purpose": "firewall-" + layer})
	mode := "Alert"
	if n.args.Inspect {
		mode = "Deny"
	}
	policyName := r.site.Name("fwpol", layer)
	policy, err := network.NewFirewallPolicy(n.ctx, policyName, &network.FirewallPolicyArgs{
		FirewallPolicyName: pulumi.String(policyName),
		ResourceGroupName:  r.site.Group,
		Location:           pulumi.String(r.site.Region),
		Sku:                network.FirewallPolicySkuArgs{Tier: pulumi.String("Premium")},
		ThreatIntelMode:    pulumi.String(mode),
		IntrusionDetection: network.FirewallPolicyIntrusionDetectionArgs{Mode: pulumi.String(mode)},
		DnsSettings:        network.DnsSettingsArgs{EnableProxy: pulumi.Bool(true)},
		Insights: network.FirewallPolicyInsightsArgs{
			IsEnabled:     pulumi.Bool(true),
			RetentionDays: pulumi.Int(30),
			LogAnalyticsResources: network.FirewallPolicyLogAnalyticsResourcesArgs{
				DefaultWorkspaceId: network.SubResourceArgs{Id: n.args.Watch.WorkspaceID},
			},
		},
		Tags: tags,
	}, pulumi.Parent(n))
	if err != nil {
		return err
	}
	collections := pulumi.Array{n.egressNetwork(r), n.egressApplication(r)}
	if layer == "inner" {
		collections = append(collections, n.eastWest())
	}
	if n.copiesFrom(r) {
		collections = append(collections, n.egressCopies(r))
	}
	if n.gatewayIn(r) {
		collections = append(collections, n.egressGateway(r))
	}
	rules, err := network.NewFirewallPolicyRuleCollectionGroup(n.ctx, policyName+"-rules", &network.FirewallPolicyRuleCollectionGroupArgs{
		RuleCollectionGroupName: pulumi.String("estate"),
		FirewallPolicyName:      site.Known(n.ctx, policyName, policy),
		ResourceGroupName:       r.site.Group,
		Priority:                pulumi.Int(200),
		RuleCollections:         collections,
	}, pulumi.Parent(n))
	if err != nil {
		return err
	}
	name := r.site.Name("fw", layer)
	args := &network.AzureFirewallArgs{
		AzureFirewallName: pulumi.String(name),
		ResourceGroupName: r.site.Group,
		Location:          pulumi.String(r.site.Region),
		Sku:               network.AzureFirewallSkuArgs{Name: pulumi.String("AZFW_VNet"), Tier: pulumi.String("Premium")},
		Zones:             zones(), // a firewall gets its zones when it is made, or never
		FirewallPolicy:    network.SubResourceArgs{Id: policy.ID().ToStringOutput()},
		IpConfigurations:  data,
		Tags:              tags,
	}
	if management != nil {
		args.ManagementIpConfiguration = management
	}
	made, err := network.NewAzureFirewall(n.ctx, name, args, pulumi.Parent(n), pulumi.DependsOn(append(v.last, rules)))
	if err != nil {
		return err
	}
	v.last = []pulumi.Resource{made}
	return n.args.Watch.Diagnose(n.ctx, name, "azure-native:network:AzureFirewall", r.site.Region, made.ID().ToStringOutput())
}
