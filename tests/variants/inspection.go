package variants

import (
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/promises"
)

func inspection(d *promises.Declaration) []Variant {
	rule := "perimeter/inspection-denies"
	if !d.Has("perimeter.firewalls") {
		rule = "perimeter/all-inspected" // no firewall is left that could deny
	}
	return append([]Variant{{
		Promise: "perimeter.inspection", Kind: Missing, Name: "inspection not built", Rule: rule,
		declare: without("perimeter.inspection"),
	}}, inspected...)
}

var inspected = []Variant{
	{
		Promise: "perimeter.inspection", Kind: Weakened, Name: "intrusions only alerted", Rule: "perimeter/inspection-denies",
		edit: on("", func(a *network.FirewallPolicyArgs) {
			a.IntrusionDetection = network.FirewallPolicyIntrusionDetectionArgs{Mode: pulumi.String("Alert")}
		}),
	},
	{
		Promise: "perimeter.inspection", Kind: Weakened, Name: "threat intelligence only alerts", Rule: "perimeter/inspection-denies",
		edit: on("", func(a *network.FirewallPolicyArgs) { a.ThreatIntelMode = pulumi.String("Alert") }),
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "traffic exempt from inspection", Rule: "perimeter/inspection-denies",
		edit: on("", func(a *network.FirewallPolicyArgs) {
			a.IntrusionDetection = network.FirewallPolicyIntrusionDetectionArgs{
				Mode: pulumi.String("Deny"),
				Configuration: network.FirewallPolicyIntrusionDetectionConfigurationArgs{
					BypassTrafficSettings: network.FirewallPolicyIntrusionDetectionBypassTrafficSpecificationsArray{
						network.FirewallPolicyIntrusionDetectionBypassTrafficSpecificationsArgs{
							Name: pulumi.String("all"), Protocol: pulumi.String("ANY"),
							SourceAddresses: pulumi.StringArray{pulumi.String("*")}, DestinationAddresses: pulumi.StringArray{pulumi.String("*")},
							DestinationPorts: pulumi.StringArray{pulumi.String("*")},
						},
					},
				},
			}
		}),
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "some addresses straight on the internet", Rule: "perimeter/all-inspected",
		edit: around("Internet"),
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "some addresses over a gateway", Rule: "perimeter/all-inspected",
		edit: around("VirtualNetworkGateway"),
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "subnets without a route table", Rule: "perimeter/all-inspected",
		edit: on("", func(a *network.SubnetArgs) { a.RouteTable = nil }),
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "routes that a gateway learns", Rule: "perimeter/all-inspected",
		edit: on("", func(a *network.RouteTableArgs) { a.DisableBgpRoutePropagation = pulumi.Bool(false) }),
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "an endpoint of a service in the subnet", Rule: "perimeter/all-inspected",
		edit: on("", func(a *network.SubnetArgs) {
			a.ServiceEndpoints = network.ServiceEndpointPropertiesFormatArray{
				network.ServiceEndpointPropertiesFormatArgs{Service: pulumi.String("Microsoft.Storage")},
			}
		}),
	},
}

// around adds a route to every table that is more specific than the default and
// leads past the firewalls.
func around(hop string) func(string, pulumi.Input) bool {
	return on("", func(a *network.RouteTableArgs) {
		routes, _ := a.Routes.(network.RouteTypeArray)
		a.Routes = append(slices.Clone(routes), network.RouteTypeArgs{
			Name: pulumi.String("side-door"), AddressPrefix: pulumi.String("203.0.113.0/24"), NextHopType: pulumi.String(hop),
		})
	})
}
