package network

import (
	"strconv"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// copiesFrom tells whether a region's jobs send copies out of Azure.
func (n *Network) copiesFrom(r *region) bool {
	return n.args.Copies != nil && r.site.Region == n.args.Primary
}

// egressCopies lets jobs reach the one host that copies go to, by name: what
// the name stands for is the firewall's own DNS to say.
func (n *Network) egressCopies(r *region) network.FirewallPolicyFilterRuleCollectionArgs {
	host, from := n.args.Copies, pulumi.ToStringArray([]string{r.plan.jobs()})
	if host.TLS {
		return allow("egress-copies", 310, pulumi.Array{network.ApplicationRuleArgs{
			RuleType:        pulumi.String("ApplicationRule"),
			Name:            pulumi.String("off-provider"),
			SourceAddresses: from,
			TargetFqdns:     pulumi.ToStringArray([]string{host.Name}),
			Protocols: network.FirewallPolicyRuleApplicationProtocolArray{network.FirewallPolicyRuleApplicationProtocolArgs{
				ProtocolType: pulumi.String("Https"), Port: pulumi.Int(host.Port),
			}},
		}})
	}
	return allow("egress-copies", 220, pulumi.Array{network.NetworkRuleArgs{
		RuleType:         pulumi.String("NetworkRule"),
		Name:             pulumi.String("off-provider"),
		IpProtocols:      pulumi.ToStringArray([]string{"TCP"}),
		SourceAddresses:  from,
		DestinationFqdns: pulumi.ToStringArray([]string{host.Name}),
		DestinationPorts: pulumi.ToStringArray([]string{strconv.Itoa(host.Port)}),
	}})
}

// jobRules are those of applications, and the way out to where copies go.
func (n *Network) jobRules(r *region) []rule {
	rules := n.appRules(r, r.plan.jobs())
	if n.copiesFrom(r) && n.args.Copies.Port != 443 {
		rules = append(rules, rule{name: "copies", peers: []string{"Internet"}, ports: []string{strconv.Itoa(n.args.Copies.Port)}})
	}
	return rules
}
