package variants

import (
	"github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/sql/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/promises"
)

var perimeter = []Variant{
	{
		Promise: "perimeter.firewalls", Kind: Missing, Name: "no firewall at all", Rule: "perimeter/two-firewalls",
		declare: without("perimeter.firewalls"),
	},
	{
		Promise: "perimeter.firewalls", Kind: Weakened, Name: "one layer", Rule: "perimeter/two-firewalls",
		declare: with("perimeter.firewalls", "layers", func(v *promises.Value) { v.Number = 1 }),
	},
	{
		Promise: "perimeter.firewalls", Kind: Bypassed, Name: "spokes route straight to the internet", Rule: "perimeter/route-through-inner",
		edit: on("", func(a *network.RouteTableArgs) {
			a.Routes = network.RouteTypeArray{network.RouteTypeArgs{
				Name: pulumi.String("default"), AddressPrefix: pulumi.String("0.0.0.0/0"), NextHopType: pulumi.String("Internet"),
			}}
		}),
	},
	{
		Promise: "perimeter.firewalls", Kind: Bypassed, Name: "a subnet without a route table", Rule: "perimeter/route-through-inner",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := network.NewVirtualNetwork(ctx, name, &network.VirtualNetworkArgs{
				ResourceGroupName: pulumi.String("rg-side"), VirtualNetworkName: pulumi.String("side-door"),
				Location:     pulumi.String("westeurope"),
				AddressSpace: network.AddressSpaceArgs{AddressPrefixes: pulumi.StringArray{pulumi.String("10.250.0.0/24")}},
			})
			if err != nil {
				return err
			}
			_, err = network.NewSubnet(ctx, name, &network.SubnetArgs{
				ResourceGroupName: pulumi.String("rg-side"), VirtualNetworkName: pulumi.String("side-door"),
				SubnetName: pulumi.String("hosts"), AddressPrefix: pulumi.String("10.250.0.0/25"),
			})
			return err
		},
	},
	{
		Promise: "perimeter.firewalls", Kind: Bypassed, Name: "a public address on a host", Rule: "perimeter/no-path-around",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := network.NewNetworkInterface(ctx, name, &network.NetworkInterfaceArgs{
				ResourceGroupName: pulumi.String("rg-side"), NetworkInterfaceName: pulumi.String("host"),
				Location: pulumi.String("westeurope"),
				IpConfigurations: network.NetworkInterfaceIPConfigurationArray{network.NetworkInterfaceIPConfigurationArgs{
					Name:            pulumi.String("public"),
					PublicIPAddress: network.PublicIPAddressTypeArgs{Id: pulumi.String("/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-side/providers/Microsoft.Network/publicIPAddresses/host")},
				}},
			})
			return err
		},
	},
	{
		Promise: "perimeter.waf", Kind: Missing, Name: "no web application firewall", Rule: "perimeter/waf-prevents",
		declare: without("perimeter.waf"),
	},
	{
		Promise: "perimeter.waf", Kind: Weakened, Name: "detection mode", Rule: "perimeter/waf-prevents",
		edit: on("", func(a *network.PolicyArgs) {
			a.PolicySettings = network.FrontDoorPolicySettingsArgs{EnabledState: pulumi.String("Enabled"), Mode: pulumi.String("Detection")}
		}),
	},
	{
		Promise: "perimeter.waf", Kind: Weakened, Name: "no managed rules", Rule: "perimeter/waf-prevents",
		edit: on("", func(a *network.PolicyArgs) { a.ManagedRules = network.ManagedRuleSetListArgs{} }),
	},
	{
		Promise: "perimeter.waf", Kind: Bypassed, Name: "an endpoint without the firewall", Rule: "perimeter/waf-prevents",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := cdn.NewAFDEndpoint(ctx, name, &cdn.AFDEndpointArgs{
				ResourceGroupName: pulumi.String("rg-side"), ProfileName: pulumi.String("side"), EndpointName: pulumi.String("side-door"),
				Location: pulumi.String("global"), EnabledState: pulumi.String("Enabled"),
			})
			return err
		},
	},
	{
		Promise: "perimeter.ddos", Kind: Missing, Name: "no protection plan", Rule: "perimeter/ddos-on-networks",
		declare: without("perimeter.ddos"),
	},
	{
		Promise: "perimeter.ddos", Kind: Weakened, Name: "protection switched off", Rule: "perimeter/ddos-on-networks",
		edit: on("", func(a *network.VirtualNetworkArgs) { a.EnableDdosProtection = pulumi.Bool(false) }),
	},
	{
		Promise: "perimeter.ddos", Kind: Bypassed, Name: "addresses exempt from the plan", Rule: "perimeter/ddos-on-networks",
		edit: on("", func(a *network.PublicIPAddressArgs) {
			a.DdosSettings = network.DdosSettingsArgs{ProtectionMode: pulumi.String("Disabled")}
		}),
	},
	{
		Promise: "perimeter.private-data", Kind: Missing, Name: "endpoints of nothing", Rule: "perimeter/data-has-endpoint",
		edit: on("", func(a *network.PrivateEndpointArgs) {
			a.PrivateLinkServiceConnections = network.PrivateLinkServiceConnectionArray{}
		}),
	},
	{
		Promise: "perimeter.private-data", Kind: Weakened, Name: "public access on", Rule: "perimeter/data-is-private",
		edit: on("", func(a *storage.StorageAccountArgs) { a.PublicNetworkAccess = pulumi.String("Enabled") }),
	},
	{
		Promise: "perimeter.private-data", Kind: Bypassed, Name: "a public database server beside", Rule: "perimeter/data-is-private",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := sql.NewServer(ctx, name, &sql.ServerArgs{
				ResourceGroupName: pulumi.String("rg-side"), ServerName: pulumi.String("side-door"), Location: pulumi.String("westeurope"),
				PublicNetworkAccess: pulumi.String("Enabled"), MinimalTlsVersion: pulumi.String("1.2"),
			})
			return err
		},
	},
}
