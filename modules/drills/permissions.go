package drills

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
)

// restorer reads production and restores from it. PostgreSQL needs no more than
// a look at the source: the restored server is a new one.
var restorer = identity.Role{
	Name: "drill-restore",
	Does: "Read servers, accounts, vaults and their recovery points, and restore from a vault to somewhere else.",
	Actions: []string{
		"Microsoft.DBforPostgreSQL/flexibleServers/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/backups/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/configurations/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/databases/read",
		"Microsoft.Sql/servers/read",
		"Microsoft.Sql/servers/databases/read",
		"Microsoft.Sql/servers/databases/restorePoints/read",
		"Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read",
		"Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies/read",
		"Microsoft.Storage/storageAccounts/read",
		"Microsoft.Storage/storageAccounts/blobServices/read",
		"Microsoft.Storage/storageAccounts/blobServices/containers/read",
		"Microsoft.DataProtection/backupVaults/read",
		"Microsoft.DataProtection/backupVaults/backupPolicies/read",
		"Microsoft.DataProtection/backupVaults/backupInstances/read",
		"Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints/read",
		"Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges/action",
		"Microsoft.DataProtection/backupVaults/backupInstances/validateRestore/action",
		"Microsoft.DataProtection/backupVaults/backupInstances/restore/action",
		"Microsoft.DataProtection/backupVaults/backupInstances/operationResults/read",
		"Microsoft.DataProtection/backupVaults/backupJobs/read",
		"Microsoft.RecoveryServices/vaults/read",
		"Microsoft.RecoveryServices/vaults/backupProtectedItems/read",
		"Microsoft.RecoveryServices/vaults/backupJobs/read",
	},
}

// workbench makes, checks and removes what is restored, in the drills' own
// resource group.
var workbench = identity.Role{
	Name: "drill-workbench",
	Does: "Make, read and remove restored servers and accounts in the drills' own resource group.",
	Actions: []string{
		"Microsoft.Resources/subscriptions/resourceGroups/read",
		"Microsoft.Resources/subscriptions/resourceGroups/resources/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/write",
		"Microsoft.DBforPostgreSQL/flexibleServers/delete",
		"Microsoft.DBforPostgreSQL/flexibleServers/restart/action",
		"Microsoft.DBforPostgreSQL/flexibleServers/administrators/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/administrators/write",
		"Microsoft.DBforPostgreSQL/flexibleServers/configurations/read",
		"Microsoft.DBforPostgreSQL/flexibleServers/configurations/write",
		"Microsoft.DBforPostgreSQL/flexibleServers/databases/read",
		"Microsoft.Storage/storageAccounts/read",
		"Microsoft.Storage/storageAccounts/write",
		"Microsoft.Storage/storageAccounts/delete",
		"Microsoft.Storage/storageAccounts/blobServices/read",
		"Microsoft.Storage/storageAccounts/blobServices/write",
		"Microsoft.Storage/storageAccounts/blobServices/containers/read",
		"Microsoft.Storage/storageAccounts/blobServices/containers/write",
		"Microsoft.Storage/storageAccounts/restoreBlobRanges/action",
	},
	DataActions: []string{
		"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
		"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
	},
}

// joiner puts a restored server where the original stands, and a promoted one
// where the standby does: into the same subnet and private zone, reading the same
// keys.
var joiner = identity.Role{
	Name: "drill-join",
	Does: "Put a restored server into the database subnet and its private zone, under the database's identity.",
	Actions: []string{
		"Microsoft.Network/virtualNetworks/subnets/read",
		"Microsoft.Network/virtualNetworks/subnets/join/action",
		"Microsoft.Network/privateDnsZones/read",
		"Microsoft.Network/privateDnsZones/join/action",
		"Microsoft.ManagedIdentity/userAssignedIdentities/read",
		"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
	},
}

// permit gives the drills' identity its roles, each where it is needed. A role
// that is needed nowhere is not made.
func (d *Drills) permit(ctx *pulumi.Context) error {
	s := d.args.Site
	for _, given := range []struct {
		role   identity.Role
		scopes []pulumi.StringInput
	}{
		{restorer, d.args.Reach},
		{workbench, []pulumi.StringInput{pulumi.Sprintf("%s/resourceGroups/%s", s.SubscriptionID(), s.Group)}},
		{joiner, d.args.Join},
	} {
		if len(given.scopes) == 0 {
			continue
		}
		if err := d.give(ctx, given.role, given.scopes); err != nil {
			return err
		}
	}
	return nil
}

func (d *Drills) give(ctx *pulumi.Context, role identity.Role, scopes []pulumi.StringInput) error {
	id, made, err := d.args.Identity.Define(ctx, role)
	if err != nil {
		return err
	}
	for i, scope := range scopes {
		// The role has to be there before it can be given.
		after := pulumi.OutputWithDependencies(ctx.Context(), scope.ToStringOutput(), made).(pulumi.StringOutput)
		if err := d.args.Identity.Grant(ctx, fmt.Sprintf("%s-%d", role.Name, i+1), d.workload.PrincipalID, "ServicePrincipal", id, after); err != nil {
			return err
		}
	}
	return nil
}
