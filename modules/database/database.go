package database

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/governance"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
	"github.com/tillit-dev/tillit/promises"
)

// The means that can keep a database's promises.
const (
	Postgres = "postgres"
	SQL      = "sql"
)

// databaseName is the name of the estate's one database.
const databaseName = "main"

// Args describe a database by the promises it keeps.
type Args struct {
	Means       string // postgres or sql
	Purpose     string // which data it holds, where an estate has several: identity or financial; letters only
	Class       string // what the data is, for its tag; empty is database
	Primary     site.Site
	Standby     *site.Site            // residency.in-country, continuity.standby; nil builds no copy
	Keys        map[string]*keys.Keys // by region; nil means platform keys
	Network     *network.Network
	Identity    *identity.Identity // its workload "database", or "database-" and the purpose, reads the keys
	Governance  *governance.Governance
	Watch       *watch.Watch
	PointInTime time.Duration // backup.interval for
	Daily       time.Duration // backup.daily for: how long the automated backups are kept
	Retention   time.Duration // backup.retention for
	Elsewhere   bool          // backup.elsewhere: geo-redundant backups
	Immutable   bool          // backup.immutable
	Redundant   bool          // continuity.redundant: the database goes on when a zone fails
	Blind       bool          // identity.support-blind, data.separate: nobody administers it but its workload
	AdminGroup  string        // object id of the Entra group that administers it otherwise
}

// Database is a database server, its copy and its backups.
type Database struct {
	pulumi.ResourceState
	Means     string
	Site      site.Site           // where the server stands
	Name      string              // ARM name of the server
	ServerID  pulumi.StringOutput // ARM id of the server
	StandbyID pulumi.StringOutput // of its copy's server; empty without one
	// Join are the scopes that a server restored beside this one has to join:
	// its subnet, its private zone and its identity. An Azure SQL server has only
	// an identity, where it has a key.
	Join []pulumi.StringInput
	// JoinStandby are those that one made beside the copy has to join as well: the
	// copy's subnet. The zone and the identity are the same.
	JoinStandby []pulumi.StringInput

	args     Args
	kept     time.Duration // for how long the server keeps what was deleted
	workload identity.Workload
	made     map[string]keys.Key // by region
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Database, error) {
	who := "database"
	if args.Purpose != "" {
		who += "-" + args.Purpose
	}
	workload, ok := args.Identity.Workloads[who]
	if !ok {
		return nil, fmt.Errorf("database: there is no identity for the workload %q", who)
	}
	if args.AdminGroup == "" && !args.Blind {
		return nil, errors.New("database: nobody may administer it: set groups.databases under tillit:settings to an Entra group's object id, or promise identity.support-blind")
	}
	d := &Database{
		Means:     args.Means,
		Site:      args.Primary,
		StandbyID: pulumi.String("").ToStringOutput(),
		args:      args,
		workload:  workload,
		made:      map[string]keys.Key{},
	}
	build, ok := map[string]func(*pulumi.Context) error{Postgres: d.postgres, SQL: d.sql}[args.Means]
	if !ok {
		return nil, fmt.Errorf("database: %q is not a means: use %s or %s", args.Means, Postgres, SQL)
	}
	if err := ctx.RegisterComponentResource("tillit:modules:Database", name, d, opts...); err != nil {
		return nil, err
	}
	if err := build(ctx); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{"serverId": d.ServerID, "standbyId": d.StandbyID})
}

// KeyRegions are the regions in which an estate needs a key vault for its
// database: that of the server, of its copy, and of the geo-redundant backups of
// a PostgreSQL server.
func KeyRegions(means, primary, standby string, elsewhere bool) []string {
	regions := []string{primary}
	if standby != "" {
		regions = append(regions, standby)
	}
	if pair := promises.Regions()[primary].Pair; means == Postgres && elsewhere && pair != "" && pair != standby {
		regions = append(regions, pair)
	}
	return regions
}

// key is the database's key of one region, made on first use: a copy and the
// geo-redundant backups may lie in the same.
func (d *Database) key(ctx *pulumi.Context, region string) (keys.Key, error) {
	if key, ok := d.made[region]; ok {
		return key, nil
	}
	vault, ok := d.args.Keys[region]
	if !ok {
		return keys.Key{}, fmt.Errorf("no key vault stands in %s", region)
	}
	key, err := vault.Key(ctx, "database", d.workload)
	if err == nil {
		d.made[region] = key
	}
	return key, err
}

// keep puts a delete lock on a server or a database. Backups are deleted with the
// server; one that holds what is locked is not deleted either.
func (d *Database) keep(ctx *pulumi.Context, s site.Site, id pulumi.StringInput) error {
	return d.args.Governance.Lock(ctx, d.called(s, "database"), id)
}

// called names a resource of the database: sql-audit-westeurope, and where an
// estate has several databases sql-identity-audit-westeurope.
func (d *Database) called(s site.Site, kind string, parts ...string) string {
	if d.args.Purpose != "" {
		parts = append([]string{d.args.Purpose}, parts...)
	}
	return s.Name(append([]string{kind}, parts...)...)
}

// server is a server's name, which is unique in all of Azure.
func (d *Database) server(s site.Site, kind string) string {
	return s.GlobalName(kind + d.args.Purpose)
}

// tags say what the data is and for how long it is kept after it was deleted.
func (d *Database) tags(s site.Site) pulumi.StringMap {
	tags := map[string]string{"class": "database"}
	if d.args.Class != "" {
		tags["class"] = d.args.Class
	}
	if d.args.Purpose != "" {
		tags["purpose"] = d.args.Purpose
	}
	if kept := max(d.kept, d.args.Retention); kept > 0 {
		tags["retention"] = promises.FormatDuration(kept)
	}
	return s.Tagged(tags)
}
