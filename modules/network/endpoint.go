package network

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// Private gives the target a private endpoint in the region's endpoints subnet
// and registers it in the group's private DNS zone. Without perimeter.private-data
// it does nothing.
func (n *Network) Private(ctx *pulumi.Context, name, region string, target pulumi.StringInput, group string, opts ...pulumi.ResourceOption) error {
	if !n.args.Private {
		return nil
	}
	if group == "postgresqlServer" {
		return fmt.Errorf("network: %s stands in the database subnet and needs no private endpoint", name)
	}
	subnet, err := n.Subnet(region, "endpoints")
	if err != nil {
		return err
	}
	s := n.regions[region].site
	opts = append([]pulumi.ResourceOption{pulumi.Parent(n)}, opts...)
	armName := "pe-" + name
	endpoint, err := network.NewPrivateEndpoint(ctx, armName, &network.PrivateEndpointArgs{
		PrivateEndpointName:        pulumi.String(armName),
		ResourceGroupName:          s.Group,
		Location:                   pulumi.String(region),
		Subnet:                     network.SubnetTypeArgs{Id: subnet},
		CustomNetworkInterfaceName: pulumi.String("nic-" + armName),
		PrivateLinkServiceConnections: network.PrivateLinkServiceConnectionArray{network.PrivateLinkServiceConnectionArgs{
			Name:                 pulumi.String(group),
			PrivateLinkServiceId: target.ToStringOutput().ToStringPtrOutput(),
			GroupIds:             pulumi.ToStringArray([]string{group}),
		}},
		Tags: s.Tagged(map[string]string{"purpose": name}),
	}, opts...)
	if err != nil {
		return err
	}
	names, err := n.zoneNames(group, region)
	if err != nil {
		return err
	}
	var configs network.PrivateDnsZoneConfigArray
	for i, zoneName := range names {
		zone, err := n.zone(zoneName)
		if err != nil {
			return err
		}
		configs = append(configs, network.PrivateDnsZoneConfigArgs{Name: pulumi.String(fmt.Sprintf("zone-%d", i+1)), PrivateDnsZoneId: zone})
	}
	_, err = network.NewPrivateDnsZoneGroup(ctx, armName+"-names", &network.PrivateDnsZoneGroupArgs{
		PrivateDnsZoneGroupName: pulumi.String("default"),
		PrivateEndpointName:     site.Known(ctx, armName, endpoint),
		ResourceGroupName:       s.Group,
		PrivateDnsZoneConfigs:   configs,
	}, opts...)
	return err
}
