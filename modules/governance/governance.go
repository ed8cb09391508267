package governance

import (
	"fmt"
	"regexp"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// Args say which estate is governed and where it may stand.
type Args struct {
	Estate       string
	Subscription string
	Tenant       string
	Primary      string        // region of production
	Regions      []string      // every region the estate may use, the primary included; empty allows all
	Retention    time.Duration // how long backups reach back; zero promises nothing
	Scan         bool          // assurance.scan: Defender plans on the subscription
	Database     string        // means of the database, which a Defender plan is for
	Patching     bool          // assurance.patching: no machine without automatic updates
}

// Governance holds the estate's resource groups and rules of residence.
type Governance struct {
	pulumi.ResourceState
	args  Args
	sites map[string]site.Site
	locks []lock
}

type lock struct {
	name  string
	scope pulumi.StringInput
}

// estateName is what the strictest of the resources named after it allow.
var estateName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Governance, error) {
	if len(args.Estate) < 2 || len(args.Estate) > 24 || !estateName.MatchString(args.Estate) {
		return nil, fmt.Errorf("governance: the estate's name %q goes into the names of its resources: use 2 to 24 lower-case letters, digits and single hyphens, a letter first", args.Estate)
	}
	g := &Governance{args: args, sites: map[string]site.Site{}}
	if err := ctx.RegisterComponentResource("tillit:modules:Governance", name, g, opts...); err != nil {
		return nil, err
	}
	if len(args.Regions) > 0 {
		if err := g.residence(ctx); err != nil {
			return nil, err
		}
	}
	if args.Scan {
		if err := g.scan(ctx); err != nil {
			return nil, err
		}
	}
	if args.Patching {
		if err := g.patching(ctx); err != nil {
			return nil, err
		}
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{})
}

// Site returns the place of one purpose (network, edge, keys, database, backup,
// logs, drills) in one region, making its resource group on first use.
func (g *Governance) Site(ctx *pulumi.Context, purpose, region string) (site.Site, error) {
	key := purpose + "-" + region
	if s, ok := g.sites[key]; ok {
		return s, nil
	}
	retention := "none"
	if g.args.Retention > 0 {
		retention = promises.FormatDuration(g.args.Retention)
	}
	s := site.Site{
		Estate:       g.args.Estate,
		Region:       region,
		Subscription: g.args.Subscription,
		Tenant:       g.args.Tenant,
		Tags: pulumi.StringMap{
			"estate":    pulumi.String(g.args.Estate),
			"purpose":   pulumi.String(purpose),
			"class":     pulumi.String(purpose),
			"retention": pulumi.String(retention),
		},
	}
	groupName := fmt.Sprintf("rg-%s-%s", g.args.Estate, key)
	group, err := resources.NewResourceGroup(ctx, "group-"+key, &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(groupName),
		Location:          pulumi.String(region),
		Tags:              s.Tags,
	}, pulumi.Parent(g))
	if err != nil {
		return site.Site{}, err
	}
	s.Group = site.Known(ctx, groupName, group)
	g.sites[key] = s
	return s, nil
}

// Lock asks for a delete lock on a resource that holds data. It is put on by
// Seal.
func (g *Governance) Lock(_ *pulumi.Context, name string, scope pulumi.StringInput) error {
	g.locks = append(g.locks, lock{name: name, scope: scope})
	return nil
}

// Seal puts the locks on, once everything in the components is made. The engine
// then takes them off again before it deletes anything. All but the first wait
// for the first only, which keeps the number of dependencies small.
func (g *Governance) Seal(ctx *pulumi.Context, components ...pulumi.Resource) error {
	wait := components
	for _, l := range g.locks {
		made, err := authorization.NewManagementLockByScope(ctx, "lock-"+l.name, &authorization.ManagementLockByScopeArgs{
			LockName: pulumi.String("keep-" + l.name),
			Scope:    l.scope,
			Level:    pulumi.String("CanNotDelete"),
			Notes:    pulumi.String("Holds data that the estate has promised to keep."),
		}, pulumi.Parent(g), pulumi.DependsOn(wait))
		if err != nil {
			return err
		}
		if len(wait) == len(components) {
			wait = []pulumi.Resource{made}
		}
	}
	return nil
}
