package rights

// Role is a custom role of an estate: the actions it allows, on the Resource
// Manager and on data.
type Role struct {
	Name        string // in the estate, such as drill-restore
	Does        string // one sentence for whoever meets the role
	Actions     []string
	DataActions []string
}

// All are the drills' roles. The one that is given on the drills' own resource
// group stands first.
func All() []Role {
	return []Role{Workbench, Restore, Look, ReadBlobs, Heartbeat, Join, SQLRead, SQLRestore, SQLWorkbench}
}

// Restore reads production and restores from it. PostgreSQL needs no more than
// a look at the source: the restored server is a new one.
var Restore = Role{
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

// Look reads the settings of what no drill restores from: the archives of logs,
// the key vaults, and the private endpoints, which a run's own are made like.
var Look = Role{
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

// ReadBlobs reads the documents that copies are compared with.
var ReadBlobs = Role{
	Name:        "drill-read-blobs",
	Does:        "Read documents, to compare copies with them.",
	DataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"},
}

// Heartbeat adds heartbeats to the documents. It cannot write over what is there.
var Heartbeat = Role{
	Name:        "drill-heartbeat",
	Does:        "Add heartbeats to the documents, writing over nothing.",
	DataActions: []string{"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action"},
}

// Workbench makes, checks and removes what is restored, in the drills' own
// resource group.
var Workbench = Role{
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

// Join puts a restored server where the original stands, and a promoted one
// where the standby does: into the same subnet and private zone, reading the same
// keys. A restored account gets a private endpoint beside the original's.
var Join = Role{
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

// SQLRead reads Azure SQL servers, their databases and copies.
var SQLRead = Role{
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

// SQLRestore restores beside the original. Azure SQL restores to a point in time
// on the same server only, and a role cannot tell one database of it from another.
// Source: MicrosoftDocs/sql-docs azure-sql/database/automated-backups-overview.md.
var SQLRestore = Role{
	Name: "drill-sql-restore",
	Does: "Make and remove a restored database beside the original.",
	Actions: []string{
		"Microsoft.Sql/servers/databases/write",
		"Microsoft.Sql/servers/databases/delete",
	},
}

// SQLWorkbench makes and removes Azure SQL servers in the drills' own resource
// group.
var SQLWorkbench = Role{
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
