package database

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
	"github.com/tillit-dev/tillit/modules/retention"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// postgresVersion is the major version, the one that rehearsals run too.
const postgresVersion = "15"

// noZoneRedundancy are the regions that have zones and yet refuse new
// zone-redundant servers. Source: MicrosoftDocs/azure-databases-docs
// articles/postgresql/includes/regions-table.md (2d9647fb, 2025-12-22).
var noZoneRedundancy = map[string]bool{
	"germanywestcentral": true,
	"northeurope":        true,
	"westeurope":         true,
}

// availability is where a new server has its synchronous standby: in another
// zone where that is promised and the region gives it, and else in the same one,
// which the gate refuses where another was promised.
func availability(region string, redundant bool) string {
	if redundant && promises.Regions()[region].Zones > 1 && !noZoneRedundancy[region] {
		return "ZoneRedundant"
	}
	return "SameZone"
}

// parameters are the server parameters of every server: TLS only, and an audit log
// of what changes data, structure or rights. Who connects and leaves is logged by
// default, and Azure lets nobody change that.
var parameters = []struct{ name, value string }{
	{"require_secure_transport", "on"},
	{"ssl_min_protocol_version", "TLSv1.2"},
	{"log_checkpoints", "on"},
	{"connection_throttle.enable", "on"},
	{"azure.extensions", "pgaudit"},
	{"shared_preload_libraries", "pgaudit,pg_stat_statements"},
	{"pgaudit.log", "write,ddl,role"},
}

func (d *Database) postgres(ctx *pulumi.Context) error {
	days, err := retention.Window(d.args.PointInTime, d.args.Daily, 7, 35)
	if err != nil {
		return err
	}
	d.kept = time.Duration(days) * retention.Day
	home := d.args.Primary
	args, err := d.postgresServer(ctx, home)
	if err != nil {
		return err
	}
	args.CreateMode = pulumi.String("Create")
	args.Version = pulumi.String(postgresVersion)
	args.Backup = &dbforpostgresql.BackupArgs{
		BackupRetentionDays: pulumi.Int(days),
		GeoRedundantBackup:  pulumi.String("Disabled"),
	}
	args.HighAvailability = &dbforpostgresql.HighAvailabilityArgs{Mode: pulumi.String(availability(home.Region, d.args.Redundant))}
	args.MaintenanceWindow.DayOfWeek = pulumi.Int(0)
	if d.args.Elsewhere {
		args.Backup.GeoRedundantBackup = pulumi.String("Enabled")
		if err := d.geoKey(ctx, args.DataEncryption); err != nil {
			return err
		}
	}
	server, err := d.postgresMake(ctx, home, args)
	if err != nil {
		return err
	}
	d.Name = d.server(home, "pg")
	d.ServerID = server.ID().ToStringOutput()
	last, err := d.postgresConfigure(ctx, home, server)
	if err != nil {
		return err
	}
	administrator, err := d.postgresContent(ctx, server, last)
	if err != nil {
		return err
	}
	if d.args.Standby == nil {
		return nil
	}
	return d.postgresReplica(ctx, server, administrator)
}

// postgresServer is what a server and its replica have in common.
func (d *Database) postgresServer(ctx *pulumi.Context, s site.Site) (*dbforpostgresql.ServerArgs, error) {
	subnet, err := d.args.Network.Subnet(s.Region, "database")
	if err != nil {
		return nil, err
	}
	zone, err := d.args.Network.Zone("postgresqlServer")
	if err != nil {
		return nil, err
	}
	if s.Region == d.args.Primary.Region {
		d.Join = []pulumi.StringInput{subnet, zone, d.workload.ID}
	} else {
		d.JoinStandby = []pulumi.StringInput{subnet}
	}
	args := &dbforpostgresql.ServerArgs{
		ServerName:        pulumi.String(d.server(s, "pg")),
		ResourceGroupName: s.Group,
		Location:          pulumi.String(s.Region),
		Sku:               &dbforpostgresql.SkuArgs{Name: pulumi.String("Standard_D4ds_v5"), Tier: pulumi.String("GeneralPurpose")},
		Storage:           &dbforpostgresql.StorageArgs{StorageSizeGB: pulumi.Int(128), AutoGrow: pulumi.String("Enabled")},
		AuthConfig: &dbforpostgresql.AuthConfigArgs{
			ActiveDirectoryAuth: pulumi.String("Enabled"),
			PasswordAuth:        pulumi.String("Disabled"),
			TenantId:            pulumi.String(s.Tenant),
		},
		Network: &dbforpostgresql.NetworkArgs{
			DelegatedSubnetResourceId:   subnet,
			PrivateDnsZoneArmResourceId: zone,
			PublicNetworkAccess:         pulumi.String("Disabled"),
		},
		MaintenanceWindow: &dbforpostgresql.MaintenanceWindowArgs{
			CustomWindow: pulumi.String("Enabled"),
			StartHour:    pulumi.Int(2),
			StartMinute:  pulumi.Int(0),
		},
		Tags: d.tags(s),
	}
	if d.args.Keys == nil {
		return args, nil
	}
	key, err := d.key(ctx, s.Region)
	if err != nil {
		return nil, err
	}
	args.Identity = &dbforpostgresql.UserAssignedIdentityArgs{
		Type:                   pulumi.String("UserAssigned"),
		UserAssignedIdentities: dbforpostgresql.Identities(d.workload.ID),
	}
	args.DataEncryption = &dbforpostgresql.DataEncryptionArgs{
		Type:                          pulumi.String("AzureKeyVault"),
		PrimaryKeyURI:                 key.BaseURI,
		PrimaryUserAssignedIdentityId: d.workload.ID,
	}
	return args, nil
}

// geoKey puts the copies of the backups under a key of the region they lie in.
func (d *Database) geoKey(ctx *pulumi.Context, encryption *dbforpostgresql.DataEncryptionArgs) error {
	pair := promises.Regions()[d.args.Primary.Region].Pair
	if pair == "" {
		return fmt.Errorf("%s has no paired region to keep backups in: choose another residency.primary or give up backup.elsewhere", d.args.Primary.Region)
	}
	if encryption == nil {
		return nil
	}
	key, err := d.key(ctx, pair)
	if err != nil {
		return fmt.Errorf("geo-redundant backups under our own keys need one in the paired region: %w", err)
	}
	encryption.GeoBackupKeyURI = key.BaseURI
	encryption.GeoBackupUserAssignedIdentityId = d.workload.ID
	return nil
}

// postgresMake makes a server, locks it and collects its logs.
func (d *Database) postgresMake(ctx *pulumi.Context, s site.Site, args *dbforpostgresql.ServerArgs, opts ...pulumi.ResourceOption) (*dbforpostgresql.Server, error) {
	server, err := dbforpostgresql.NewServer(ctx, d.called(s, "postgres"), args, append(opts, pulumi.Parent(d))...)
	if err != nil {
		return nil, err
	}
	id := server.ID().ToStringOutput()
	return server, errors.Join(
		d.keep(ctx, s, id),
		d.args.Watch.Diagnose(ctx, d.called(s, "postgres"), "azure-native:dbforpostgresql:Server", s.Region, id),
	)
}

// postgresConfigure sets the server parameters one after another, since a server
// takes one change at a time, and returns the last.
func (d *Database) postgresConfigure(ctx *pulumi.Context, s site.Site, server pulumi.Resource) (pulumi.Resource, error) {
	last := server
	for _, p := range parameters {
		set, err := dbforpostgresql.NewConfiguration(ctx, d.called(s, "postgres", p.name), &dbforpostgresql.ConfigurationArgs{
			ConfigurationName: pulumi.String(p.name),
			ResourceGroupName: s.Group,
			ServerName:        site.Known(ctx, d.server(s, "pg"), server),
			Source:            pulumi.String("user-override"),
			Value:             pulumi.String(p.value),
		}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{last}))
		if err != nil {
			return nil, err
		}
		last = set
	}
	return last, nil
}

// postgresContent makes the database and its administrators, which a replica
// gets through replication, and returns the last of them.
func (d *Database) postgresContent(ctx *pulumi.Context, server, last pulumi.Resource) (pulumi.Resource, error) {
	home := d.args.Primary
	serverName := site.Known(ctx, d.server(home, "pg"), server)
	made, err := dbforpostgresql.NewDatabase(ctx, d.called(home, "postgres", "database"), &dbforpostgresql.DatabaseArgs{
		DatabaseName:      pulumi.String(databaseName),
		ResourceGroupName: home.Group,
		ServerName:        serverName,
		Charset:           pulumi.String("UTF8"),
		Collation:         pulumi.String("en_US.utf8"),
	}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{last}))
	if err != nil {
		return nil, err
	}
	who := d.administrator()
	return dbforpostgresql.NewAdministrator(ctx, d.called(home, "postgres", "administrator"), &dbforpostgresql.AdministratorArgs{
		ObjectId:          who.objectID.ToStringOutput().ToStringPtrOutput(),
		PrincipalName:     who.login.ToStringOutput().ToStringPtrOutput(),
		PrincipalType:     who.postgresKind(),
		TenantId:          pulumi.String(home.Tenant),
		ResourceGroupName: home.Group,
		ServerName:        serverName,
	}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{made}))
}

// postgresReplica keeps a current copy in the second region, as large as the
// server and set up like it, so that it can take over. It is patched on another
// day. A replica can have no standby of its own.
func (d *Database) postgresReplica(ctx *pulumi.Context, server *dbforpostgresql.Server, last pulumi.Resource) error {
	away := *d.args.Standby
	args, err := d.postgresServer(ctx, away)
	if err != nil {
		return err
	}
	args.CreateMode = pulumi.String("Replica")
	args.SourceServerResourceId = server.ID().ToStringOutput()
	args.Version = pulumi.String(postgresVersion)
	args.MaintenanceWindow.DayOfWeek = pulumi.Int(3)
	replica, err := d.postgresMake(ctx, away, args, pulumi.DependsOn([]pulumi.Resource{last}))
	if err != nil {
		return err
	}
	d.StandbyID = replica.ID().ToStringOutput()
	_, err = d.postgresConfigure(ctx, away, replica)
	return err
}
