package variants

import (
	"github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/keyvault/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
)

var crypto = []Variant{
	{
		Promise: "crypto.transit", Kind: Missing, Name: "no minimum TLS version", Rule: "crypto/tls-current",
		edit: on("", func(a *storage.StorageAccountArgs) { a.MinimumTlsVersion = nil }),
	},
	{
		Promise: "crypto.transit", Kind: Weakened, Name: "TLS 1.0 accepted", Rule: "crypto/tls-current",
		edit: on("", func(a *storage.StorageAccountArgs) { a.MinimumTlsVersion = pulumi.String("TLS1_0") }),
	},
	{
		Promise: "crypto.transit", Kind: Bypassed, Name: "a plain listener on the edge", Rule: "crypto/https-only",
		edit: on("", func(a *cdn.RouteArgs) {
			a.HttpsRedirect = pulumi.String("Disabled")
			a.SupportedProtocols = pulumi.StringArray{pulumi.String("Http"), pulumi.String("Https")}
		}),
	},
	{
		Promise: "crypto.rest", Kind: Missing, Name: "platform keys", Rule: "crypto/customer-keys",
		declare: without("crypto.rest"),
	},
	{
		Promise: "crypto.rest", Kind: Weakened, Name: "accounts on platform keys", Rule: "crypto/customer-keys",
		edit: on("", func(a *storage.StorageAccountArgs) {
			a.Encryption = storage.EncryptionArgs{KeySource: pulumi.String("Microsoft.Storage")}
		}),
	},
	{
		Promise: "crypto.rest", Kind: Bypassed, Name: "a store beside without a key", Rule: "crypto/customer-keys",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := storage.NewStorageAccount(ctx, name, &storage.StorageAccountArgs{
				ResourceGroupName: pulumi.String("rg-side"), AccountName: pulumi.String("sidedoor"), Location: pulumi.String("westeurope"),
				Kind: pulumi.String("StorageV2"), Sku: storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
			})
			return err
		},
	},
	{
		Promise: "crypto.keys", Kind: Missing, Name: "no purge protection", Rule: "crypto/keys-protected",
		edit: on("", func(a *keyvault.VaultArgs) {
			a.Properties = keyvault.VaultPropertiesArgs{
				TenantId: pulumi.String("00000000-0000-4000-8000-000000000002"), EnableRbacAuthorization: pulumi.Bool(true),
				Sku: keyvault.SkuArgs{Family: pulumi.String("A"), Name: keyvault.SkuNamePremium},
			}
		}),
	},
	{
		Promise: "crypto.keys", Kind: Weakened, Name: "keys that never rotate", Rule: "crypto/keys-rotate",
		edit: on("", func(a *keyvault.KeyArgs) {
			a.Properties = keyvault.KeyPropertiesArgs{Kty: pulumi.String("RSA"), KeySize: pulumi.Int(3072)}
		}),
	},
	{
		Promise: "crypto.keys", Kind: Bypassed, Name: "access policies beside roles", Rule: "crypto/keys-protected",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := keyvault.NewVault(ctx, name, &keyvault.VaultArgs{
				ResourceGroupName: pulumi.String("rg-side"), VaultName: pulumi.String("kv-side-door"), Location: pulumi.String("westeurope"),
				Properties: keyvault.VaultPropertiesArgs{
					TenantId: pulumi.String("00000000-0000-4000-8000-000000000002"), EnableRbacAuthorization: pulumi.Bool(false),
					EnablePurgeProtection: pulumi.Bool(true), SoftDeleteRetentionInDays: pulumi.Int(90),
					Sku: keyvault.SkuArgs{Family: pulumi.String("A"), Name: keyvault.SkuNamePremium},
				},
			})
			return err
		},
	},
	{
		Promise: "crypto.secrets", Kind: Missing, Name: "a password in clear text on the database", Means: "postgres", Rule: "crypto/no-clear-secrets",
		edit: on("", func(a *dbforpostgresql.ServerArgs) {
			a.AdministratorLogin = pulumi.String("master")
			a.AdministratorLoginPassword = pulumi.String("Correct-Horse-1")
		}),
	},
	{
		Promise: "crypto.secrets", Kind: Weakened, Name: "a secret in a job's environment", Rule: "crypto/no-clear-secrets",
		add: func(ctx *pulumi.Context, name string) error {
			return signIn(ctx, name, "side.example/a:1", "DB_PASSWORD")
		},
	},
	{
		Promise: "crypto.secrets", Kind: Bypassed, Name: "a secret in clear text in the vault", Rule: "crypto/no-clear-secrets",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := keyvault.NewSecret(ctx, name, &keyvault.SecretArgs{
				ResourceGroupName: pulumi.String("rg-side"), VaultName: pulumi.String("kv-side-door"), SecretName: pulumi.String("password"),
				Properties: keyvault.SecretPropertiesArgs{Value: pulumi.String("Correct-Horse-1")},
			})
			return err
		},
	},
}
