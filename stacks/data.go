package stacks

import (
	"slices"

	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/tenants"
)

// halves are what data.separate keeps apart. The first is the one that the
// service works with day to day.
var halves = []string{"financial", "identity"}

// purposes name the estate's databases; one without a name holds everything.
func (e *estate) purposes() []string {
	if !e.d.Has("data.separate") {
		return []string{""}
	}
	return halves
}

// workloads name the identities of the estate. Where data is separate, so are
// those who reach it: no identity has a role on both databases.
func (e *estate) workloads() []string {
	all := []string{"backup", "documents", "drill", "logs"}
	for _, purpose := range e.purposes() {
		all = append(all, of("application", purpose), of("database", purpose))
	}
	if e.d.Has("data.erasure") {
		all = append(all, "erasure")
	}
	slices.Sort(all)
	return all
}

// of is the name of the part of something that is about one purpose.
func of(name, purpose string) string {
	if purpose == "" {
		return name
	}
	return name + "-" + purpose
}

// classOf says what a database holds, for its tag. Who a person is stands in
// the identity data; whatever else there is knows persons by a pseudonym only.
func (e *estate) classOf(purpose string) string {
	switch {
	case purpose == "identity":
		return "identity"
	case e.d.Has("data.minimal"):
		return "pseudonymised"
	}
	return purpose
}

// moreVaults makes the vaults beside the estate's own: one for each of two
// databases that are kept apart, and one for the tenants' keys.
func (e *estate) moreVaults() error {
	e.databaseKeys = map[string]map[string]*keys.Keys{"": e.dataKeys()}
	if e.d.Has("data.separate") {
		for _, purpose := range halves {
			if err := e.vaultsOf(purpose); err != nil {
				return err
			}
		}
	}
	if !e.d.Has("data.erasure") {
		return nil
	}
	s, err := e.site("keys", e.where.primary)
	if err != nil {
		return err
	}
	args := tenants.Args{
		Site:     s,
		Within:   e.d.Params("data.erasure").Duration("within"),
		Undelete: e.d.Params("crypto.keys").Duration("undelete"),
		Identity: e.identity,
		Eraser:   e.identity.Workloads["erasure"],
	}
	for _, purpose := range e.purposes() {
		args.Users = append(args.Users, e.identity.Workloads[of("application", purpose)])
	}
	made, err := tenants.New(e.ctx, "tenants", args)
	if err != nil {
		return err
	}
	e.components = append(e.components, made)
	e.vaultList = append(e.vaultList, vault{"vault-tenants-" + s.Region, s.Region, made.Keys})
	e.ctx.Export("tenantKeysUri", made.Keys.VaultURI)
	return nil
}

// vaultsOf makes the vaults of one database, in every region that it needs one.
func (e *estate) vaultsOf(purpose string) error {
	e.databaseKeys[purpose] = map[string]*keys.Keys{}
	for _, region := range database.KeyRegions(e.d.Means["database"], e.where.primary, e.where.standby, e.d.Has("backup.elsewhere")) {
		s, err := e.site("keys", region)
		if err != nil {
			return err
		}
		promised := e.d.Params("crypto.keys")
		made, err := keys.New(e.ctx, "keys-"+purpose+"-"+region, keys.Args{
			Site:     s,
			Purpose:  purpose,
			Rotation: promised.Duration("rotation"),
			Undelete: promised.Duration("undelete"),
			Identity: e.identity,
		})
		if err != nil {
			return err
		}
		e.databaseKeys[purpose][region] = made
		e.components = append(e.components, made)
		e.vaultList = append(e.vaultList, vault{"vault-" + purpose + "-" + region, region, made})
	}
	return nil
}

// vault is a key vault of the estate, with the name that what belongs to it has.
type vault struct {
	name, region string
	keys         *keys.Keys
}

// exportData says where data lies that has a place of its own.
func (e *estate) exportData() {
	for i, made := range e.servers {
		if len(e.servers) > 1 {
			e.ctx.Export(halves[i]+"ServerId", made.ServerID)
		}
	}
	if e.d.Has("data.transient") {
		e.ctx.Export("uploadsAccountId", e.documents.UploadsID)
	}
}
