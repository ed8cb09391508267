package backup

import (
	"github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2"
	vaults "github.com/pulumi/pulumi-azure-native-sdk/recoveryservices/v2/v20241001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/site"
)

// guard puts both vaults under one Resource Guard that excludes no operation.
func (b *Backup) guard(ctx *pulumi.Context, recovery *vaults.Vault, vault *dataprotection.BackupVault) error {
	s := b.args.Site
	apart, err := b.args.Governance.Site(ctx, "guard", s.Region)
	if err != nil {
		return err
	}
	guard, err := dataprotection.NewResourceGuard(ctx, s.Name("guard"), &dataprotection.ResourceGuardArgs{
		ResourceGuardsName: pulumi.String(apart.Name("guard", s.Estate)),
		ResourceGroupName:  apart.Group,
		Location:           pulumi.String(s.Region),
		Properties:         &dataprotection.ResourceGuardTypeArgs{VaultCriticalOperationExclusionList: pulumi.StringArray{}},
		Tags:               apart.Tagged(map[string]string{"class": "backup"}),
	}, pulumi.Parent(b))
	if err != nil {
		return err
	}
	id := guard.ID().ToStringOutput()
	if err := b.args.Governance.Lock(ctx, s.Name("guard"), id); err != nil {
		return err
	}
	_, err = recoveryservices.NewResourceGuardProxy(ctx, s.Name("guard", "recovery-vault"), &recoveryservices.ResourceGuardProxyArgs{
		ResourceGuardProxyName: pulumi.String("VaultProxy"), // the only name there is
		ResourceGroupName:      s.Group,
		VaultName:              site.Known(ctx, s.Name("rsv", s.Estate), recovery),
		Properties:             recoveryservices.ResourceGuardProxyBaseArgs{ResourceGuardResourceId: id},
		Tags:                   b.tags(),
	}, pulumi.Parent(b))
	if err != nil {
		return err
	}
	_, err = dataprotection.NewDppResourceGuardProxy(ctx, s.Name("guard", "backup-vault"), &dataprotection.DppResourceGuardProxyArgs{
		ResourceGuardProxyName: pulumi.String("DppResourceGuardProxy"),
		ResourceGroupName:      s.Group,
		VaultName:              site.Known(ctx, b.vaultName(), vault),
		Properties:             &dataprotection.ResourceGuardProxyBaseArgs{ResourceGuardResourceId: id},
	}, pulumi.Parent(b))
	return err
}
