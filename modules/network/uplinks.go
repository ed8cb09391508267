package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// meeting is a place where an operator's network meets Microsoft's.
type meeting struct{ location, operator string }

// meetings are two peering locations near a region, each with an operator that
// the table has at no other location of the region. Sweden has one location with
// several operators, so the second way out of it leads through Copenhagen, and
// Norway's through Stavanger. Source: MicrosoftDocs/azure-docs
// articles/expressroute/expressroute-locations-providers.md (00349682, 2026-04-28).
var meetings = map[string][]meeting{
	"francecentral":      {{"Paris", "Orange"}, {"Paris2", "Tata Communications"}},
	"germanywestcentral": {{"Frankfurt", "Deutsche Telekom AG"}, {"Frankfurt2", "Telefonica"}},
	"northeurope":        {{"Dublin", "eir"}, {"Dublin2", "KPN"}},
	"norwayeast":         {{"Oslo", "Telenor"}, {"Stavanger", "GlobalConnect"}},
	"swedencentral":      {{"Stockholm", "Elisa"}, {"Copenhagen", "GlobalConnect"}},
	"westeurope":         {{"Amsterdam", "KPN"}, {"Amsterdam2", "Vodafone"}},
}

// uplinks makes the gateway of the region's outermost hub and two circuits to
// it, over two operators.
func (n *Network) uplinks(r *region) error {
	places, ok := meetings[r.site.Region]
	if !ok {
		return fmt.Errorf("network: two operators' peering locations are known near %v, not near %s", slices.Sorted(maps.Keys(meetings)), r.site.Region)
	}
	if n.args.Uplinks > len(places) {
		return fmt.Errorf("network: %d operators are promised, %d are known near %s", n.args.Uplinks, len(places), r.site.Region)
	}
	gateway, err := n.gateway(r)
	if err != nil {
		return err
	}
	for i, place := range places[:n.args.Uplinks] {
		name := r.site.Name("erc", place.location)
		tags := r.site.Tagged(map[string]string{"purpose": "uplink"})
		circuit, err := network.NewExpressRouteCircuit(n.ctx, name, &network.ExpressRouteCircuitArgs{
			CircuitName:       pulumi.String(name),
			ResourceGroupName: r.site.Group,
			Location:          pulumi.String(r.site.Region),
			Sku: network.ExpressRouteCircuitSkuArgs{
				Name: pulumi.String("Standard_MeteredData"), Tier: pulumi.String("Standard"), Family: pulumi.String("MeteredData"),
			},
			ServiceProviderProperties: network.ExpressRouteCircuitServiceProviderPropertiesArgs{
				ServiceProviderName: pulumi.String(place.operator),
				PeeringLocation:     pulumi.String(place.location),
				BandwidthInMbps:     pulumi.Int(200),
			},
			AllowClassicOperations: pulumi.Bool(false),
			Tags:                   tags,
		}, pulumi.Parent(n))
		if err != nil {
			return err
		}
		id := circuit.ID().ToStringOutput()
		if err := n.args.Watch.Diagnose(n.ctx, name, "azure-native:network:ExpressRouteCircuit", r.site.Region, id); err != nil {
			return err
		}
		connection := r.site.Name("con", place.location)
		_, err = network.NewVirtualNetworkGatewayConnection(n.ctx, connection, &network.VirtualNetworkGatewayConnectionArgs{
			VirtualNetworkGatewayConnectionName: pulumi.String(connection),
			ResourceGroupName:                   r.site.Group,
			Location:                            pulumi.String(r.site.Region),
			ConnectionType:                      pulumi.String("ExpressRoute"),
			VirtualNetworkGateway1:              network.VirtualNetworkGatewayTypeArgs{Id: gateway},
			Peer:                                network.SubResourceArgs{Id: id},
			RoutingWeight:                       pulumi.Int(10 * (len(places) - i)), // the first is used while it works
			ExpressRouteGatewayBypass:           pulumi.Bool(false),                 // bypass would pass by the firewalls
			Tags:                                tags,
		}, pulumi.Parent(n))
		if err != nil {
			return err
		}
	}
	return nil
}

// gateway makes a zone-redundant ExpressRoute gateway whose traffic to the
// spokes goes to the firewall beside it.
func (n *Network) gateway(r *region) (pulumi.StringOutput, error) {
	hub, prefix, firewall := r.inner, r.plan.innerGateway(), r.plan.innerAddress()
	if r.edge != nil {
		hub, prefix, firewall = r.edge, r.plan.edgeGateway(), r.plan.edgeAddress()
	}
	args := network.SubnetArgs{}
	if n.args.Layers > 0 {
		table, err := n.routes(r, "gateway", false, // a gateway must learn routes
			hop("estate", r.plan.block(), firewall))
		if err != nil {
			return pulumi.StringOutput{}, err
		}
		args.RouteTable = network.RouteTableTypeArgs{Id: table}
	}
	subnet, err := n.subnet(hub, "GatewaySubnet", prefix, args)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	address, err := n.publicIP(r, "gateway", nil)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	name := r.site.Name("ergw", r.site.Estate)
	made, err := network.NewVirtualNetworkGateway(n.ctx, name, &network.VirtualNetworkGatewayArgs{
		VirtualNetworkGatewayName: pulumi.String(name),
		ResourceGroupName:         r.site.Group,
		Location:                  pulumi.String(r.site.Region),
		GatewayType:               pulumi.String("ExpressRoute"),
		Sku:                       network.VirtualNetworkGatewaySkuArgs{Name: pulumi.String("ErGw1AZ"), Tier: pulumi.String("ErGw1AZ")},
		IpConfigurations: network.VirtualNetworkGatewayIPConfigurationArray{network.VirtualNetworkGatewayIPConfigurationArgs{
			Name:                      pulumi.String("gateway"),
			PrivateIPAllocationMethod: pulumi.String("Dynamic"),
			Subnet:                    network.SubResourceArgs{Id: subnet},
			PublicIPAddress:           network.SubResourceArgs{Id: address},
		}},
		Tags: r.site.Tagged(map[string]string{"purpose": "uplink"}),
	}, pulumi.Parent(n), pulumi.DependsOn(hub.last))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	hub.last = []pulumi.Resource{made}
	id := made.ID().ToStringOutput()
	return id, n.args.Watch.Diagnose(n.ctx, name, "azure-native:network:VirtualNetworkGateway", r.site.Region, id)
}
