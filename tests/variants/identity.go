package variants

import (
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
)

const subscription = "/subscriptions/00000000-0000-4000-8000-000000000001"

// assign registers a role assignment beside the estate.
func assign(role, scope, kind string) func(*pulumi.Context, string) error {
	return func(ctx *pulumi.Context, name string) error {
		_, err := authorization.NewRoleAssignment(ctx, name, &authorization.RoleAssignmentArgs{
			RoleAssignmentName: pulumi.String("99999999-9999-4999-8999-999999999999"),
			PrincipalId:        pulumi.String("88888888-8888-4888-8888-888888888888"), PrincipalType: pulumi.String(kind),
			RoleDefinitionId: pulumi.String(subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + role),
			Scope:            pulumi.String(scope),
		})
		return err
	}
}

// Built-in roles, by their ids in Microsoft's list of built-in roles.
const (
	owner               = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
	reader              = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	blobDataContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
	blobDataReader      = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
	keyVaultAdmin       = "00482a5a-887f-4fb3-b363-3b7fe8e74483"
)

var identity = []Variant{
	{
		Promise: "identity.mfa", Kind: Missing, Name: "passwords sign in to the database", Means: "postgres", Rule: "identity/entra-only",
		edit: on("", func(a *dbforpostgresql.ServerArgs) { a.AuthConfig = nil }),
	},
	{
		Promise: "identity.mfa", Kind: Weakened, Name: "shared keys on", Rule: "identity/no-shared-keys",
		edit: on("", func(a *storage.StorageAccountArgs) { a.AllowSharedKeyAccess = pulumi.Bool(true) }),
	},
	{
		Promise: "identity.mfa", Kind: Bypassed, Name: "an account with shared keys beside", Rule: "identity/no-shared-keys",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := storage.NewStorageAccount(ctx, name, &storage.StorageAccountArgs{
				ResourceGroupName: pulumi.String("rg-side"), AccountName: pulumi.String("sidedoor"), Location: pulumi.String("westeurope"),
				Kind: pulumi.String("StorageV2"), Sku: storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
			})
			return err
		},
	},
	{
		Promise: "identity.least-privilege", Kind: Missing, Name: "a custom role that may do anything", Rule: "identity/narrow-roles",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := authorization.NewRoleDefinition(ctx, name, &authorization.RoleDefinitionArgs{
				RoleDefinitionId: pulumi.String("77777777-7777-4777-8777-777777777777"), RoleName: pulumi.String("anything"),
				Scope: pulumi.String(subscription), AssignableScopes: pulumi.StringArray{pulumi.String(subscription)},
				Permissions: authorization.PermissionArray{authorization.PermissionArgs{Actions: pulumi.StringArray{pulumi.String("*")}}},
			})
			return err
		},
	},
	{
		Promise: "identity.least-privilege", Kind: Weakened, Name: "a group owns the subscription", Rule: "identity/narrow-roles",
		add: assign(owner, subscription, "Group"),
	},
	{
		Promise: "identity.least-privilege", Kind: Bypassed, Name: "a role for a person", Rule: "identity/no-persons",
		add: assign(reader, subscription+"/resourceGroups/rg-side", "User"),
	},
	{
		Promise: "identity.support-blind", Kind: Missing, Name: "groups read the documents", Rule: "identity/support-blind",
		add: assign(blobDataReader, subscription+"/resourceGroups/rg-side", "Group"),
	},
	{
		Promise: "identity.support-blind", Kind: Weakened, Name: "groups write the documents everywhere", Rule: "identity/support-blind",
		add: assign(blobDataContributor, subscription, "Group"),
	},
	{
		Promise: "identity.support-blind", Kind: Bypassed, Name: "a person reads every secret", Rule: "identity/support-blind",
		add: assign(keyVaultAdmin, subscription+"/resourceGroups/rg-side", "User"),
	},
}
