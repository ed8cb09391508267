package network

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// edgeHub makes the hub that faces the internet, with its firewall.
func (n *Network) edgeHub(r *region) error {
	var err error
	if r.edge, err = n.vnet(r, "edge", r.plan.edge()); err != nil {
		return err
	}
	// What belongs to the spokes goes on to the inner firewall, the rest out.
	table, err := n.routes(r, "edge-firewall", false,
		hop("data", r.plan.data(), r.plan.innerAddress()),
		hop("apps", r.plan.apps(), r.plan.innerAddress()),
		internet())
	if err != nil {
		return err
	}
	subnet, err := n.subnet(r.edge, "AzureFirewallSubnet", r.plan.edgeFirewall(), network.SubnetArgs{RouteTable: network.RouteTableTypeArgs{Id: table}})
	if err != nil {
		return err
	}
	addresses, err := n.outbound(r, "fw-edge")
	if err != nil {
		return err
	}
	return n.firewall(r, r.edge, "edge", facing(subnet, addresses), nil)
}

// innerHub makes the hub that the spokes hang on. Its firewall is tunnelled to
// the edge firewall where there is one, and else faces the internet itself.
func (n *Network) innerHub(r *region) error {
	var err error
	if r.inner, err = n.vnet(r, "inner", r.plan.inner()); err != nil {
		return err
	}
	if n.args.Layers == 0 {
		return nil
	}
	onward := []route{internet()}
	if r.edge != nil {
		onward = []route{hop("default", "0.0.0.0/0", r.plan.edgeAddress())}
	}
	for _, name := range n.order() {
		if other := n.regions[name]; other != r {
			onward = append(onward, hop(name, other.plan.block(), other.plan.innerAddress()))
		}
	}
	table, err := n.routes(r, "inner-firewall", true, onward...)
	if err != nil {
		return err
	}
	subnet, err := n.subnet(r.inner, "AzureFirewallSubnet", r.plan.innerFirewall(), network.SubnetArgs{RouteTable: network.RouteTableTypeArgs{Id: table}})
	if err != nil {
		return err
	}
	if r.edge == nil {
		addresses, err := n.outbound(r, "fw-inner")
		if err != nil {
			return err
		}
		return n.firewall(r, r.inner, "inner", facing(subnet, addresses), nil)
	}
	// A tunnelled firewall is managed over a subnet and an address of their own.
	management, err := n.subnet(r.inner, "AzureFirewallManagementSubnet", r.plan.innerManagement(), network.SubnetArgs{})
	if err != nil {
		return err
	}
	address, err := n.publicIP(r, "fw-inner-management", nil)
	if err != nil {
		return err
	}
	err = n.firewall(r, r.inner, "inner",
		network.AzureFirewallIPConfigurationArray{network.AzureFirewallIPConfigurationArgs{
			Name:   pulumi.String("data"),
			Subnet: network.SubResourceArgs{Id: subnet},
		}},
		network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String("management"),
			Subnet:          network.SubResourceArgs{Id: management},
			PublicIPAddress: network.SubResourceArgs{Id: address},
		})
	if err != nil {
		return err
	}
	return n.peer(r.edge, r.inner)
}

// facing is the configuration of a firewall that faces the internet: one
// address carries the subnet, the others are more to leave from.
func facing(subnet pulumi.StringOutput, addresses []pulumi.StringOutput) network.AzureFirewallIPConfigurationArray {
	var all network.AzureFirewallIPConfigurationArray
	for i, id := range addresses {
		c := network.AzureFirewallIPConfigurationArgs{
			Name:            pulumi.String(fmt.Sprintf("data-%d", i+1)),
			PublicIPAddress: network.SubResourceArgs{Id: id},
		}
		if i == 0 {
			c.Subnet = network.SubResourceArgs{Id: subnet}
		}
		all = append(all, c)
	}
	return all
}

// outbound makes the public addresses traffic leaves from: one, or with several
// uplinks one from a prefix of its own for each.
func (n *Network) outbound(r *region, purpose string) ([]pulumi.StringOutput, error) {
	if n.args.Uplinks < 2 || r.site.Region != n.args.Primary {
		id, err := n.publicIP(r, purpose, nil)
		return []pulumi.StringOutput{id}, err
	}
	var addresses []pulumi.StringOutput
	for i := range n.args.Uplinks {
		numbered := purpose + "-" + string(rune('a'+i))
		prefix, err := network.NewPublicIPPrefix(n.ctx, r.site.Name("ippre", numbered), &network.PublicIPPrefixArgs{
			PublicIpPrefixName:     pulumi.String(r.site.Name("ippre", numbered)),
			ResourceGroupName:      r.site.Group,
			Location:               pulumi.String(r.site.Region),
			PrefixLength:           pulumi.Int(31),
			PublicIPAddressVersion: pulumi.String("IPv4"),
			Sku:                    network.PublicIPPrefixSkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Regional")},
			Zones:                  zones(),
			Tags:                   r.site.Tagged(map[string]string{"purpose": numbered}),
		}, pulumi.Parent(n))
		if err != nil {
			return nil, err
		}
		id, err := n.publicIP(r, numbered, prefix.ID().ToStringPtrOutput())
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, id)
	}
	return addresses, nil
}
