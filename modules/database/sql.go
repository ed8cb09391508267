package database

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/sql/v2"
	longterm "github.com/pulumi/pulumi-azure-native-sdk/sql/v2/v20230501preview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/retention"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// audited are the action groups that say who signed in and what was run, changes
// of rights included, since those are statements too.
var audited = []string{
	"BATCH_COMPLETED_GROUP",
	"FAILED_DATABASE_AUTHENTICATION_GROUP",
	"SUCCESSFUL_DATABASE_AUTHENTICATION_GROUP",
}

// sqlServer is a logical server with its key.
type sqlServer struct {
	site   site.Site
	server *sql.Server
	name   pulumi.StringOutput
	key    *keys.Key
	ready  pulumi.Resource // the last thing to be set up before databases are made
}

func (d *Database) sql(ctx *pulumi.Context) error {
	days, err := retention.Window(d.args.PointInTime, d.args.Daily, 1, 35)
	if err != nil {
		return err
	}
	d.kept = time.Duration(days) * retention.Day
	if d.args.Retention > 0 {
		d.kept = max(d.kept, time.Duration(retention.Weeks(d.args.Retention))*retention.Week)
	}
	home, err := d.sqlServer(ctx, d.args.Primary)
	if err != nil {
		return err
	}
	d.Name = d.server(home.site, "sql")
	d.ServerID = home.server.ID().ToStringOutput()
	if d.args.Keys != nil {
		d.Join = []pulumi.StringInput{d.workload.ID}
	}
	if d.args.Standby == nil {
		_, err := d.sqlDatabase(ctx, home, days, nil)
		return err
	}
	away, err := d.sqlServer(ctx, *d.args.Standby)
	if err != nil {
		return err
	}
	d.StandbyID = away.server.ID().ToStringOutput()
	if err := d.shareKeys(ctx, home, away); err != nil {
		return err
	}
	primary, err := d.sqlDatabase(ctx, home, days, nil)
	if err != nil {
		return err
	}
	secondary, err := d.sqlDatabase(ctx, away, days, primary)
	if err != nil {
		return err
	}
	return d.failoverGroup(ctx, home, away, primary, secondary)
}

// sqlServer makes a logical server: Entra sign-in only, no public address, its
// own key, and an audit log.
func (d *Database) sqlServer(ctx *pulumi.Context, s site.Site) (*sqlServer, error) {
	made := &sqlServer{site: s}
	who := d.administrator()
	args := &sql.ServerArgs{
		ServerName:        pulumi.String(d.server(s, "sql")),
		ResourceGroupName: s.Group,
		Location:          pulumi.String(s.Region),
		Version:           pulumi.String("12.0"),
		Administrators: sql.ServerExternalAdministratorArgs{
			AdministratorType:         pulumi.String("ActiveDirectory"),
			AzureADOnlyAuthentication: pulumi.Bool(true),
			Login:                     who.login.ToStringOutput().ToStringPtrOutput(),
			PrincipalType:             who.sqlKind(),
			Sid:                       who.sid.ToStringOutput().ToStringPtrOutput(),
			TenantId:                  pulumi.String(s.Tenant),
		},
		MinimalTlsVersion:             pulumi.String("1.2"),
		PublicNetworkAccess:           pulumi.String("Disabled"),
		RestrictOutboundNetworkAccess: pulumi.String("Enabled"),
		Tags:                          d.tags(s),
	}
	if d.args.Keys != nil {
		key, err := d.key(ctx, s.Region)
		if err != nil {
			return nil, err
		}
		made.key = &key
		args.KeyId = key.URI
		args.PrimaryUserAssignedIdentityId = d.workload.ID
		args.Identity = sql.ResourceIdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{d.workload.ID},
		}
	}
	server, err := sql.NewServer(ctx, d.called(s, "sql"), args, pulumi.Parent(d))
	if err != nil {
		return nil, err
	}
	id := server.ID().ToStringOutput()
	made.server, made.ready = server, server
	made.name = site.Known(ctx, d.server(s, "sql"), server)
	if err := d.protector(ctx, made); err != nil {
		return nil, err
	}
	_, err = sql.NewExtendedServerBlobAuditingPolicy(ctx, d.called(s, "sql", "audit"), &sql.ExtendedServerBlobAuditingPolicyArgs{
		BlobAuditingPolicyName:      pulumi.String("default"),
		ResourceGroupName:           s.Group,
		ServerName:                  made.name,
		State:                       sql.BlobAuditingPolicyStateEnabled,
		IsAzureMonitorTargetEnabled: pulumi.Bool(true),
		AuditActionsAndGroups:       pulumi.ToStringArray(audited),
	}, pulumi.Parent(d))
	return made, errors.Join(err,
		d.args.Network.Private(ctx, d.called(s, "sql"), s.Region, id, "sqlServer", pulumi.Parent(d)),
		// A server's audit log goes out through its master database.
		d.args.Watch.Diagnose(ctx, d.called(s, "sql", "master"), "azure-native:sql:Database", s.Region, pulumi.Sprintf("%s/databases/master", id)),
	)
}

// protector makes the server follow its key when the key is rotated.
func (d *Database) protector(ctx *pulumi.Context, s *sqlServer) error {
	if s.key == nil {
		return nil
	}
	protector, err := sql.NewEncryptionProtector(ctx, d.called(s.site, "sql", "protector"), &sql.EncryptionProtectorArgs{
		EncryptionProtectorName: pulumi.String("current"),
		ResourceGroupName:       s.site.Group,
		ServerName:              s.name,
		ServerKeyType:           pulumi.String("AzureKeyVault"),
		ServerKeyName:           serverKeyName(*s.key),
		AutoRotationEnabled:     pulumi.Bool(true),
	}, pulumi.Parent(d))
	s.ready = protector
	return err
}

// serverKeyName is what a server calls a key: vault_key_version.
func serverKeyName(key keys.Key) pulumi.StringOutput {
	return key.URI.ApplyT(func(uri string) string {
		host, rest, _ := strings.Cut(strings.TrimPrefix(uri, "https://"), "/keys/")
		vault, _, _ := strings.Cut(host, ".")
		return vault + "_" + strings.ReplaceAll(rest, "/", "_")
	}).(pulumi.StringOutput)
}

// shareKeys lets each server read what the other encrypted. Replication breaks
// otherwise, and a key cannot be copied to another geography.
func (d *Database) shareKeys(ctx *pulumi.Context, servers ...*sqlServer) error {
	for i, s := range servers {
		partner := servers[len(servers)-1-i]
		if s.key == nil {
			return nil
		}
		_, err := sql.NewServerKey(ctx, d.called(s.site, "sql", "partner-key"), &sql.ServerKeyArgs{
			KeyName:           serverKeyName(*partner.key),
			ResourceGroupName: s.site.Group,
			ServerName:        s.name,
			ServerKeyType:     pulumi.String("AzureKeyVault"),
			Uri:               partner.key.URI,
		}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{s.ready}))
		if err != nil {
			return err
		}
	}
	return nil
}

// sqlDatabase makes the database, or the copy of a source, with its policies.
func (d *Database) sqlDatabase(ctx *pulumi.Context, s *sqlServer, days int, source *sql.Database) (*sql.Database, error) {
	redundancy := "Zone"
	if d.args.Elsewhere {
		redundancy = "Geo"
	}
	args := &sql.DatabaseArgs{
		DatabaseName:                     pulumi.String(databaseName),
		ResourceGroupName:                s.site.Group,
		ServerName:                       s.name,
		Location:                         pulumi.String(s.site.Region),
		Sku:                              sql.SkuArgs{Name: pulumi.String("GP_Gen5"), Tier: pulumi.String("GeneralPurpose"), Family: pulumi.String("Gen5"), Capacity: pulumi.Int(4)},
		RequestedBackupStorageRedundancy: pulumi.String(redundancy),
		ZoneRedundant:                    pulumi.Bool(d.args.Redundant && promises.Regions()[s.site.Region].Zones > 1),
		CreateMode:                       pulumi.String("Default"),
		Tags:                             d.tags(s.site),
	}
	if source != nil {
		args.CreateMode = pulumi.String("Secondary")
		args.SecondaryType = pulumi.String("Geo")
		args.SourceDatabaseId = source.ID().ToStringOutput()
	}
	made, err := sql.NewDatabase(ctx, d.called(s.site, "sql", "database"), args, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{s.ready}))
	if err != nil {
		return nil, err
	}
	return made, errors.Join(
		// The server has no lock of its own: drills restore beside the original, and what
		// they restore would inherit it.
		d.keep(ctx, s.site, made.ID().ToStringOutput()),
		d.args.Watch.Diagnose(ctx, d.called(s.site, "sql", databaseName), "azure-native:sql:Database", s.site.Region, made.ID().ToStringOutput()),
		d.policies(ctx, s, made, days),
	)
}

// policies say how long a database's backups are kept. The database waits
// between the two, which cannot be set at the same time.
func (d *Database) policies(ctx *pulumi.Context, s *sqlServer, database *sql.Database, days int) error {
	name := site.Known(ctx, databaseName, database)
	short, err := sql.NewBackupShortTermRetentionPolicy(ctx, d.called(s.site, "sql", "short-term"), &sql.BackupShortTermRetentionPolicyArgs{
		PolicyName:                pulumi.String("default"),
		ResourceGroupName:         s.site.Group,
		ServerName:                s.name,
		DatabaseName:              name,
		RetentionDays:             pulumi.Int(days),
		DiffBackupIntervalInHours: pulumi.Int(12),
	}, pulumi.Parent(d))
	if err != nil || d.args.Retention == 0 {
		return err
	}
	_, err = longterm.NewLongTermRetentionPolicy(ctx, d.called(s.site, "sql", "long-term"), &longterm.LongTermRetentionPolicyArgs{
		PolicyName:           pulumi.String("default"),
		ResourceGroupName:    s.site.Group,
		ServerName:           s.name,
		DatabaseName:         name,
		WeeklyRetention:      pulumi.String(retention.Weekly(d.args.Retention)),
		MakeBackupsImmutable: pulumi.Bool(d.args.Immutable),
	}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{short}))
	return err
}

// failoverGroup gives the database and its copy one address, and lets people, not
// the platform, decide when the copy takes over: the platform would wait an hour
// and accept the loss of data.
func (d *Database) failoverGroup(ctx *pulumi.Context, home, away *sqlServer, primary, secondary *sql.Database) error {
	_, err := sql.NewFailoverGroup(ctx, d.called(home.site, "sql", "failover"), &sql.FailoverGroupArgs{
		FailoverGroupName: pulumi.String(fmt.Sprintf("fog-%s", d.server(home.site, "sql"))),
		ResourceGroupName: home.site.Group,
		ServerName:        home.name,
		Databases:         pulumi.StringArray{primary.ID().ToStringOutput()},
		PartnerServers:    sql.PartnerInfoArray{sql.PartnerInfoArgs{Id: away.server.ID().ToStringOutput()}},
		ReadWriteEndpoint: sql.FailoverGroupReadWriteEndpointArgs{FailoverPolicy: pulumi.String("Manual")},
		ReadOnlyEndpoint:  sql.FailoverGroupReadOnlyEndpointArgs{FailoverPolicy: pulumi.String("Disabled")},
		Tags:              d.tags(home.site),
	}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{secondary}))
	return err
}
