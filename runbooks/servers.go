package runbooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
)

// beside describes a new server of the run that stands where another does: in
// its subnet and private zone, under its identity and its key. No application
// points to it.
func (p *postgres) beside(run *drill.Run, like *pg.Server, purpose string, mode pg.CreateMode) pg.Server {
	body := pg.Server{
		Location:   like.Location,
		Tags:       p.tags(run, purpose),
		Properties: &pg.ServerProperties{CreateMode: to(mode)},
	}
	if n := like.Properties.Network; n != nil && n.DelegatedSubnetResourceID != nil {
		body.Properties.Network = &pg.Network{
			DelegatedSubnetResourceID:   n.DelegatedSubnetResourceID,
			PrivateDNSZoneArmResourceID: n.PrivateDNSZoneArmResourceID,
		}
	}
	e := like.Properties.DataEncryption
	if e == nil || e.PrimaryKeyURI == nil {
		return body
	}
	body.Properties.DataEncryption = &pg.DataEncryption{
		Type: e.Type, PrimaryKeyURI: e.PrimaryKeyURI, PrimaryUserAssignedIdentityID: e.PrimaryUserAssignedIdentityID,
	}
	body.Identity = &pg.UserAssignedIdentity{Type: to(pg.IdentityTypeUserAssigned), UserAssignedIdentities: map[string]*pg.UserIdentity{}}
	if id := text(e.PrimaryUserAssignedIdentityID); id != "" {
		body.Identity.UserAssignedIdentities[id] = &pg.UserIdentity{}
	}
	return body
}

// tags mark what the run makes.
func (s Scene) tags(run *drill.Run, purpose string) map[string]*string {
	return map[string]*string{
		drill.MarkerTag: to(run.Marker()), "estate": to(s.Estate.Name), "class": to("drills"), "purpose": to(purpose),
	}
}

// provide makes a server in the workbench, unless the run has made it before it
// was cut off; then it waits until that one is ready. One that could not be made is
// made anew.
func (p *postgres) provide(ctx context.Context, run *drill.Run, name string, body pg.Server) error {
	servers, group := p.Cloud.Postgres.NewServersClient(), p.Estate.Workbench.Name
	for {
		there, err := p.look(ctx, group, name)
		if errors.Is(err, cloud.ErrNotFound) {
			poller, err := servers.BeginCreate(ctx, group, name, body, nil)
			if err := finished(ctx, poller, err); err != nil {
				return fmt.Errorf("make server %s in %s: %w", name, group, err)
			}
			return nil
		}
		if err != nil {
			return err
		}
		if text(there.Tags[drill.MarkerTag]) != run.Marker() {
			return fmt.Errorf("there is a server %s in %s already that is not of this run: it is left alone", name, group)
		}
		switch state, err := p.provisioning(ctx, name); {
		case err != nil:
			return err
		case state == "Failed":
			poller, err := servers.BeginDelete(ctx, group, name, nil)
			if err := finished(ctx, poller, err); err != nil {
				return fmt.Errorf("delete server %s, which could not be made: %w", name, err)
			}
			continue
		case (state == "" || state == "Succeeded") && there.Properties.State != nil && *there.Properties.State == pg.ServerStateReady:
			return nil
		}
		run.Say("server %s is being made since before this run was resumed", name)
		if err := wait(ctx, time.Second); err != nil {
			return err
		}
	}
}

// provisioning is the state that the Resource Manager keeps of a server in the
// workbench; empty where it keeps none.
func (p *postgres) provisioning(ctx context.Context, name string) (string, error) {
	id := p.Estate.Workbench.ID + "/providers/Microsoft.DBforPostgreSQL/flexibleServers/" + name
	got, err := p.Cloud.Resources.NewClient().GetByID(ctx, id, serverAPI, nil)
	if err != nil {
		return "", fmt.Errorf("read the state of server %s: %w", name, cloud.Explain(err))
	}
	properties, _ := got.Properties.(map[string]any)
	state, _ := properties["provisioningState"].(string)
	return state, nil
}

// serverAPI is the version of the provider's API that its client speaks too.
const serverAPI = "2024-08-01"

// administer makes the drills' identity an administrator of a server. The roles
// of a restored server are the source's, but who administers it is Azure's to
// know.
func (p *postgres) administer(ctx context.Context, name string) error {
	kind := pg.PrincipalTypeServicePrincipal
	if strings.Contains(p.who.Login, "@") {
		kind = pg.PrincipalTypeUser
	}
	poller, err := p.Cloud.Postgres.NewAdministratorsClient().BeginCreate(ctx, p.Estate.Workbench.Name, name, p.who.ObjectID,
		pg.ActiveDirectoryAdministratorAdd{Properties: &pg.AdministratorPropertiesForAdd{
			PrincipalName: &p.who.Login, PrincipalType: &kind, TenantID: &p.who.Tenant,
		}}, nil)
	if _, err = cloud.Done(ctx, poller, err); err != nil {
		return fmt.Errorf("make %s administrator of %s: %w", p.who.Login, name, cloud.Explain(err))
	}
	return nil
}

// parameters are the server parameters that somebody has set, and whether one of
// them waits for the server to be started again.
func (p *postgres) parameters(ctx context.Context, group, name string) (set map[string]string, waiting bool, err error) {
	set = map[string]string{}
	pager := p.Cloud.Postgres.NewConfigurationsClient().NewListByServerPager(group, name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("read the parameters of server %s: %w", name, cloud.Explain(err))
		}
		for _, c := range page.Value {
			if c.Properties != nil && text(c.Properties.Source) == overridden && !yes(c.Properties.IsReadOnly) {
				set[text(c.Name)] = text(c.Properties.Value)
				waiting = waiting || yes(c.Properties.IsConfigPendingRestart)
			}
		}
	}
	return set, waiting, nil
}

func yes(flag *bool) bool { return flag != nil && *flag }

// overridden is the source of a parameter that is not Azure's default.
const overridden = "user-override"

// configure gives a server of the run the parameters that another one has: a
// restore loses them. A server takes one change at a time, and is started again
// where that is what a change needs. The check says what was done, and fails where
// the server still has others.
func (p *postgres) configure(ctx context.Context, run *drill.Run, name, check string, wanted map[string]string) error {
	group := p.Estate.Workbench.Name
	has, pending, err := p.parameters(ctx, group, name)
	if err != nil {
		return err
	}
	lost := missing(wanted, has)
	configurations := p.Cloud.Postgres.NewConfigurationsClient()
	for _, parameter := range lost {
		poller, err := configurations.BeginPut(ctx, group, name, parameter, pg.Configuration{
			Properties: &pg.ConfigurationProperties{Source: to(overridden), Value: to(wanted[parameter])},
		}, nil)
		set, err := cloud.Done(ctx, poller, err)
		if err != nil {
			return fmt.Errorf("set %s of server %s: %w", parameter, name, cloud.Explain(err))
		}
		pending = pending || set.Properties != nil && yes(set.Properties.IsConfigPendingRestart)
	}
	again := ""
	if pending {
		poller, err := p.Cloud.Postgres.NewServersClient().BeginRestart(ctx, group, name, nil)
		if err := finished(ctx, poller, err); err != nil {
			return fmt.Errorf("start server %s again: %w", name, err)
		}
		again = ", for which it was started again"
	}
	if has, pending, err = p.parameters(ctx, group, name); err != nil {
		return err
	}
	c := drill.Check{Name: check, Detail: fmt.Sprintf("%d of the server's %d were lost and have been set again%s", len(lost), len(wanted), again)}
	if left := missing(wanted, has); len(left) > 0 {
		c.Detail = fmt.Sprintf("%s; these it has otherwise all the same: %s", c.Detail, strings.Join(left, ", "))
	} else if pending {
		c.Detail += "; it waits for another start"
	} else {
		c.OK = true
	}
	return run.Check(c)
}

func finished[T any](ctx context.Context, poller *runtime.Poller[T], err error) error {
	if _, err = cloud.Done(ctx, poller, err); err != nil {
		return cloud.Explain(err)
	}
	return nil
}
