package database_test

import (
	"testing"

	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

func TestSQL(t *testing.T) {
	inv := must(t, "sql", func(a *database.Args) { a.PointInTime = 14 * day })
	for _, region := range []string{"westeurope", "norwayeast"} {
		moduletest.Want(t, moduletest.One(t, inv, "sql:Server", "sql-"+region), map[string]any{
			"administrators.azureADOnlyAuthentication": true,
			"administrators.principalType":             "Group",
			"administrators.sid":                       group,
			"administratorLogin":                       nil,
			"minimalTlsVersion":                        "1.2",
			"publicNetworkAccess":                      "Disabled",
			"restrictOutboundNetworkAccess":            "Enabled",
		})
		moduletest.Want(t, moduletest.One(t, inv, "sql:Database", "sql-database-"+region), map[string]any{
			"requestedBackupStorageRedundancy": "Geo", "zoneRedundant": true,
		})
		// A copy makes no backups until it takes over; then it must make the same.
		moduletest.Want(t, moduletest.One(t, inv, "sql:BackupShortTermRetentionPolicy", "sql-short-term-"+region), map[string]any{"retentionDays": 14})
		moduletest.Want(t, moduletest.One(t, inv, "sql:LongTermRetentionPolicy", "sql-long-term-"+region), map[string]any{
			"weeklyRetention": "P54W", "makeBackupsImmutable": true,
		})
		moduletest.Want(t, moduletest.One(t, inv, "sql:EncryptionProtector", "sql-protector-"+region), map[string]any{
			"serverKeyType": "AzureKeyVault", "autoRotationEnabled": true,
		})
		moduletest.Want(t, moduletest.One(t, inv, "sql:ExtendedServerBlobAuditingPolicy", "sql-audit-"+region), map[string]any{
			"state": "Enabled", "isAzureMonitorTargetEnabled": true,
		})
		moduletest.One(t, inv, "sql:ServerKey", "sql-partner-key-"+region)
		moduletest.One(t, inv, "network:PrivateEndpoint", "pe-sql-"+region)
		moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-sql-main-"+region)
		moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-sql-master-"+region)
	}
	primary := moduletest.One(t, inv, "sql:Database", "sql-database-westeurope")
	moduletest.Want(t, moduletest.One(t, inv, "sql:Database", "sql-database-norwayeast"), map[string]any{
		"createMode": "Secondary", "sourceDatabaseId": primary.ID,
	})
	moduletest.Want(t, moduletest.One(t, inv, "sql:FailoverGroup", "sql-failover-westeurope"), map[string]any{
		"databases.0":                      primary.ID,
		"partnerServers.0.id":              moduletest.One(t, inv, "sql:Server", "sql-norwayeast").ID,
		"readWriteEndpoint.failoverPolicy": "Manual",
	})
}

// What is not promised is not built.
func TestSQLWithout(t *testing.T) {
	t.Run("elsewhere", func(t *testing.T) {
		inv := must(t, "sql", func(a *database.Args) { a.Elsewhere = false })
		moduletest.Want(t, moduletest.One(t, inv, "sql:Database", "sql-database-westeurope"), map[string]any{"requestedBackupStorageRedundancy": "Zone"})
	})
	t.Run("redundant", func(t *testing.T) {
		inv := must(t, "sql", func(a *database.Args) { a.Redundant = false })
		for _, r := range moduletest.Of(inv, "Database", "sql:Database") {
			moduletest.Want(t, r, map[string]any{"zoneRedundant": false})
		}
	})
	t.Run("standby", func(t *testing.T) {
		inv := must(t, "sql", func(a *database.Args) { a.Standby = nil })
		for _, kind := range []string{"sql:FailoverGroup", "sql:ServerKey"} {
			if n := len(moduletest.Of(inv, "Database", kind)); n != 0 {
				t.Errorf("%d %s", n, kind)
			}
		}
		if n := len(moduletest.Of(inv, "Database", "sql:Server")); n != 1 {
			t.Errorf("%d servers", n)
		}
	})
	t.Run("retention", func(t *testing.T) {
		inv := must(t, "sql", func(a *database.Args) { a.Retention = 0 })
		if n := len(moduletest.Of(inv, "Database", "sql:LongTermRetentionPolicy")); n != 0 {
			t.Errorf("%d long-term policies", n)
		}
	})
	t.Run("immutable", func(t *testing.T) {
		inv := must(t, "sql", func(a *database.Args) { a.Immutable = false })
		moduletest.Want(t, moduletest.One(t, inv, "sql:LongTermRetentionPolicy", "sql-long-term-westeurope"), map[string]any{"makeBackupsImmutable": false})
	})
}
