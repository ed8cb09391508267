package network

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
)

// Args describe the network of an estate: an edge hub and an inner hub in each
// region, and the spokes behind them.
type Args struct {
	Sites      map[string]site.Site // network site by region
	Primary    string
	Layers     int      // perimeter.firewalls layers: 0 builds no firewall, 1 the inner one, 2 both
	Inspect    bool     // perimeter.inspection
	DDoS       bool     // perimeter.ddos
	Uplinks    int      // perimeter.uplinks operators; zero builds none
	Private    bool     // perimeter.private-data: private endpoints
	Gateway    bool     // an API gateway stands in the primary region
	Registries []string // hosts that container images are pulled from
	Copies     *Host    // backup.off-provider: where the primary region's jobs send the copy; nil lets them reach nothing outside Azure
	Watch      *watch.Watch
}

// Host is a service outside Azure.
type Host struct {
	Name string // DNS name
	Port int
	TLS  bool // it speaks HTTPS, so that the firewalls see by name whom they let through to
}

// Network is the estate's network.
type Network struct {
	pulumi.ResourceState
	args    Args
	ctx     *pulumi.Context
	regions map[string]*region
	zones   map[string]pulumi.StringOutput // private DNS zone ids by zone name
	ddos    pulumi.StringOutput            // id of the protection plan
}

// region is the network of one region.
type region struct {
	site    site.Site
	plan    plan
	edge    *vnet // nil with fewer than two layers
	inner   *vnet
	data    *vnet
	apps    *vnet
	subnets map[string]pulumi.StringOutput // spoke subnet ids by purpose
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Network, error) {
	n := &Network{args: args, ctx: ctx, regions: map[string]*region{}, zones: map[string]pulumi.StringOutput{}}
	if _, ok := args.Sites[args.Primary]; !ok {
		return nil, fmt.Errorf("network: the primary region %q has no site", args.Primary)
	}
	if err := ctx.RegisterComponentResource("tillit:modules:Network", name, n, opts...); err != nil {
		return nil, err
	}
	if args.DDoS {
		if err := n.protection(); err != nil {
			return nil, err
		}
	}
	order := n.order()
	for i, name := range order {
		n.regions[name] = &region{site: args.Sites[name], plan: newPlan(i), subnets: map[string]pulumi.StringOutput{}}
	}
	for _, name := range order {
		if err := n.build(n.regions[name]); err != nil {
			return nil, fmt.Errorf("network in %s: %w", name, err)
		}
	}
	for i, name := range order {
		for _, other := range order[i+1:] {
			if err := n.peer(n.regions[name].inner, n.regions[other].inner); err != nil {
				return nil, err
			}
		}
	}
	if args.Uplinks >= 2 {
		if err := n.uplinks(n.regions[args.Primary]); err != nil {
			return nil, err
		}
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{})
}

// order lists the regions, the primary first. A region's place in it decides
// its addresses.
func (n *Network) order() []string {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(n.args.Sites)), func(name string) bool { return name == n.args.Primary })
	return append([]string{n.args.Primary}, others...)
}

func (n *Network) build(r *region) error {
	if n.args.Layers >= 2 {
		if err := n.edgeHub(r); err != nil {
			return err
		}
	}
	if err := n.innerHub(r); err != nil {
		return err
	}
	return n.spokes(r)
}

// Subnet returns the id of a spoke subnet. Purposes: endpoints (private
// endpoints), database (delegated to PostgreSQL flexible servers), jobs
// (delegated to Container Apps), application, gateway (delegated to API
// Management, where the estate has a gateway).
func (n *Network) Subnet(region, purpose string) (pulumi.StringOutput, error) {
	r, ok := n.regions[region]
	if !ok {
		return pulumi.StringOutput{}, fmt.Errorf("network: the estate has no network in %q", region)
	}
	id, ok := r.subnets[purpose]
	if !ok {
		return pulumi.StringOutput{}, fmt.Errorf("network: no subnet is for %q; there are %v", purpose, slices.Sorted(maps.Keys(r.subnets)))
	}
	return id, nil
}
