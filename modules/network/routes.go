package network

import (
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// route is one line of a route table. Without an address it leads to the
// internet.
type route struct{ name, prefix, address string }

func hop(name, prefix, address string) route { return route{name, prefix, address} }

func internet() route { return route{name: "default", prefix: "0.0.0.0/0"} }

// routes makes a route table and returns its id. Closed tables do not take
// routes that a gateway learns, which could lead around a firewall.
func (n *Network) routes(r *region, purpose string, closed bool, lines ...route) (pulumi.StringOutput, error) {
	var routes network.RouteTypeArray
	for _, line := range lines {
		args := network.RouteTypeArgs{Name: pulumi.String(line.name), AddressPrefix: pulumi.String(line.prefix), NextHopType: pulumi.String("Internet")}
		if line.address != "" {
			args.NextHopType = pulumi.String("VirtualAppliance")
			args.NextHopIpAddress = pulumi.String(line.address)
		}
		routes = append(routes, args)
	}
	name := r.site.Name("rt", purpose)
	made, err := network.NewRouteTable(n.ctx, name, &network.RouteTableArgs{
		RouteTableName:             pulumi.String(name),
		ResourceGroupName:          r.site.Group,
		Location:                   pulumi.String(r.site.Region),
		DisableBgpRoutePropagation: pulumi.Bool(closed),
		Routes:                     routes,
		Tags:                       r.site.Tagged(map[string]string{"purpose": purpose}),
	}, pulumi.Parent(n))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return made.ID().ToStringOutput(), nil
}
