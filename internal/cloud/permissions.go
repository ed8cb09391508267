package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// role is a custom role that an estate gives to its drills' identity.
type role struct {
	name        string
	actions     []string
	dataActions []string
}

// roles are what modules/drills makes; a test compares the two. One that is given
// on the drills' own resource group stands first.
var roles = []role{
	{
		name: "drill-workbench",
		actions: []string{
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
		dataActions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
		},
	},
	{
		name: "drill-restore",
		actions: []string{
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
	},
	{
		name: "drill-look",
		actions: []string{
			"Microsoft.Storage/storageAccounts/read",
			"Microsoft.Storage/storageAccounts/blobServices/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/read",
			"Microsoft.KeyVault/vaults/read",
			"Microsoft.Network/privateEndpoints/read",
			"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
		},
	},
	{
		name: "drill-read-blobs",
		dataActions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
		},
	},
	{
		name: "drill-heartbeat",
		dataActions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
		},
	},
	{
		name: "drill-join",
		actions: []string{
			"Microsoft.Network/virtualNetworks/subnets/read",
			"Microsoft.Network/virtualNetworks/subnets/join/action",
			"Microsoft.Network/privateDnsZones/read",
			"Microsoft.Network/privateDnsZones/join/action",
			"Microsoft.ManagedIdentity/userAssignedIdentities/read",
			"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
		},
	},
	{
		name: "drill-sql-read",
		actions: []string{
			"Microsoft.Sql/servers/read",
			"Microsoft.Sql/servers/keys/read",
			"Microsoft.Sql/servers/databases/read",
			"Microsoft.Sql/servers/databases/replicationLinks/read",
			"Microsoft.Sql/servers/databases/restorePoints/read",
			"Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read",
			"Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies/read",
			"Microsoft.Sql/locations/longTermRetentionServers/longTermRetentionDatabases/longTermRetentionBackups/read",
		},
	},
	{
		name: "drill-sql-restore",
		actions: []string{
			"Microsoft.Sql/servers/databases/write",
			"Microsoft.Sql/servers/databases/delete",
		},
	},
	{
		name: "drill-sql-workbench",
		actions: []string{
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
	},
}

// What AuthorizationFailed and LinkedAuthorizationFailed say. In the latter the
// first action is the one that is allowed.
// Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/troubleshooting.md.
var (
	lackedAction = regexp.MustCompile(`does not have (?:authorization|permission) to perform action\(?s?\)? '([^']+)'`)
	lackedScope  = regexp.MustCompile(`(?:over scope|on the linked scope\(s\)) '([^']+)'`)
)

// missing says which right a refused request lacked, and which role has it.
func missing(code, message string) string {
	switch code {
	case "AuthorizationPermissionMismatch":
		return "The identity may not touch this account's data: it needs the role drill-read-blobs (drill-heartbeat to add heartbeats, drill-workbench on what a run has made), or Storage Blob Data Reader (Contributor to write), on the account"
	case "AuthorizationFailure", "PublicAccessNotPermitted":
		return "The account's network rules do not let this machine in: run it inside the estate's network"
	}
	action := lackedAction.FindStringSubmatch(message)
	if action == nil {
		return ""
	}
	scope := "the resource"
	if found := lackedScope.FindStringSubmatch(message); found != nil {
		scope = found[1]
	}
	var holders []string
	for _, r := range roles {
		if slices.ContainsFunc(r.actions, func(a string) bool { return strings.EqualFold(a, action[1]) }) ||
			slices.ContainsFunc(r.dataActions, func(a string) bool { return strings.EqualFold(a, action[1]) }) {
			holders = append(holders, r.name)
		}
	}
	if len(holders) == 0 {
		return fmt.Sprintf("The identity lacks the action %s on %s, which no role of the estate's drills has: give it one that does", action[1], scope)
	}
	return fmt.Sprintf("The identity lacks the action %s on %s: give it the role %s there", action[1], scope, strings.Join(holders, " or "))
}
