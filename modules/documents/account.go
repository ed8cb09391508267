package documents

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// spec is what sets one account apart from another.
type spec struct {
	kind         string // short, for the account's name
	purpose      string // documents, archive, replica or transient
	class        string // what the data is, for its tag; empty is documents
	passing      bool   // what it holds is to be gone, so nothing holds the account
	site         site.Site
	sku          string
	retention    time.Duration // how far back its documents can be had; zero promises nothing
	blobs        *storage.BlobServicePropertiesArgs
	containers   []string
	immutability storage.ImmutableStorageAccountPtrInput
}

// account is a storage account with everything in it.
type account struct {
	name       string
	site       site.Site
	resource   *storage.StorageAccount
	blobs      *storage.BlobServiceProperties
	containers map[string]pulumi.StringOutput // name by name, known and waiting for the container
	parts      []pulumi.Resource
}

// id is the account's ARM id for those who need its settings and containers too.
func (a *account) id(ctx *pulumi.Context) pulumi.StringOutput {
	return pulumi.OutputWithDependencies(ctx.Context(), a.resource.ID().ToStringOutput(), a.parts...).(pulumi.StringOutput)
}

// account makes one account: reachable over a private endpoint only, without
// shared keys or anonymous access, encrypted twice, locked and logged.
func (d *Documents) account(ctx *pulumi.Context, s spec) (*account, error) {
	a := &account{name: s.site.GlobalName(s.kind), site: s.site, containers: map[string]pulumi.StringOutput{}}
	args := &storage.StorageAccountArgs{
		AccountName:                  pulumi.String(a.name),
		ResourceGroupName:            s.site.Group,
		Location:                     pulumi.String(s.site.Region),
		Kind:                         pulumi.String("StorageV2"),
		Sku:                          storage.SkuArgs{Name: pulumi.String(s.sku)},
		AccessTier:                   storage.AccessTierHot,
		AllowBlobPublicAccess:        pulumi.Bool(false),
		AllowCrossTenantReplication:  pulumi.Bool(false),
		AllowSharedKeyAccess:         pulumi.Bool(false),
		DefaultToOAuthAuthentication: pulumi.Bool(true),
		EnableHttpsTrafficOnly:       pulumi.Bool(true),
		IsLocalUserEnabled:           pulumi.Bool(false),
		MinimumTlsVersion:            pulumi.String("TLS1_2"),
		PublicNetworkAccess:          pulumi.String("Disabled"),
		// Azure Backup comes in as a trusted service.
		NetworkRuleSet:                 storage.NetworkRuleSetArgs{DefaultAction: storage.DefaultActionDeny, Bypass: pulumi.String("AzureServices")},
		ImmutableStorageWithVersioning: s.immutability,
		Tags:                           s.tags(),
	}
	var err error
	if args.Encryption, args.Identity, err = d.encryption(ctx, s); err != nil {
		return nil, err
	}
	encryption := args.Encryption
	given := site.Given(func(args *storage.StorageAccountArgs) { args.Encryption = encryption })
	if a.resource, err = storage.NewStorageAccount(ctx, s.site.Name(s.purpose), args, pulumi.Parent(d), given); err != nil {
		return nil, err
	}
	if err := d.fill(ctx, a, s); err != nil {
		return nil, err
	}
	id := a.resource.ID().ToStringOutput()
	var locked error
	if !s.passing {
		locked = d.args.Governance.Lock(ctx, s.site.Name(s.purpose), id)
	}
	return a, errors.Join(
		locked,
		d.args.Network.Private(ctx, s.site.Name(s.purpose), s.site.Region, id, "blob", pulumi.Parent(d)),
		d.args.Watch.Diagnose(ctx, s.site.Name(s.purpose), "azure-native:storage:BlobServiceProperties", s.site.Region, a.blobs.ID().ToStringOutput()),
	)
}

// fill sets up the blob service and makes the containers.
func (d *Documents) fill(ctx *pulumi.Context, a *account, s spec) error {
	name := site.Known(ctx, a.name, a.resource)
	s.blobs.AccountName = name
	s.blobs.ResourceGroupName = s.site.Group
	s.blobs.BlobServicesName = pulumi.String("default")
	var err error
	if a.blobs, err = storage.NewBlobServiceProperties(ctx, s.site.Name(s.purpose, "blobs"), s.blobs, pulumi.Parent(d)); err != nil {
		return err
	}
	a.parts = append(a.parts, a.blobs)
	for _, container := range s.containers {
		made, err := storage.NewBlobContainer(ctx, s.site.Name(s.purpose, container), &storage.BlobContainerArgs{
			ContainerName:     pulumi.String(container),
			AccountName:       name,
			ResourceGroupName: s.site.Group,
			PublicAccess:      storage.PublicAccessNone,
		}, pulumi.Parent(d), pulumi.DependsOn([]pulumi.Resource{a.blobs}))
		if err != nil {
			return err
		}
		a.parts = append(a.parts, made)
		a.containers[container] = site.Known(ctx, container, made)
	}
	return nil
}

func (s spec) tags() pulumi.StringMap {
	kept := "none"
	if s.retention > 0 {
		kept = promises.FormatDuration(s.retention)
	}
	class := "documents"
	if s.class != "" {
		class = s.class
	}
	return s.site.Tagged(map[string]string{"class": class, "purpose": s.purpose, "retention": kept})
}

// encryption is under the region's own key, where the estate has keys.
func (d *Documents) encryption(ctx *pulumi.Context, s spec) (storage.EncryptionPtrInput, storage.IdentityPtrInput, error) {
	encryption := storage.EncryptionArgs{
		KeySource:                       pulumi.String("Microsoft.Storage"),
		RequireInfrastructureEncryption: pulumi.Bool(true),
		Services: storage.EncryptionServicesArgs{
			Blob: storage.EncryptionServiceArgs{Enabled: pulumi.Bool(true), KeyType: pulumi.String("Account")},
			File: storage.EncryptionServiceArgs{Enabled: pulumi.Bool(true), KeyType: pulumi.String("Account")},
		},
	}
	if d.args.Keys == nil {
		return encryption, nil, nil
	}
	vault, ok := d.args.Keys[s.site.Region]
	if !ok {
		return nil, nil, fmt.Errorf("no key vault stands in %s", s.site.Region)
	}
	key, err := vault.Key(ctx, s.purpose, d.workload)
	if err != nil {
		return nil, nil, err
	}
	encryption.KeySource = pulumi.String("Microsoft.Keyvault")
	encryption.KeyVaultProperties = storage.KeyVaultPropertiesArgs{KeyName: key.Name, KeyVaultUri: key.VaultURI}
	encryption.EncryptionIdentity = storage.EncryptionIdentityArgs{EncryptionUserAssignedIdentity: d.workload.ID}
	return encryption, storage.IdentityArgs{
		Type:                   pulumi.String("UserAssigned"),
		UserAssignedIdentities: pulumi.StringArray{d.workload.ID},
	}, nil
}
