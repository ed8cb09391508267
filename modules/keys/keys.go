package keys

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/keyvault/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/site"
)

// cryptoUser is the built-in role Key Vault Crypto Service Encryption User:
// read a key's metadata, wrap and unwrap with it, nothing else.
const cryptoUser = "e147488a-f6f5-4113-8e2d-b22465e65bf6"

const day = 24 * time.Hour

// Args describe the vault of one region. Keys do not cross geographies, so
// each region has a vault of its own.
type Args struct {
	Site     site.Site
	Purpose  string        // what a vault beside the estate's own is for, such as identity; letters only
	Rotation time.Duration // crypto.keys rotation; zero rotates never
	Undelete time.Duration // crypto.keys undelete: soft-delete retention, 7 to 90 days; zero takes Azure's 90
	Identity *identity.Identity
}

// Key is a customer-managed key.
type Key struct {
	Name     pulumi.StringOutput
	URI      pulumi.StringOutput // with version
	BaseURI  pulumi.StringOutput // without version, so that rotation is followed
	VaultID  pulumi.StringOutput
	VaultURI pulumi.StringOutput
}

// Keys is the key vault of one region.
type Keys struct {
	pulumi.ResourceState
	Site     site.Site
	VaultID  pulumi.StringOutput
	VaultURI pulumi.StringOutput

	args   Args
	vault  *keyvault.Vault
	grants map[string]pulumi.Resource // by workload
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Keys, error) {
	k := &Keys{Site: args.Site, args: args, grants: map[string]pulumi.Resource{}}
	if err := ctx.RegisterComponentResource("tillit:modules:Keys", name, k, opts...); err != nil {
		return nil, err
	}
	undelete := 90
	if args.Undelete > 0 {
		undelete = int(args.Undelete / day)
	}
	vaultName := k.vaultName()
	var err error
	k.vault, err = keyvault.NewVault(ctx, k.called("vault"), &keyvault.VaultArgs{
		VaultName:         pulumi.String(vaultName),
		ResourceGroupName: args.Site.Group,
		Location:          pulumi.String(args.Site.Region),
		Properties: keyvault.VaultPropertiesArgs{
			TenantId:                  pulumi.String(args.Site.Tenant),
			Sku:                       keyvault.SkuArgs{Family: pulumi.String("A"), Name: keyvault.SkuNamePremium},
			EnableRbacAuthorization:   pulumi.Bool(true),
			EnableSoftDelete:          pulumi.Bool(true),
			EnablePurgeProtection:     pulumi.Bool(true),
			SoftDeleteRetentionInDays: pulumi.Int(undelete),
			PublicNetworkAccess:       pulumi.String("Disabled"),
			// Storage, databases and vaults reach their key as trusted services.
			NetworkAcls: keyvault.NetworkRuleSetArgs{
				DefaultAction: pulumi.String("Deny"),
				Bypass:        pulumi.String("AzureServices"),
			},
		},
		Tags: k.tags(),
	}, pulumi.Parent(k))
	if err != nil {
		return nil, err
	}
	k.VaultID = k.vault.ID().ToStringOutput()
	k.VaultURI = site.Known(ctx, "https://"+vaultName+".vault.azure.net/", k.vault)
	return k, ctx.RegisterResourceOutputs(k, pulumi.Map{"vaultId": k.VaultID, "vaultUri": k.VaultURI})
}

// Key makes a key for one purpose and lets the workload's identity wrap and
// unwrap with it. Whoever uses the key's outputs waits for the permission too.
func (k *Keys) Key(ctx *pulumi.Context, purpose string, workload identity.Workload) (Key, error) {
	properties := keyvault.KeyPropertiesArgs{
		Kty:        pulumi.String("RSA-HSM"),
		KeySize:    pulumi.Int(3072),
		KeyOps:     pulumi.ToStringArray([]string{"wrapKey", "unwrapKey"}),
		Attributes: keyvault.KeyAttributesArgs{Enabled: pulumi.Bool(true)},
	}
	if k.args.Rotation > 0 {
		properties.RotationPolicy = rotation(k.args.Rotation)
	}
	vaultName := k.vaultName()
	key, err := keyvault.NewKey(ctx, k.called("key", purpose), &keyvault.KeyArgs{
		KeyName:           pulumi.String(purpose),
		VaultName:         site.Known(ctx, vaultName, k.vault),
		ResourceGroupName: k.Site.Group,
		Properties:        properties,
		Tags:              k.Site.Tagged(map[string]string{"purpose": purpose}),
	}, pulumi.Parent(k))
	if err != nil {
		return Key{}, err
	}
	grant, err := k.grant(ctx, workload)
	if err != nil {
		return Key{}, err
	}
	return Key{
		Name:     site.Known(ctx, purpose, key, grant),
		URI:      pulumi.OutputWithDependencies(ctx.Context(), key.KeyUriWithVersion, key, grant).(pulumi.StringOutput),
		BaseURI:  site.Known(ctx, "https://"+vaultName+".vault.azure.net/keys/"+purpose, key, grant),
		VaultID:  k.VaultID,
		VaultURI: k.VaultURI,
	}, nil
}

// grant gives a workload the use of the vault's keys, once.
func (k *Keys) grant(ctx *pulumi.Context, workload identity.Workload) (pulumi.Resource, error) {
	if made, ok := k.grants[workload.Name]; ok {
		return made, nil
	}
	made, err := k.args.Identity.Assign(ctx, k.called("keys", workload.Name), workload.PrincipalID, "ServicePrincipal", cryptoUser, k.VaultID)
	if err != nil {
		return nil, err
	}
	k.grants[workload.Name] = made
	return made, nil
}

// vaultName is the vault's name, which is unique in all of Azure.
func (k *Keys) vaultName() string { return k.Site.GlobalName("kv" + k.args.Purpose) }

// called names a resource of the vault: key-backup-westeurope, and in a vault
// of its own purpose key-identity-database-westeurope.
func (k *Keys) called(kind string, parts ...string) string {
	if k.args.Purpose != "" {
		parts = append([]string{k.args.Purpose}, parts...)
	}
	return k.Site.Name(append([]string{kind}, parts...)...)
}

func (k *Keys) tags() pulumi.StringMap {
	if k.args.Purpose == "" {
		return k.Site.Tags
	}
	return k.Site.Tagged(map[string]string{"purpose": k.args.Purpose})
}

// rotation replaces a key after the period, and lets a version live a month
// longer, so that what is still wrapped under it can be read while its users
// move to the next.
func rotation(period time.Duration) keyvault.RotationPolicyArgs {
	const overlap = 30
	days := int(period / day)
	return keyvault.RotationPolicyArgs{
		Attributes: keyvault.KeyRotationPolicyAttributesArgs{ExpiryTime: pulumi.String(fmt.Sprintf("P%dD", days+overlap))},
		LifetimeActions: keyvault.LifetimeActionArray{
			keyvault.LifetimeActionArgs{
				Action:  keyvault.ActionArgs{Type: keyvault.KeyRotationPolicyActionTypeRotate},
				Trigger: keyvault.TriggerArgs{TimeAfterCreate: pulumi.String(fmt.Sprintf("P%dD", days))},
			},
			keyvault.LifetimeActionArgs{
				Action:  keyvault.ActionArgs{Type: keyvault.KeyRotationPolicyActionTypeNotify},
				Trigger: keyvault.TriggerArgs{TimeBeforeExpiry: pulumi.String("P15D")},
			},
		},
	}
}
