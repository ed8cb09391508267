package network

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// rule lets traffic into or out of a subnet. Peers are address prefixes, or one
// service tag.
type rule struct {
	name  string
	in    bool
	peers []string
	ports []string // empty means all
	udp   bool
}

// endpointRules: applications come in, nothing goes out.
func (n *Network) endpointRules() []rule {
	return []rule{{name: "apps", in: true, peers: n.everywhere(plan.apps), ports: []string{"443", "1433"}}}
}

// databaseRules: applications and the other region's server come in; out go
// replication, backups and sign-in.
func (n *Network) databaseRules(r *region) []rule {
	databases := n.everywhere(plan.database)
	return []rule{
		{name: "apps", in: true, peers: n.everywhere(plan.apps), ports: []string{"5432", "6432"}},
		{name: "replication", in: true, peers: databases, ports: []string{"5432", "6432"}},
		{name: "replication", peers: databases, ports: []string{"5432", "6432"}},
		{name: "backups", peers: []string{"Storage"}, ports: []string{"443"}},
		{name: "sign-in", peers: []string{"AzureActiveDirectory"}, ports: []string{"443"}},
		n.names(r),
	}
}

// appRules: the platform's load balancer and the subnet itself come in; out go
// calls to data, and HTTPS, which the default route leads through the firewalls.
func (n *Network) appRules(r *region, prefix string) []rule {
	return []rule{
		{name: "own-subnet", in: true, peers: []string{prefix}},
		{name: "load-balancer", in: true, peers: []string{"AzureLoadBalancer"}},
		{name: "own-subnet", peers: []string{prefix}},
		{name: "endpoints", peers: n.everywhere(plan.endpoints), ports: []string{"443", "1433"}},
		{name: "databases", peers: n.everywhere(plan.database), ports: []string{"5432", "6432"}},
		{name: "through-firewalls", peers: []string{"Internet"}, ports: []string{"443"}},
		n.names(r),
	}
}

// names lets a subnet ask its DNS server, the inner firewall.
func (n *Network) names(r *region) rule {
	return rule{name: "names", peers: []string{r.plan.inner()}, ports: []string{"53"}, udp: true}
}

// securityGroup makes a group that allows the rules and denies the rest, also
// what Azure's default rules would allow between networks.
func (n *Network) securityGroup(r *region, purpose string, rules []rule) (pulumi.StringOutput, error) {
	all := network.SecurityRuleTypeArray{
		securityRule(rule{name: "deny-internet", in: true, peers: []string{"Internet"}}, 4000, "Deny"),
		securityRule(rule{name: "deny-rest", in: true, peers: []string{"*"}}, 4096, "Deny"),
		securityRule(rule{name: "deny-rest", peers: []string{"*"}}, 4096, "Deny"),
	}
	for i, allowed := range rules {
		all = append(all, securityRule(allowed, 100+10*i, "Allow"))
	}
	name := r.site.Name("nsg", purpose)
	made, err := network.NewNetworkSecurityGroup(n.ctx, name, &network.NetworkSecurityGroupArgs{
		NetworkSecurityGroupName: pulumi.String(name),
		ResourceGroupName:        r.site.Group,
		Location:                 pulumi.String(r.site.Region),
		SecurityRules:            all,
		Tags:                     r.site.Tagged(map[string]string{"purpose": purpose}),
	}, pulumi.Parent(n))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	id := made.ID().ToStringOutput()
	return id, n.args.Watch.Diagnose(n.ctx, name, "azure-native:network:NetworkSecurityGroup", r.site.Region, id)
}

func securityRule(r rule, priority int, access string) network.SecurityRuleTypeArgs {
	args := network.SecurityRuleTypeArgs{
		Priority:        pulumi.Int(priority),
		Access:          pulumi.String(access),
		Protocol:        pulumi.String("Tcp"),
		SourcePortRange: pulumi.String("*"),
	}
	switch {
	case r.udp:
		args.Protocol = pulumi.String("*") // DNS falls back on TCP
	case len(r.ports) == 0:
		args.Protocol = pulumi.String("*")
	}
	if len(r.ports) > 0 {
		args.DestinationPortRanges = pulumi.ToStringArray(r.ports)
	} else {
		args.DestinationPortRange = pulumi.String("*")
	}
	if r.in {
		args.Name = pulumi.String("in-" + r.name)
		args.Direction = pulumi.String("Inbound")
		args.DestinationAddressPrefix = pulumi.String("*")
		args.SourceAddressPrefix, args.SourceAddressPrefixes = peers(r.peers)
	} else {
		args.Name = pulumi.String("out-" + r.name)
		args.Direction = pulumi.String("Outbound")
		args.SourceAddressPrefix = pulumi.String("*")
		args.DestinationAddressPrefix, args.DestinationAddressPrefixes = peers(r.peers)
	}
	return args
}

// peers fills the singular property for one peer and the plural for several;
// service tags and * are accepted in the singular only.
func peers(list []string) (pulumi.StringPtrInput, pulumi.StringArrayInput) {
	if len(list) == 1 {
		return pulumi.String(list[0]), nil
	}
	return nil, pulumi.ToStringArray(list)
}
