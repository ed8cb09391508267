package variants

import (
	"github.com/pulumi/pulumi-azure-native-sdk/sql/v2"
	longterm "github.com/pulumi/pulumi-azure-native-sdk/sql/v2/v20230501preview"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/promises"
)

// onSQL are the broken variants of what Azure SQL keeps by means of its own.
func onSQL(d *promises.Declaration) []Variant {
	const means = "sql"
	home := pulumi.String(d.Params("residency.primary").Text("region"))
	passwords := on("sql-", func(a *sql.ServerArgs) {
		a.Administrators = sql.ServerExternalAdministratorArgs{
			AdministratorType: pulumi.String("ActiveDirectory"), AzureADOnlyAuthentication: pulumi.Bool(false),
			PrincipalType: pulumi.String("Group"), Login: pulumi.String("databases"),
			Sid: pulumi.String("22222222-2222-4222-8222-222222222222"),
		}
	})
	return []Variant{
		{
			Promise: "residency.in-country", Kind: Weakened, Name: "the secondary stands at home", Rule: "residency/in-country-copy", Means: means,
			edit: func(name string, props pulumi.Input) bool {
				return on("", func(a *sql.DatabaseArgs) { a.Location = home })(name, props) ||
					on("", func(a *sql.ServerArgs) { a.Location = home })(name, props)
			},
		},
		{
			Promise: "perimeter.private-data", Kind: Weakened, Name: "a server that answers to the internet", Rule: "perimeter/data-is-private", Means: means,
			edit: on("", func(a *sql.ServerArgs) { a.PublicNetworkAccess = pulumi.String("Enabled") }),
		},
		{
			Promise: "crypto.transit", Kind: Weakened, Name: "a server that takes any TLS", Rule: "crypto/tls-current", Means: means,
			edit: on("", func(a *sql.ServerArgs) { a.MinimalTlsVersion = pulumi.String("None") }),
		},
		{
			Promise: "crypto.rest", Kind: Weakened, Name: "a database under a key of the platform", Rule: "crypto/customer-keys", Means: means,
			edit: on("", func(a *sql.EncryptionProtectorArgs) {
				a.ServerKeyType, a.ServerKeyName = pulumi.String("ServiceManaged"), pulumi.String("ServiceManaged")
			}),
		},
		{
			Promise: "crypto.secrets", Kind: Missing, Name: "a password in clear text on the server", Rule: "crypto/no-clear-secrets", Means: means,
			edit: on("", func(a *sql.ServerArgs) {
				a.AdministratorLogin, a.AdministratorLoginPassword = pulumi.String("master"), pulumi.String("Correct-Horse-1")
			}),
		},
		{
			Promise: "identity.mfa", Kind: Missing, Name: "passwords sign in to the server", Rule: "identity/entra-only", Means: means,
			edit: passwords,
		},
		{
			Promise: "identity.personal-accounts", Kind: Missing, Name: "passwords of the server's own", Rule: "identity/personal-accounts", Means: means,
			edit: passwords,
		},
		{
			Promise: "backup.interval", Kind: Weakened, Name: "three days of log backups", Rule: "backup/interval", Means: means,
			edit: on("", func(a *sql.BackupShortTermRetentionPolicyArgs) { a.RetentionDays = pulumi.Int(3) }),
		},
		{
			Promise: "backup.retention", Kind: Weakened, Name: "long-term copies for four weeks", Rule: "backup/retention", Means: means,
			edit: on("", func(a *longterm.LongTermRetentionPolicyArgs) { a.WeeklyRetention = pulumi.String("P4W") }),
		},
		{
			Promise: "backup.retention", Kind: Bypassed, Name: "long-term copies of another database", Rule: "backup/retention", Means: means,
			edit: on("", func(a *longterm.LongTermRetentionPolicyArgs) { a.DatabaseName = pulumi.String("other") }),
		},
		{
			Promise: "backup.elsewhere", Kind: Weakened, Name: "the database's backups stay in the region", Rule: "backup/elsewhere", Means: means,
			edit: on("", func(a *sql.DatabaseArgs) { a.RequestedBackupStorageRedundancy = pulumi.String("Zone") }),
		},
		{
			Promise: "backup.immutable", Kind: Weakened, Name: "long-term copies that can be deleted", Rule: "backup/immutable", Means: means,
			edit: on("", func(a *longterm.LongTermRetentionPolicyArgs) { a.MakeBackupsImmutable = pulumi.Bool(false) }),
		},
		{
			Promise: "continuity.standby", Kind: Weakened, Name: "a database that is no secondary", Rule: "continuity/standby", Means: means,
			edit: on("", func(a *sql.DatabaseArgs) { a.CreateMode, a.SourceDatabaseId = pulumi.String("Default"), nil }),
		},
		{
			Promise: "continuity.standby", Kind: Bypassed, Name: "a secondary of another database", Rule: "continuity/standby", Means: means,
			edit: func(name string, props pulumi.Input) bool {
				return on("", func(a *sql.DatabaseArgs) { a.SourceDatabaseId = otherDatabase })(name, props) ||
					on("", func(a *sql.FailoverGroupArgs) { a.Databases = pulumi.StringArray{otherDatabase} })(name, props)
			},
		},
		{
			Promise: "continuity.redundant", Kind: Weakened, Name: "a server in one zone", Rule: "continuity/redundant-data", Means: means,
			edit: on("", func(a *sql.DatabaseArgs) { a.ZoneRedundant = pulumi.Bool(false) }),
		},
		{
			Promise: "log.traceable", Kind: Weakened, Name: "statements that nobody audits", Rule: "log/database-audited", Means: means,
			edit: on("", func(a *sql.ExtendedServerBlobAuditingPolicyArgs) {
				a.State = sql.BlobAuditingPolicyStateDisabled
			}),
		},
		{
			Promise: "data.minimal", Kind: Weakened, Name: "a database that does not say what it holds", Rule: "data/minimal", Means: means,
			edit: on("", func(a *sql.DatabaseArgs) { a.Tags = nil }),
		},
	}
}

const otherDatabase = pulumi.String(subscription + "/resourceGroups/rg-side/providers/Microsoft.Sql/servers/other/databases/other")
