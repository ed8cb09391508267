package watch

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// archive makes the WORM account of one region's logs.
//
// The policy is declared Locked, which is what keeps the promise. It has to
// allow protected append writes before it is locked, since diagnostics append.
func (w *Watch) archive(ctx *pulumi.Context, region string) error {
	s := w.args.Sites[region]
	name := s.GlobalName("logs")
	encryption, identity, err := w.encryption(ctx, region)
	if err != nil {
		return err
	}
	account, err := storage.NewStorageAccount(ctx, s.Name("log-archive"), &storage.StorageAccountArgs{
		AccountName:                 pulumi.String(name),
		ResourceGroupName:           s.Group,
		Location:                    pulumi.String(region),
		Kind:                        pulumi.String("StorageV2"),
		Sku:                         storage.SkuArgs{Name: pulumi.String("Standard_ZRS")},
		AllowSharedKeyAccess:        pulumi.Bool(false),
		AllowBlobPublicAccess:       pulumi.Bool(false),
		AllowCrossTenantReplication: pulumi.Bool(false),
		EnableHttpsTrafficOnly:      pulumi.Bool(true),
		MinimumTlsVersion:           pulumi.String("TLS1_2"),
		IsLocalUserEnabled:          pulumi.Bool(false),
		PublicNetworkAccess:         pulumi.String("Disabled"),
		// Diagnostics come in as a trusted service.
		NetworkRuleSet: storage.NetworkRuleSetArgs{
			DefaultAction: storage.DefaultActionDeny,
			Bypass:        pulumi.String("AzureServices"),
		},
		Identity:   identity,
		Encryption: encryption,
		ImmutableStorageWithVersioning: storage.ImmutableStorageAccountArgs{
			Enabled: pulumi.Bool(true),
			ImmutabilityPolicy: storage.AccountImmutabilityPolicyPropertiesArgs{
				State:                                 pulumi.String("Locked"),
				ImmutabilityPeriodSinceCreationInDays: pulumi.Int(int((w.args.TamperProof + day - 1) / day)),
				AllowProtectedAppendWrites:            pulumi.Bool(true),
			},
		},
		Tags: w.tags(s, "archive", w.args.TamperProof),
	}, pulumi.Parent(w), site.Given(func(args *storage.StorageAccountArgs) { args.Encryption = encryption }))
	if err != nil {
		return err
	}
	blobs, err := storage.NewBlobServiceProperties(ctx, s.Name("log-archive-blobs"), &storage.BlobServicePropertiesArgs{
		AccountName:                    site.Known(ctx, name, account),
		BlobServicesName:               pulumi.String("default"),
		ResourceGroupName:              s.Group,
		IsVersioningEnabled:            pulumi.Bool(true),
		DeleteRetentionPolicy:          storage.DeleteRetentionPolicyArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(30)},
		ContainerDeleteRetentionPolicy: storage.DeleteRetentionPolicyArgs{Enabled: pulumi.Bool(true), Days: pulumi.Int(30)},
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	w.Archives[region] = Archive{
		AccountID: pulumi.OutputWithDependencies(ctx.Context(), account.ID().ToStringOutput(), blobs).(pulumi.StringOutput),
		Name:      site.Known(ctx, name, account),
	}
	return w.setting(ctx, s.Name("log-archive"), "azure-native:storage:BlobServiceProperties", nil, blobs.ID().ToStringOutput())
}

// encryption is under the region's own key, where the estate has keys.
func (w *Watch) encryption(ctx *pulumi.Context, region string) (storage.EncryptionPtrInput, storage.IdentityPtrInput, error) {
	services := storage.EncryptionServicesArgs{
		Blob: storage.EncryptionServiceArgs{Enabled: pulumi.Bool(true), KeyType: pulumi.String("Account")},
		File: storage.EncryptionServiceArgs{Enabled: pulumi.Bool(true), KeyType: pulumi.String("Account")},
	}
	if w.args.Keys == nil {
		return storage.EncryptionArgs{
			KeySource:                       pulumi.String("Microsoft.Storage"),
			RequireInfrastructureEncryption: pulumi.Bool(true),
			Services:                        services,
		}, nil, nil
	}
	vault, ok := w.args.Keys[region]
	if !ok {
		return nil, nil, fmt.Errorf("watch: no key vault stands in %s for the log archive", region)
	}
	workload := w.args.Identity.Workloads["logs"]
	key, err := vault.Key(ctx, "logs", workload)
	if err != nil {
		return nil, nil, err
	}
	return storage.EncryptionArgs{
			KeySource: pulumi.String("Microsoft.Keyvault"),
			KeyVaultProperties: storage.KeyVaultPropertiesArgs{
				KeyName:     key.Name,
				KeyVaultUri: key.VaultURI,
			},
			EncryptionIdentity:              storage.EncryptionIdentityArgs{EncryptionUserAssignedIdentity: workload.ID},
			RequireInfrastructureEncryption: pulumi.Bool(true),
			Services:                        services,
		}, storage.IdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{workload.ID},
		}, nil
}
