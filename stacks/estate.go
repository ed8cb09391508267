package stacks

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/tillit-dev/tillit/modules/backup"
	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/documents"
	"github.com/tillit-dev/tillit/modules/drills"
	"github.com/tillit-dev/tillit/modules/gateway"
	"github.com/tillit-dev/tillit/modules/governance"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
	"github.com/tillit-dev/tillit/promises"
)

// Program reads the declaration from the engine's configuration and composes
// the estate.
func Program(ctx *pulumi.Context) error {
	values := map[string]string{}
	for _, key := range []string{"promises", "means", "waivers", "settings"} {
		if value := config.Get(ctx, "tillit:"+key); value != "" {
			values["tillit:"+key] = value
		}
	}
	d, err := promises.FromConfig(ctx.Stack(), values)
	if err != nil {
		return err
	}
	return Estate(ctx, d)
}

// Estate composes the modules that keep an estate's promises.
func Estate(ctx *pulumi.Context, d *promises.Declaration) error {
	where, err := locate(d, config.Get(ctx, "azure-native:location"))
	if err != nil {
		return err
	}
	account, err := authorization.GetClientConfig(ctx)
	if err != nil {
		return fmt.Errorf("ask Azure which subscription this is: %w", err)
	}
	e := &estate{ctx: ctx, d: d, where: where}
	for _, step := range []func() error{
		func() error { return e.ground(account.SubscriptionId, account.TenantId) },
		e.identities,
		e.vaults,
		e.moreVaults,
		e.logs,
		e.networks,
		e.databases,
		e.stores,
		e.backups,
		e.exercises,
		e.copies,
		e.door,
		e.front,
		e.seal,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// estate is what has been composed so far.
type estate struct {
	ctx   *pulumi.Context
	d     *promises.Declaration
	where places

	governance *governance.Governance
	identity   *identity.Identity
	keys       map[string]*keys.Keys
	vaultList  []vault
	// databaseKeys are the vaults of each database by region; nil leaves its
	// encryption to Azure's own keys.
	databaseKeys map[string]map[string]*keys.Keys
	watch        *watch.Watch
	network      *network.Network
	database     *database.Database   // the one that the service works with day to day
	servers      []*database.Database // that one, and whatever is kept apart from it
	documents    *documents.Documents
	backup       *backup.Backup
	drills       *drills.Drills
	gateway      *gateway.Gateway // nil where nothing is promised of keys and calls

	components []pulumi.Resource
}

func (e *estate) ground(subscription, tenant string) (err error) {
	args := governance.Args{
		Estate:       e.d.Estate,
		Subscription: subscription,
		Tenant:       tenant,
		Primary:      e.where.primary,
		Retention:    e.d.Params("backup.retention").Duration("for"),
		Scan:         e.d.Has("assurance.scan"),
		Database:     e.d.Means["database"],
		Patching:     e.d.Has("assurance.patching"),
	}
	if e.d.Has("residency.primary") {
		args.Regions = e.where.allowed
	}
	e.governance, err = governance.New(e.ctx, "governance", args)
	return err
}

func (e *estate) identities() error {
	s, err := e.site("identity", e.where.primary)
	if err != nil {
		return err
	}
	args := identity.Args{Site: s, Workloads: e.workloads()}
	if e.d.Has("backup.off-provider") {
		args.Workloads = append(args.Workloads, "copy")
	}
	if e.gated() {
		args.Workloads = append(args.Workloads, "gateway")
	}
	if e.d.Has("identity.least-privilege") {
		args.Groups = e.d.Settings.Groups
	}
	e.identity, err = identity.New(e.ctx, "identity", args)
	e.components = append(e.components, e.identity)
	return err
}

func (e *estate) vaults() error {
	if !e.d.Has("crypto.rest") && !e.d.Has("crypto.keys") {
		return nil
	}
	e.keys = map[string]*keys.Keys{}
	for _, region := range e.where.data {
		s, err := e.site("keys", region)
		if err != nil {
			return err
		}
		promised := e.d.Params("crypto.keys")
		e.keys[region], err = keys.New(e.ctx, "keys-"+region, keys.Args{
			Site:     s,
			Rotation: promised.Duration("rotation"),
			Undelete: promised.Duration("undelete"),
			Identity: e.identity,
		})
		if err != nil {
			return err
		}
		e.components = append(e.components, e.keys[region])
		e.vaultList = append(e.vaultList, vault{"vault-" + region, region, e.keys[region]})
	}
	return nil
}

func (e *estate) logs() error {
	sites, err := e.sites("logs", e.where.data)
	if err != nil {
		return err
	}
	e.watch, err = watch.New(e.ctx, "watch", watch.Args{
		Sites:       sites,
		Primary:     e.where.primary,
		Keys:        e.dataKeys(),
		Identity:    e.identity,
		Traceable:   e.d.Params("log.traceable").Duration("for"),
		TamperProof: e.d.Params("log.tamper-proof").Duration("for"),
		Private:     e.private(),
		Alarms:      e.d.Has("continuity.monitored"),
		Contact:     e.d.Settings.Contact,
		Web:         e.d.Has("perimeter.waf"),
		Vaults:      len(e.vaultList) > 0,
		MaxDrillAge: e.d.Params("backup.tested").Duration("every"),
		MaxCopyLag:  e.lag(),
	})
	if err != nil {
		return err
	}
	e.components = append(e.components, e.watch)
	for _, v := range e.vaultList {
		if err := e.watch.Diagnose(e.ctx, v.name, "azure-native:keyvault:Vault", v.region, v.keys.VaultID); err != nil {
			return err
		}
	}
	return nil
}

func (e *estate) databases() error {
	means := e.d.Means["database"]
	if means == "" {
		return errors.New("tillit:means: name the database: postgres or sql")
	}
	for _, purpose := range e.purposes() {
		made, err := e.databaseOf(means, purpose)
		if err != nil {
			return err
		}
		e.components = append(e.components, made)
		e.servers = append(e.servers, made)
	}
	e.database = e.servers[0]
	return nil
}

func (e *estate) databaseOf(means, purpose string) (*database.Database, error) {
	name := of("database", purpose)
	primary, standby, err := e.pair(name)
	if err != nil {
		return nil, err
	}
	return database.New(e.ctx, name, database.Args{
		Means:       means,
		Purpose:     purpose,
		Class:       e.classOf(purpose),
		Primary:     primary,
		Standby:     standby,
		Keys:        e.databaseKeys[purpose],
		Network:     e.network,
		Identity:    e.identity,
		Governance:  e.governance,
		Watch:       e.watch,
		PointInTime: e.d.Params("backup.interval").Duration("for"),
		Daily:       e.d.Params("backup.daily").Duration("for"),
		Retention:   e.d.Params("backup.retention").Duration("for"),
		Elsewhere:   e.d.Has("backup.elsewhere"),
		Immutable:   e.d.Has("backup.immutable"),
		Blind:       e.d.Has("identity.support-blind") || e.d.Has("data.separate"),
		Redundant:   e.d.Has("continuity.redundant"),
		AdminGroup:  e.d.Settings.Groups["databases"],
	})
}

func (e *estate) stores() error {
	primary, standby, err := e.pair("documents")
	if err != nil {
		return err
	}
	e.documents, err = documents.New(e.ctx, "documents", documents.Args{
		Primary:     primary,
		Standby:     standby,
		Keys:        e.dataKeys(),
		Network:     e.network,
		Identity:    e.identity,
		Governance:  e.governance,
		Watch:       e.watch,
		PointInTime: e.d.Params("backup.interval").Duration("for"),
		Immutable:   e.d.Params("backup.immutable").Duration("for"),
		Elsewhere:   e.d.Has("backup.elsewhere"),
		Sealed:      e.d.Has("data.sealed"),
		Minimal:     e.d.Has("data.minimal"),
		Transient:   e.d.Params("data.transient").Duration("within"),
	})
	e.components = append(e.components, e.documents)
	return err
}

func (e *estate) backups() error {
	s, err := e.site("backup", e.where.primary)
	if err != nil {
		return err
	}
	e.backup, err = backup.New(e.ctx, "backup", backup.Args{
		Site:       s,
		Retention:  e.d.Params("backup.retention").Duration("for"),
		Daily:      e.d.Params("backup.daily").Duration("for"),
		Elsewhere:  e.d.Has("backup.elsewhere"),
		Immutable:  e.d.Params("backup.immutable").Duration("for"),
		Keys:       e.dataKeys(),
		Network:    e.network,
		Identity:   e.identity,
		Governance: e.governance,
		Watch:      e.watch,
		Database:   e.database,
		Documents:  e.documents,
	})
	e.components = append(e.components, e.backup)
	return err
}

// seal locks what holds data and says what runbooks and people ask for.
func (e *estate) seal() error {
	for _, v := range e.vaultList {
		if err := e.governance.Lock(e.ctx, v.name, v.keys.VaultID); err != nil {
			return err
		}
	}
	if err := e.governance.Lock(e.ctx, "log-workspace", e.watch.WorkspaceID); err != nil {
		return err
	}
	for _, region := range e.where.data {
		if archive, ok := e.watch.Archives[region]; ok {
			if err := e.governance.Lock(e.ctx, "log-archive-"+region, archive.AccountID); err != nil {
				return err
			}
		}
	}
	e.ctx.Export("estate", pulumi.String(e.d.Estate))
	e.ctx.Export("primaryRegion", pulumi.String(e.where.primary))
	e.ctx.Export("standbyRegion", pulumi.String(e.where.standby))
	e.ctx.Export("databaseMeans", pulumi.String(e.database.Means))
	e.ctx.Export("databaseServerId", e.database.ServerID)
	e.exportData()
	e.ctx.Export("documentsAccountId", e.documents.AccountID)
	e.ctx.Export("documentsArchiveId", e.documents.ArchiveID)
	e.ctx.Export("documentsContainers", pulumi.ToStringArray(e.documents.Containers))
	e.ctx.Export("recoveryVaultId", e.backup.RecoveryVaultID)
	e.ctx.Export("backupVaultId", e.backup.BackupVaultID)
	e.ctx.Export("workspaceId", e.watch.WorkspaceID)
	if e.where.standby != "" {
		e.ctx.Export("databaseStandbyId", e.database.StandbyID)
		e.ctx.Export("documentsStandbyId", e.documents.StandbyID)
	}
	return e.governance.Seal(e.ctx, e.components...)
}

// dataKeys are the vaults for what is encrypted at rest; nil leaves it to
// Azure's own keys.
func (e *estate) dataKeys() map[string]*keys.Keys {
	if !e.d.Has("crypto.rest") {
		return nil
	}
	return e.keys
}

func (e *estate) site(purpose, region string) (site.Site, error) {
	return e.governance.Site(e.ctx, purpose, region)
}

// sites are the places of one purpose in several regions.
func (e *estate) sites(purpose string, regions []string) (map[string]site.Site, error) {
	all := map[string]site.Site{}
	for _, region := range regions {
		s, err := e.site(purpose, region)
		if err != nil {
			return nil, err
		}
		all[region] = s
	}
	return all, nil
}

// pair is the places of one purpose in the primary and the standby region.
func (e *estate) pair(purpose string) (primary site.Site, standby *site.Site, err error) {
	if primary, err = e.site(purpose, e.where.primary); err != nil || e.where.standby == "" {
		return primary, nil, err
	}
	s, err := e.site(purpose, e.where.standby)
	return primary, &s, err
}
