package variants

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
)

// dataOnPostgres are the broken variants of what an estate keeps apart, with
// PostgreSQL.
func dataOnPostgres() []Variant {
	const promise, rule, means = "data.separate", "data/separate", "postgres"
	return []Variant{
		{
			Promise: promise, Kind: Missing, Name: "two servers for the same data", Rule: rule, Means: means,
			edit: on("postgres-identity", func(a *dbforpostgresql.ServerArgs) {
				a.Tags = pulumi.StringMap{"purpose": pulumi.String("financial")}
			}),
		},
		{
			Promise: promise, Kind: Weakened, Name: "one key for both servers", Rule: rule, Means: means,
			edit: on("postgres-", func(a *dbforpostgresql.ServerArgs) {
				a.DataEncryption.PrimaryKeyURI = pulumi.String("https://kv-shared.vault.azure.net/keys/database")
			}),
		},
		{
			Promise: promise, Kind: Weakened, Name: "one identity on both flexible servers", Rule: rule, Means: means,
			edit: on("postgres-", func(a *dbforpostgresql.ServerArgs) {
				a.Identity.UserAssignedIdentities = dbforpostgresql.Identities(sideIdentity)
			}),
		},
		{
			Promise: promise, Kind: Weakened, Name: "one administrator of both flexible servers", Rule: rule, Means: means,
			edit: on("postgres-", func(a *dbforpostgresql.AdministratorArgs) {
				a.ObjectId = pulumi.String("77777777-7777-4777-8777-777777777777")
			}),
		},
		{
			Promise: promise, Kind: Bypassed, Name: "connections in the clear", Rule: rule, Means: means,
			edit: on("postgres-identity-require_secure_transport", func(a *dbforpostgresql.ConfigurationArgs) {
				a.Value = pulumi.String("off")
			}),
		},
	}
}
