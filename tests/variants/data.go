package variants

import (
	"strings"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/sql/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/gate"
)

// keyVaultCryptoOfficer is a built-in role that does everything with keys.
const keyVaultCryptoOfficer = subscription + "/providers/Microsoft.Authorization/roleDefinitions/14b46e9e-c2b7-41b4-b07b-48a6ebf60603"

var data = []Variant{
	{
		Promise: "data.separate", Kind: Missing, Name: "one database for both", Rule: "data/separate",
		declare: without("data.separate"),
	},
	{
		Promise: "data.separate", Kind: Missing, Name: "one server for both", Means: "sql", Rule: "data/separate",
		edit: together(),
	},
	{
		Promise: "data.separate", Kind: Missing, Name: "platform keys", Means: "sql", Rule: "data/separate",
		edit: on("sql-identity", func(a *sql.EncryptionProtectorArgs) {
			a.ServerKeyType, a.ServerKeyName = pulumi.String("ServiceManaged"), pulumi.String("ServiceManaged")
		}),
	},
	{
		Promise: "data.separate", Kind: Weakened, Name: "one key for both", Means: "sql", Rule: "data/separate",
		edit: on("sql-", func(a *sql.ServerArgs) {
			a.KeyId = pulumi.String("https://kv-shared.vault.azure.net/keys/database/0123")
		}),
	},
	{
		Promise: "data.separate", Kind: Weakened, Name: "one identity on both servers", Means: "sql", Rule: "data/separate",
		edit: on("sql-", func(a *sql.ServerArgs) {
			a.PrimaryUserAssignedIdentityId = sideIdentity
			a.Identity = sql.ResourceIdentityArgs{
				Type: pulumi.String("UserAssigned"), UserAssignedIdentities: pulumi.StringArray{sideIdentity},
			}
		}),
	},
	{
		Promise: "data.separate", Kind: Weakened, Name: "one administrator of both", Means: "sql", Rule: "data/separate",
		edit: on("sql-", func(a *sql.ServerArgs) {
			a.Administrators = sql.ServerExternalAdministratorArgs{
				AdministratorType: pulumi.String("ActiveDirectory"), AzureADOnlyAuthentication: pulumi.Bool(true),
				PrincipalType: pulumi.String("Application"), Login: pulumi.String("everything"),
				Sid: pulumi.String("77777777-7777-4777-8777-777777777777"),
			}
		}),
	},
	{
		Promise: "data.separate", Kind: Weakened, Name: "a link without current TLS", Means: "sql", Rule: "data/separate",
		edit: on("sql-identity", func(a *sql.ServerArgs) { a.MinimalTlsVersion = pulumi.String("None") }),
	},
	{
		Promise: "data.separate", Kind: Weakened, Name: "databases that do not say what they hold", Means: "sql", Rule: "data/separate",
		edit: on("", func(a *sql.DatabaseArgs) { a.Tags = nil }),
	},
	{
		Promise: "data.separate", Kind: Bypassed, Name: "a role on both vaults", Rule: "data/separate",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := authorization.NewRoleAssignment(ctx, name, &authorization.RoleAssignmentArgs{
				RoleAssignmentName: pulumi.String("99999999-9999-4999-8999-999999999999"),
				RoleDefinitionId:   pulumi.String(keyVaultCryptoOfficer),
				PrincipalId:        pulumi.String("77777777-7777-4777-8777-777777777777"),
				PrincipalType:      pulumi.String("ServicePrincipal"),
				Scope:              pulumi.String(subscription),
			})
			return err
		},
	},
	{
		Promise: "data.transient", Kind: Missing, Name: "nowhere to upload to", Rule: gate.Witnessed,
		declare: without("data.transient"),
	},
	{
		Promise: "data.transient", Kind: Missing, Name: "no rule that deletes", Rule: "data/transient",
		edit: on("transient", func(a *storage.ManagementPolicyArgs) {
			a.Policy = storage.ManagementPolicySchemaArgs{Rules: storage.ManagementPolicyRuleArray{}}
		}),
	},
	{
		Promise: "data.transient", Kind: Weakened, Name: "deleted after a week", Rule: "data/transient",
		edit: on("transient", func(a *storage.ManagementPolicyArgs) {
			a.Policy = storage.ManagementPolicySchemaArgs{Rules: storage.ManagementPolicyRuleArray{storage.ManagementPolicyRuleArgs{
				Name: pulumi.String("late"), Type: pulumi.String("Lifecycle"),
				Definition: storage.ManagementPolicyDefinitionArgs{
					Filters: storage.ManagementPolicyFilterArgs{BlobTypes: pulumi.ToStringArray([]string{"blockBlob", "appendBlob"})},
					Actions: storage.ManagementPolicyActionArgs{
						BaseBlob: storage.ManagementPolicyBaseBlobArgs{Delete: storage.DateAfterModificationArgs{DaysAfterCreationGreaterThan: pulumi.Float64(7)}},
						Snapshot: storage.ManagementPolicySnapShotArgs{Delete: storage.DateAfterCreationArgs{DaysAfterCreationGreaterThan: pulumi.Float64(7)}},
					},
				},
			}}}
		}),
	},
	{
		Promise: "data.transient", Kind: Weakened, Name: "deleted files can be brought back", Rule: "data/transient",
		edit: on("transient", func(a *storage.BlobServicePropertiesArgs) {
			a.DeleteRetentionPolicy = storage.DeleteRetentionPolicyArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(7)}
		}),
	},
	{
		Promise: "data.transient", Kind: Weakened, Name: "versions of deleted files", Rule: "data/transient",
		edit: on("transient", func(a *storage.BlobServicePropertiesArgs) { a.IsVersioningEnabled = pulumi.Bool(true) }),
	},
	{
		Promise: "data.transient", Kind: Bypassed, Name: "a hold on the container", Rule: "data/transient",
		edit: on("transient", func(a *storage.BlobContainerArgs) {
			a.ImmutableStorageWithVersioning = storage.ImmutableStorageWithVersioningArgs{Enabled: pulumi.Bool(true)}
		}),
	},
	{
		Promise: "data.transient", Kind: Bypassed, Name: "another account for uploads without a rule", Rule: "data/transient",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := storage.NewStorageAccount(ctx, name, &storage.StorageAccountArgs{
				ResourceGroupName: pulumi.String("rg-side"), AccountName: pulumi.String("sidedoor"), Location: pulumi.String("swedencentral"),
				Kind: pulumi.String("StorageV2"), Sku: storage.SkuArgs{Name: pulumi.String("Standard_ZRS")},
				Tags: pulumi.StringMap{"class": pulumi.String("transient")},
			})
			return err
		},
	},
	{
		Promise: "data.minimal", Kind: Missing, Name: "no tags", Rule: "data/minimal",
		edit: on("", func(a *storage.StorageAccountArgs) { a.Tags = nil }),
	},
	{
		Promise: "data.minimal", Kind: Weakened, Name: "figures that name persons", Means: "sql", Rule: "data/minimal",
		edit: on("sql-", func(a *sql.DatabaseArgs) {
			a.Tags = pulumi.StringMap{"class": pulumi.String("financial"), "purpose": pulumi.String("financial"), "retention": pulumi.String("30d")}
		}),
	},
	{
		Promise: "data.minimal", Kind: Weakened, Name: "kept longer than it says", Rule: "data/minimal",
		edit: on("documents", func(a *storage.BlobServicePropertiesArgs) {
			a.DeleteRetentionPolicy = storage.DeleteRetentionPolicyArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(365)}
		}),
	},
	{
		Promise: "data.minimal", Kind: Bypassed, Name: "a store beside that says nothing", Rule: "data/minimal",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := sql.NewDatabase(ctx, name, &sql.DatabaseArgs{
				ResourceGroupName: pulumi.String("rg-side"), ServerName: pulumi.String("side"), DatabaseName: pulumi.String("door"),
				Location: pulumi.String("swedencentral"),
			})
			return err
		},
	},
}

// sideIdentity is an identity beside the estate, by its id.
const sideIdentity = pulumi.String(subscription + "/resourceGroups/rg-side/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-side")

// together puts the second database on the server of the first.
func together() func(string, pulumi.Input) bool {
	var first *sql.ServerArgs
	return func(name string, props pulumi.Input) bool {
		switch args := props.(type) {
		case *sql.ServerArgs:
			if strings.Contains(name, "financial") {
				first = args
			}
		case *sql.DatabaseArgs:
			server, ok := first.ServerName.(pulumi.String)
			if ok && strings.Contains(name, "identity") {
				args.ResourceGroupName, args.ServerName, args.DatabaseName = first.ResourceGroupName, server, pulumi.String("people")
				return true
			}
		}
		return false
	}
}
