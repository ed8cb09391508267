package stacks

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/edge"
	"github.com/tillit-dev/tillit/modules/gateway"
)

// gated tells whether an API gateway stands before the application: whatever is
// promised of keys, of who holds them or of what is logged of a call is kept
// there.
func (e *estate) gated() bool {
	return e.d.Has("perimeter.allow-list") || e.d.Has("identity.sub-users") || e.d.Has("log.opt-out")
}

// door makes the gateway. It calls the application over a private endpoint.
func (e *estate) door() error {
	if !e.gated() {
		return nil
	}
	if e.d.Has("perimeter.allow-list") && e.d.Settings.Hostname == "" {
		return errors.New("tillit:settings: hostname: perimeter.allow-list needs the service's public host name, since Front Door tells the gateway where a call comes from")
	}
	s, err := e.site("gateway", e.where.primary)
	if err != nil {
		return err
	}
	if err := e.network.Private(e.ctx, "environment-"+s.Region, s.Region, e.drills.EnvironmentID, "managedEnvironments"); err != nil {
		return err
	}
	e.gateway, err = gateway.New(e.ctx, "gateway", gateway.Args{
		Site:      s,
		Network:   e.network,
		Watch:     e.watch,
		Identity:  e.identity.Workloads["gateway"],
		Publisher: e.d.Settings.Contact,
		Backend:   e.application(),
		Customers: e.d.Settings.Customers,
		AllowList: e.d.Has("perimeter.allow-list"),
		SubUsers:  e.d.Has("identity.sub-users"),
		OptOut:    e.d.Has("log.opt-out"),
		Redundant: e.d.Has("continuity.redundant"),
	})
	e.components = append(e.components, e.gateway)
	return err
}

// application is the host name that the application answers to.
func (e *estate) application() pulumi.StringOutput {
	return pulumi.Sprintf("application.%s", e.drills.DefaultDomain)
}

// origin fills in what Front Door sends calls to: the gateway where there is
// one, else the application itself.
func (e *estate) origin(args *edge.Args) {
	if e.gateway != nil {
		args.OriginID, args.OriginHost = e.gateway.ServiceID, pulumi.String(e.gateway.HostName)
		args.OriginKind, args.Probe = gateway.Kind, gateway.Probe
		return
	}
	args.OriginID, args.OriginHost, args.OriginKind = e.drills.EnvironmentID, e.application(), "managedEnvironments"
}
