package stacks

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/offprovider"
	"github.com/tillit-dev/tillit/promises"
)

// copies sends a copy of the stores to a provider outside Azure, where that is
// promised.
func (e *estate) copies() error {
	if !e.d.Has("backup.off-provider") {
		return nil
	}
	place, err := offprovider.Locate(e.d)
	if err != nil {
		return err
	}
	s, err := e.site("copies", e.where.primary)
	if err != nil {
		return err
	}
	vault, ok := e.keys[e.where.primary]
	if !ok {
		return fmt.Errorf("backup.off-provider: no key vault stands in %s for the credentials: declare crypto.keys", e.where.primary)
	}
	var servers []pulumi.StringInput
	for _, server := range e.servers {
		servers = append(servers, server.ServerID)
	}
	made, err := offprovider.New(e.ctx, "off-provider", offprovider.Args{
		Site:          s,
		Place:         place,
		Image:         e.d.Settings.Images["runbook"],
		EnvironmentID: e.drills.EnvironmentID,
		Keys:          vault,
		Identity:      e.identity,
		Accounts:      []pulumi.StringInput{e.documents.AccountID},
		Servers:       servers,
	})
	e.components = append(e.components, made)
	return err
}

// private tells whether stores are reached over private endpoints. They are closed
// to the public network in any case, and a job that copies them has to get in, as the gateway has to the application.
func (e *estate) private() bool {
	return e.d.Has("perimeter.private-data") || e.d.Has("backup.off-provider") || e.d.Has("data.separate") || e.gated()
}

// lag is how far the copy may be behind before somebody is told; zero where there
// is none.
func (e *estate) lag() time.Duration {
	if !e.d.Has("backup.off-provider") {
		return 0
	}
	return offprovider.Late
}

// copyHost is the host that the firewalls let the copy through to; nil where no
// copy leaves Azure.
func copyHost(d *promises.Declaration) (*network.Host, error) {
	if !d.Has("backup.off-provider") {
		return nil, nil
	}
	place, err := offprovider.Locate(d)
	return &network.Host{Name: place.Host, Port: place.Port, TLS: place.Target == "s3"}, err
}
