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

// looker reads the settings of what no drill restores from: the archives of logs,
// the key vaults, and the private endpoints, which a run's own are made like.
var looker = identity.Role{
	Name: "drill-look",
	Does: "Read the settings of log archives, key vaults and private endpoints.",
	Actions: []string{
		"Microsoft.Storage/storageAccounts/read",
		"Microsoft.Storage/storageAccounts/blobServices/read",
		"Microsoft.Storage/storageAccounts/blobServices/containers/read",
		"Microsoft.KeyVault/vaults/read",
		"Microsoft.Network/privateEndpoints/read",
		"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
	},
}

// blobReader reads the documents that copies are compared with.
var blobReader = identity.Role{
	Name:        "drill-read-blobs",
	Does:        "Read documents, to compare copies with them.",
	DataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"},
}

// beater adds heartbeats to the documents. It cannot write over what is there.
var beater = identity.Role{
	Name:        "drill-heartbeat",
	Does:        "Add heartbeats to the documents, writing over nothing.",
	DataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action"},
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
		"Microsoft.Network/privateEndpoints/read",
		"Microsoft.Network/privateEndpoints/write",
		"Microsoft.Network/privateEndpoints/delete",
		"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
		"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write",
		"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/delete",
		"Microsoft.Storage/storageAccounts/read",
		"Microsoft.Storage/storageAccounts/write",
		"Microsoft.Storage/storageAccounts/delete",
		"Microsoft.Storage/storageAccounts/blobServices/read",
		"Microsoft.Storage/storageAccounts/blobServices/write",
		"Microsoft.Storage/storageAccounts/blobServices/containers/read",
		"Microsoft.Storage/storageAccounts/blobServices/containers/write",
		"Microsoft.Storage/storageAccounts/restoreBlobRanges/action",
		"Microsoft.Storage/storageAccounts/PrivateEndpointConnectionsApproval/action",
	},
	DataActions: []string{
		"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
		"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
		"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
	},
}

// joiner puts a restored server where the original stands, and a promoted one
// where the standby does: into the same subnet and private zone, reading the same
// keys. A restored account gets a private endpoint beside the original's.
var joiner = identity.Role{
	Name: "drill-join",
	Does: "Put what is restored into the original's subnet and private zone, under the original's identity.",
	Actions: []string{
		"Microsoft.Network/virtualNetworks/subnets/read",
		"Microsoft.Network/virtualNetworks/subnets/join/action",
		"Microsoft.Network/privateDnsZones/read",
		"Microsoft.Network/privateDnsZones/join/action",
		"Microsoft.ManagedIdentity/userAssignedIdentities/read",
		"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
	},
}

// sqlReader reads Azure SQL servers, their databases and copies.
var sqlReader = identity.Role{
	Name: "drill-sql-read",
	Does: "Read Azure SQL servers, their databases, keys, links and long-term copies.",
	Actions: []string{
		"Microsoft.Sql/servers/read",
		"Microsoft.Sql/servers/keys/read",
		"Microsoft.Sql/servers/databases/read",
		"Microsoft.Sql/servers/databases/replicationLinks/read",
		"Microsoft.Sql/servers/databases/restorePoints/read",
		"Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read",
		"Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies/read",
		"Microsoft.Sql/locations/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups/read",
	},
}

// sqlRestorer restores beside the original. Azure SQL restores to a point in time
// on the same server only, and a role cannot tell one database of it from another.
// Source: MicrosoftDocs/sql-docs azure-sql/database/automated-backups-overview.md.
var sqlRestorer = identity.Role{
	Name: "drill-sql-restore",
	Does: "Make and remove a restored database beside the original.",
	Actions: []string{
		"Microsoft.Sql/servers/databases/write",
		"Microsoft.Sql/servers/databases/delete",
	},
}

// sqlWorkbench makes and removes Azure SQL servers in the drills' own resource
// group.
var sqlWorkbench = identity.Role{
	Name: "drill-sql-workbench",
	Does: "Make, read and remove Azure SQL servers and databases in the drills' own resource group.",
	Actions: []string{
		"Microsoft.Sql/servers/read",
		"Microsoft.Sql/servers/write",
		"Microsoft.Sql/servers/delete",
		"Microsoft.Sql/servers/administrators/read",
		"Microsoft.Sql/servers/administrators/write",
		"Microsoft.Sql/servers/keys/read",
		"Microsoft.Sql/servers/keys/write",
		"Microsoft.Sql/servers/databases/read",
		"Microsoft.Sql/servers/databases/write",
		"Microsoft.Sql/servers/databases/delete",
		"Microsoft.Sql/servers/databases/replicationLinks/read",
		"Microsoft.Sql/servers/databases/replicationLinks/delete",
		"Microsoft.Sql/servers/databases/replicationLinks/failover/action",
		"Microsoft.Sql/servers/privateEndpointConnectionsApproval/action",
	},
}

// permit gives the drills' identity its roles, each where it is needed. A role
// that is needed nowhere is not made.
func (d *Drills) permit(ctx *pulumi.Context) error {
	group := []pulumi.StringInput{d.Workbench}
	onSQL := group
	if len(d.args.SQL) == 0 {
		onSQL = nil
	}
	for _, given := range []struct {
		role   identity.Role
		scopes []pulumi.StringInput
	}{
		{restorer, d.args.Reach},
		{looker, d.args.Look},
		{blobReader, d.args.Blobs},
		{beater, d.args.Beat},
		{workbench, group},
		{joiner, d.args.Join},
		{sqlReader, d.args.ReadSQL},
		{sqlRestorer, d.args.SQL},
		{sqlWorkbench, onSQL},
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
