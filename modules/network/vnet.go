package network

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// vnet is a virtual network and the last change made in it. Azure makes one
// change in a network at a time and refuses the next, so subnets and peerings
// wait for each other.
type vnet struct {
	site site.Site
	name string // ARM name
	id   pulumi.StringOutput
	made *network.VirtualNetwork
	last []pulumi.Resource
}

// protection makes the one DDoS plan that covers every network.
func (n *Network) protection() error {
	home := n.args.Sites[n.args.Primary]
	made, err := network.NewDdosProtectionPlan(n.ctx, "ddos", &network.DdosProtectionPlanArgs{
		DdosProtectionPlanName: pulumi.String(home.Name("ddos", home.Estate)),
		ResourceGroupName:      home.Group,
		Location:               pulumi.String(home.Region),
		Tags:                   home.Tags,
	}, pulumi.Parent(n))
	if err != nil {
		return err
	}
	n.ddos = made.ID().ToStringOutput()
	return nil
}

// vnet makes a virtual network. DNS names the servers its members ask; none
// means Azure's.
func (n *Network) vnet(r *region, purpose, prefix string, dns ...string) (*vnet, error) {
	name := r.site.Name("vnet", purpose)
	args := &network.VirtualNetworkArgs{
		VirtualNetworkName: pulumi.String(name),
		ResourceGroupName:  r.site.Group,
		Location:           pulumi.String(r.site.Region),
		AddressSpace:       network.AddressSpaceArgs{AddressPrefixes: pulumi.ToStringArray([]string{prefix})},
		Tags:               r.site.Tagged(map[string]string{"purpose": purpose}),
	}
	if len(dns) > 0 {
		args.DhcpOptions = network.DhcpOptionsArgs{DnsServers: pulumi.ToStringArray(dns)}
	}
	if n.args.DDoS {
		args.EnableDdosProtection = pulumi.Bool(true)
		args.DdosProtectionPlan = network.SubResourceArgs{Id: n.ddos}
	}
	made, err := network.NewVirtualNetwork(n.ctx, name, args, pulumi.Parent(n))
	if err != nil {
		return nil, err
	}
	v := &vnet{site: r.site, name: name, id: made.ID().ToStringOutput(), made: made}
	return v, n.args.Watch.Diagnose(n.ctx, name, "azure-native:network:VirtualNetwork", r.site.Region, v.id)
}

// subnet makes a subnet and returns its id. Args carry what is special about it.
func (n *Network) subnet(v *vnet, name, prefix string, args network.SubnetArgs) (pulumi.StringOutput, error) {
	args.SubnetName = pulumi.String(name)
	args.AddressPrefix = pulumi.String(prefix)
	args.VirtualNetworkName = site.Known(n.ctx, v.name, v.made)
	args.ResourceGroupName = v.site.Group
	args.PrivateEndpointNetworkPolicies = pulumi.String("Enabled") // security groups and routes hold for endpoints too
	made, err := network.NewSubnet(n.ctx, v.name+"-"+name, &args, pulumi.Parent(n), pulumi.DependsOn(v.last))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	v.last = []pulumi.Resource{made}
	return made.ID().ToStringOutput(), nil
}

// peer joins two networks, in both directions. Forwarded traffic is what the
// firewalls pass on.
func (n *Network) peer(a, b *vnet) error {
	for _, p := range [][2]*vnet{{a, b}, {b, a}} {
		from, to := p[0], p[1]
		name := "to-" + to.name
		made, err := network.NewVirtualNetworkPeering(n.ctx, from.name+"-"+name, &network.VirtualNetworkPeeringArgs{
			VirtualNetworkPeeringName: pulumi.String(name),
			VirtualNetworkName:        site.Known(n.ctx, from.name, from.made),
			ResourceGroupName:         from.site.Group,
			RemoteVirtualNetwork:      network.SubResourceArgs{Id: to.id},
			AllowVirtualNetworkAccess: pulumi.Bool(true),
			AllowForwardedTraffic:     pulumi.Bool(true),
			AllowGatewayTransit:       pulumi.Bool(false),
			UseRemoteGateways:         pulumi.Bool(false),
		}, pulumi.Parent(n), pulumi.DependsOn(append(from.last, to.last...)))
		if err != nil {
			return err
		}
		from.last = []pulumi.Resource{made}
		to.last = []pulumi.Resource{made}
	}
	return nil
}

// publicIP makes a zone-redundant public address.
func (n *Network) publicIP(r *region, purpose string, prefix pulumi.StringPtrInput) (pulumi.StringOutput, error) {
	name := r.site.Name("pip", purpose)
	args := &network.PublicIPAddressArgs{
		PublicIpAddressName:      pulumi.String(name),
		ResourceGroupName:        r.site.Group,
		Location:                 pulumi.String(r.site.Region),
		Sku:                      network.PublicIPAddressSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
		PublicIPAllocationMethod: pulumi.String("Static"),
		PublicIPAddressVersion:   pulumi.String("IPv4"),
		Zones:                    zones(),
		Tags:                     r.site.Tagged(map[string]string{"purpose": purpose}),
	}
	if n.args.DDoS {
		args.DdosSettings = network.DdosSettingsArgs{ProtectionMode: pulumi.String("VirtualNetworkInherited")}
	}
	if prefix != nil {
		args.PublicIPPrefix = network.SubResourceArgs{Id: prefix}
	}
	made, err := network.NewPublicIPAddress(n.ctx, name, args, pulumi.Parent(n))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	id := made.ID().ToStringOutput()
	return id, n.args.Watch.Diagnose(n.ctx, name, "azure-native:network:PublicIPAddress", r.site.Region, id)
}

func zones() pulumi.StringArray { return pulumi.ToStringArray([]string{"1", "2", "3"}) }
