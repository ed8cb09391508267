package moduletest

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/monitor/inline"
	"github.com/tillit-dev/tillit/modules/governance"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
)

// Year is a promise's year.
const Year = 365 * 24 * time.Hour

// The ground's regions. Pair is the one that Primary's geo-redundant storage
// copies to.
const (
	Primary = "westeurope"
	Standby = "norwayeast"
	Pair    = "northeurope"
)

// Ground is what a component needs of others.
type Ground struct {
	Governance *governance.Governance
	Identity   *identity.Identity
	Keys       map[string]*keys.Keys
	Watch      *watch.Watch
	Network    *network.Network
}

// Plan lays the ground, lets build put its components on it and returns what was
// registered; err is build's own.
func Plan(t testing.TB, build func(ctx *pulumi.Context, g *Ground) error) (inv *inventory.Inventory, err error) {
	t.Helper()
	var own error
	inv, err = inline.Plan(t.Context(), monitor.Options{Project: "tillit", Stack: "test"}, func(ctx *pulumi.Context) error {
		g, err := lay(ctx)
		if err != nil {
			return err
		}
		own = build(ctx, g)
		return own
	})
	if err != nil && own == nil {
		t.Fatalf("the ground: %v", err)
	}
	return inv, own
}

// Site is the place of one purpose, which the ground always has.
func (g *Ground) Site(ctx *pulumi.Context, purpose, region string) (site.Site, error) {
	return g.Governance.Site(ctx, purpose, region)
}

func lay(ctx *pulumi.Context) (*Ground, error) {
	g := &Ground{Keys: map[string]*keys.Keys{}}
	var err error
	g.Governance, err = governance.New(ctx, "governance", governance.Args{
		Estate:       "test",
		Subscription: "00000000-0000-4000-8000-000000000001",
		Tenant:       "00000000-0000-4000-8000-000000000002",
		Primary:      Primary,
		Retention:    Year,
	})
	if err != nil {
		return nil, err
	}
	home, err := g.Site(ctx, "identity", Primary)
	if err != nil {
		return nil, err
	}
	g.Identity, err = identity.New(ctx, "identity", identity.Args{
		Site: home, Workloads: []string{"backup", "database", "documents", "drill", "logs"},
	})
	if err != nil {
		return nil, err
	}
	logs, networks := map[string]site.Site{}, map[string]site.Site{}
	for _, region := range []string{Primary, Standby, Pair} {
		if logs[region], err = g.Site(ctx, "logs", region); err != nil {
			return nil, err
		}
		if networks[region], err = g.Site(ctx, "network", region); err != nil {
			return nil, err
		}
		vault, err := g.Site(ctx, "keys", region)
		if err != nil {
			return nil, err
		}
		if g.Keys[region], err = keys.New(ctx, "keys-"+region, keys.Args{Site: vault, Identity: g.Identity}); err != nil {
			return nil, err
		}
	}
	g.Watch, err = watch.New(ctx, "watch", watch.Args{
		Sites: logs, Primary: Primary, Identity: g.Identity, Traceable: Year, TamperProof: Year,
	})
	if err != nil {
		return nil, err
	}
	g.Network, err = network.New(ctx, "network", network.Args{
		Sites: networks, Primary: Primary, Private: true, Gateway: true, Watch: g.Watch,
	})
	return g, err
}
