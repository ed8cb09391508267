package gateway

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/apimanagement"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
	"github.com/tillit-dev/tillit/promises"
)

// Args describe the gateway before the service's API.
type Args struct {
	Site      site.Site
	Network   *network.Network
	Watch     *watch.Watch
	Identity  identity.Workload  // what the gateway signs in as
	Publisher string             // mail address that the service's own notices go to
	Backend   pulumi.StringInput // host name of the application
	Customers map[string]promises.Customer
	AllowList bool // perimeter.allow-list
	SubUsers  bool // identity.sub-users
	OptOut    bool // log.opt-out
	Redundant bool // continuity.redundant
}

// Gateway is the API gateway.
type Gateway struct {
	pulumi.ResourceState
	ServiceID pulumi.StringOutput
	HostName  string // name under which the gateway answers Front Door

	args        Args
	serviceName string
	service     pulumi.StringOutput // name that waits for the service
	api         pulumi.StringOutput // name that waits for the API
}

// Kind is the private link group of a gateway, and Probe the path at which every
// gateway says whether it is well.
//
// Source: MicrosoftDocs/azure-docs articles/api-management/front-door-api-management.md.
const (
	Kind  = "Gateway"
	Probe = "/status-0123456789abcdef"
)

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Gateway, error) {
	if args.Publisher == "" {
		return nil, errors.New("gateway: it needs somebody to tell: set contact under tillit:settings")
	}
	if args.AllowList && len(args.Customers) == 0 {
		return nil, errors.New("gateway: perimeter.allow-list needs the customers and their addresses: set customers under tillit:settings")
	}
	g := &Gateway{args: args, serviceName: args.Site.GlobalName("api")}
	g.HostName = g.serviceName + ".azure-api.net"
	if err := ctx.RegisterComponentResource("tillit:modules:Gateway", name, g, opts...); err != nil {
		return nil, err
	}
	for _, step := range []func(*pulumi.Context) error{g.stand, g.log, g.rule, g.offer, g.products} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{"serviceId": g.ServiceID})
}

// stand makes the service, inside the network and over TLS 1.2 at least. A
// gateway does not let go of TLS 1.2.
func (g *Gateway) stand(ctx *pulumi.Context) error {
	s := g.args.Site
	subnet, err := g.args.Network.Subnet(s.Region, "gateway")
	if err != nil {
		return err
	}
	// Two units keep a gateway up while one is renewed, three put one in each zone.
	var zones pulumi.StringArray
	units := 1
	if g.args.Redundant && promises.Regions()[s.Region].Zones > 1 {
		zones, units = pulumi.ToStringArray([]string{"1", "2", "3"}), 3
	}
	args := &apimanagement.ApiManagementServiceArgs{
		ServiceName:       pulumi.String(g.serviceName),
		ResourceGroupName: s.Group,
		Location:          pulumi.String(s.Region),
		Sku:               &apimanagement.SkuArgs{Name: pulumi.String("PremiumV2"), Capacity: pulumi.Int(units)},
		PublisherName:     pulumi.String(s.Estate),
		PublisherEmail:    pulumi.String(g.args.Publisher),
		Identity: &apimanagement.ServiceIdentityArgs{
			Type: pulumi.String("UserAssigned"), UserAssignedIdentities: pulumi.StringArray{g.args.Identity.ID},
		},
		VirtualNetworkType:          pulumi.String("Internal"),
		VirtualNetworkConfiguration: &apimanagement.VirtualNetworkConfigurationArgs{SubnetResourceId: subnet},
		CustomProperties:            outdated(),
		Tags:                        s.Tagged(map[string]string{"purpose": "gateway", "class": "edge"}),
	}
	if zones != nil {
		args.Zones = zones
	}
	made, err := apimanagement.NewApiManagementService(ctx, "gateway", args, pulumi.Parent(g))
	if err != nil {
		return err
	}
	g.ServiceID = made.ID().ToStringOutput()
	g.service = site.Known(ctx, g.serviceName, made)
	return g.args.Watch.Diagnose(ctx, "gateway", "azure-native:apimanagement:ApiManagementService", s.Region, g.ServiceID)
}

// outdated turns off the protocols before TLS 1.2 and the cipher that only they
// need, before the gateway and behind it.
func outdated() pulumi.StringMap {
	const security = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security."
	off := pulumi.StringMap{security + "Ciphers.TripleDes168": pulumi.String("False")}
	for _, side := range []string{"Protocols.", "Backend.Protocols."} {
		for _, protocol := range []string{"Tls11", "Tls10", "Ssl30"} {
			off[security+side+protocol] = pulumi.String("False")
		}
	}
	return off
}
