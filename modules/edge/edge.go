package edge

import (
	"github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
)

// Args describe the public face of the service.
type Args struct {
	Site       site.Site
	Hostname   string
	OriginID   pulumi.StringInput // resource that Front Door reaches over private link
	OriginHost pulumi.StringInput
	OriginKind string // private link group of the origin, such as managedEnvironments
	Probe      string // path at which the origin answers whoever asks whether it is well; empty asks for the root
	Firewall   bool   // perimeter.waf
	Disclosure string // assurance.disclosure url; empty publishes no security.txt
	Watch      *watch.Watch
}

// Edge is Front Door with its web application firewall.
type Edge struct {
	pulumi.ResourceState
	ProfileID pulumi.StringOutput
	HostName  pulumi.StringOutput // name of the endpoint, which the host name's DNS record points to

	args        Args
	profileName string
	profile     pulumi.StringOutput // name that waits for the profile
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	e := &Edge{args: args, profileName: "fd-" + args.Site.Estate}
	if err := ctx.RegisterComponentResource("tillit:modules:Edge", name, e, opts...); err != nil {
		return nil, err
	}
	if err := e.front(ctx); err != nil {
		return nil, err
	}
	endpoint, err := e.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	domain, err := e.domain(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := e.disclosure(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.route(ctx, endpoint, domain, rules); err != nil {
		return nil, err
	}
	if args.Firewall {
		if err := e.firewall(ctx, endpoint.ID().ToStringOutput(), domain.ID().ToStringOutput()); err != nil {
			return nil, err
		}
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{"profileId": e.ProfileID, "hostName": e.HostName})
}

func (e *Edge) domain(ctx *pulumi.Context) (*cdn.AFDCustomDomain, error) {
	return cdn.NewAFDCustomDomain(ctx, "domain", &cdn.AFDCustomDomainArgs{
		CustomDomainName:  pulumi.String("public"),
		HostName:          pulumi.String(e.args.Hostname),
		ProfileName:       e.profile,
		ResourceGroupName: e.args.Site.Group,
		TlsSettings: cdn.AFDDomainHttpsParametersArgs{
			CertificateType:   pulumi.String("ManagedCertificate"),
			MinimumTlsVersion: cdn.AfdMinimumTlsVersionTLS12,
		},
	}, pulumi.Parent(e))
}
