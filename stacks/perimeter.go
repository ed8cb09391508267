package stacks

import (
	"fmt"

	"github.com/tillit-dev/tillit/modules/edge"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/promises"
)

func (e *estate) networks() error {
	sites, err := e.sites("network", e.where.built)
	if err != nil {
		return err
	}
	copies, err := copyHost(e.d)
	if err != nil {
		return err
	}
	private := e.private()
	e.network, err = network.New(e.ctx, "network", network.Args{
		Sites:      sites,
		Primary:    e.where.primary,
		Layers:     e.layers(),
		Inspect:    e.d.Has("perimeter.inspection"),
		DDoS:       e.d.Has("perimeter.ddos"),
		Uplinks:    e.d.Params("perimeter.uplinks").Number("operators"),
		Private:    private,
		Registries: registries(e.d.Settings.Images),
		Gateway:    e.gated(),
		Copies:     copies,
		Watch:      e.watch,
	})
	if err != nil {
		return err
	}
	e.components = append(e.components, e.network)
	for _, v := range e.vaultList {
		if err := e.network.Private(e.ctx, v.name, e.where.near(v.region), v.keys.VaultID, "vault"); err != nil {
			return err
		}
	}
	for _, region := range e.where.data {
		archive, ok := e.watch.Archives[region]
		if !ok {
			continue
		}
		if err := e.network.Private(e.ctx, "log-archive-"+region, e.where.near(region), archive.AccountID, "blob"); err != nil {
			return err
		}
	}
	if !private {
		return nil
	}
	return e.network.Private(e.ctx, "monitor-"+e.where.primary, e.where.primary, e.watch.PrivateLinkScopeID, "azuremonitor")
}

// layers are how many firewalls stand in a row: as many as are promised, and one
// where traffic is only promised to be inspected.
func (e *estate) layers() int {
	layers := e.d.Params("perimeter.firewalls").Number("layers")
	if e.d.Has("perimeter.inspection") {
		return max(layers, 1)
	}
	return layers
}

func (e *estate) front() error {
	if e.d.Settings.Hostname == "" {
		for _, id := range []promises.ID{"perimeter.waf", "assurance.disclosure"} {
			if e.d.Has(id) {
				return fmt.Errorf("tillit:settings: hostname: %s needs the service's public host name", id)
			}
		}
		return nil
	}
	s, err := e.site("edge", e.where.primary)
	if err != nil {
		return err
	}
	args := edge.Args{
		Site:       s,
		Hostname:   e.d.Settings.Hostname,
		Firewall:   e.d.Has("perimeter.waf"),
		Disclosure: e.d.Params("assurance.disclosure").Text("url"),
		Watch:      e.watch,
	}
	e.origin(&args)
	front, err := edge.New(e.ctx, "edge", args)
	if err != nil {
		return err
	}
	e.components = append(e.components, front)
	e.ctx.Export("frontDoorHost", front.HostName)
	return nil
}
