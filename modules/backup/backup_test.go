package backup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/backup"
	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/documents"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

const day = 24 * time.Hour

// build plans vaults that keep every promise, but for what change takes away.
func build(t *testing.T, means string, change func(*backup.Args)) (*inventory.Inventory, error) {
	t.Helper()
	return moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		at, err := g.Site(ctx, "backup", moduletest.Primary)
		if err != nil {
			return err
		}
		data, err := g.Site(ctx, "database", moduletest.Primary)
		if err != nil {
			return err
		}
		db, err := database.New(ctx, "database", database.Args{
			Means: means, Primary: data, Network: g.Network, Identity: g.Identity, Governance: g.Governance, Watch: g.Watch, Blind: true,
		})
		if err != nil {
			return err
		}
		docs, err := documents.New(ctx, "documents", documents.Args{
			Primary: data, Network: g.Network, Identity: g.Identity, Governance: g.Governance, Watch: g.Watch,
		})
		if err != nil {
			return err
		}
		args := backup.Args{
			Site: at, Retention: moduletest.Year, Elsewhere: true, Immutable: moduletest.Year, Keys: g.Keys,
			Network: g.Network, Identity: g.Identity, Governance: g.Governance, Watch: g.Watch, Database: db, Documents: docs,
		}
		if change != nil {
			change(&args)
		}
		_, err = backup.New(ctx, "backup", args)
		return err
	})
}

func must(t *testing.T, means string, change func(*backup.Args)) *inventory.Inventory {
	t.Helper()
	inv, err := build(t, means, change)
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

const (
	recoveryVault = "recovery-vault-westeurope"
	backupVault   = "backup-vault-westeurope"
)

func TestVaults(t *testing.T) {
	inv := must(t, "postgres", nil)
	moduletest.Want(t, moduletest.One(t, inv, "recoveryservices:Vault", recoveryVault), map[string]any{
		"properties.publicNetworkAccess":                                                  "Disabled",
		"properties.redundancySettings.standardTierStorageRedundancy":                     "GeoRedundant",
		"properties.redundancySettings.crossRegionRestore":                                "Enabled",
		"properties.securitySettings.immutabilitySettings.state":                          "Locked",
		"properties.securitySettings.softDeleteSettings.softDeleteState":                  "AlwaysON", // this vault's spelling
		"properties.encryption.infrastructureEncryption":                                  "Enabled",
		"properties.monitoringSettings.azureMonitorAlertSettings.alertsForAllJobFailures": "Enabled",
	})
	moduletest.Want(t, moduletest.One(t, inv, "dataprotection:BackupVault", backupVault), map[string]any{
		"identity.type": "SystemAssigned,UserAssigned",
		"properties.storageSettings.0.datastoreType":                                      "VaultStore",
		"properties.storageSettings.0.type":                                               "GeoRedundant",
		"properties.featureSettings.crossRegionRestoreSettings.state":                     "Enabled",
		"properties.securitySettings.immutabilitySettings.state":                          "Locked",
		"properties.securitySettings.softDeleteSettings.state":                            "AlwaysOn", // and this one's
		"properties.securitySettings.encryptionSettings.state":                            "Enabled",
		"properties.monitoringSettings.azureMonitorAlertSettings.alertsForAllJobFailures": "Enabled",
	})
	moduletest.One(t, inv, "network:PrivateEndpoint", "pe-"+recoveryVault)
	moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-"+recoveryVault)
	moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-"+backupVault)
}

// One guard without exceptions stands over both vaults, in a group of its own.
func TestGuard(t *testing.T) {
	inv := must(t, "postgres", nil)
	guard := moduletest.One(t, inv, "dataprotection:ResourceGuard", "guard-westeurope")
	moduletest.Want(t, guard, map[string]any{"properties.vaultCriticalOperationExclusionList": []any{}})
	vault := moduletest.One(t, inv, "dataprotection:BackupVault", backupVault)
	if moduletest.At(guard, "resourceGroupName") == moduletest.At(vault, "resourceGroupName") {
		t.Error("the guard stands in the vaults' own resource group")
	}
	for _, proxy := range []inventory.Resource{
		moduletest.One(t, inv, "recoveryservices:ResourceGuardProxy", "guard-recovery-vault-westeurope"),
		moduletest.One(t, inv, "dataprotection:DppResourceGuardProxy", "guard-backup-vault-westeurope"),
	} {
		moduletest.Want(t, proxy, map[string]any{"properties.resourceGuardResourceId": guard.ID})
	}
}

// Copies reach back for the promised time at worst: the retention less the time
// between two copies.
func TestPolicies(t *testing.T) {
	for _, c := range []struct {
		retention, immutable time.Duration
		database, documents  string
		machines             int
	}{
		{365 * day, 365 * day, "P54W", "P366D", 366},
		{30 * day, 0, "P6W", "P31D", 31},
		{30 * day, 365 * day, "P54W", "P366D", 366}, // a copy is immutable only while it is kept
		{730 * day, 365 * day, "P106W", "P731D", 731},
	} {
		inv := must(t, "postgres", func(a *backup.Args) { a.Retention, a.Immutable = c.retention, c.immutable })
		for name, want := range map[string]struct{ kept, schedule, kind string }{
			"database":  {c.database, "R/2024-01-07T03:00:00+00:00/P1W", "Full"},
			"documents": {c.documents, "R/2024-01-07T04:00:00+00:00/P1D", "Discrete"},
		} {
			moduletest.Want(t, moduletest.One(t, inv, "dataprotection:BackupPolicy", "policy-"+name+"-westeurope"), map[string]any{
				"properties.policyRules.0.objectType":                                "AzureBackupRule",
				"properties.policyRules.0.trigger.schedule.repeatingTimeIntervals.0": want.schedule,
				"properties.policyRules.0.backupParameters.backupType":               want.kind,
				"properties.policyRules.0.trigger.taggingCriteria.0.tagInfo.tagName": "Default",
				"properties.policyRules.1.name":                                      "Default",
				"properties.policyRules.1.isDefault":                                 true,
				"properties.policyRules.1.lifecycles.0.deleteAfter.duration":         want.kept,
			})
		}
		moduletest.Want(t, moduletest.One(t, inv, "recoveryservices:ProtectionPolicy", "policy-machines-westeurope"), map[string]any{
			"properties.retentionPolicy.dailySchedule.retentionDuration.count": c.machines,
		})
	}
}

func TestInstances(t *testing.T) {
	inv := must(t, "postgres", nil)
	server := moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-westeurope")
	account := moduletest.One(t, inv, "storage:StorageAccount", "documents-westeurope")
	for name, want := range map[string]map[string]any{
		"database": {
			"properties.dataSourceInfo.resourceID":     server.ID,
			"properties.dataSourceInfo.datasourceType": "Microsoft.DBforPostgreSQL/flexibleServers",
			"properties.policyInfo.policyParameters":   nil,
		},
		"documents": {
			"properties.dataSourceInfo.resourceID":                                                   account.ID,
			"properties.dataSourceInfo.datasourceType":                                               "Microsoft.Storage/storageAccounts/blobServices",
			"properties.policyInfo.policyParameters.backupDatasourceParametersList.0.containersList": []any{"received", "issued"},
		},
	} {
		instance := moduletest.One(t, inv, "dataprotection:BackupInstance", "backup-"+name+"-westeurope")
		moduletest.Want(t, instance, want)
		moduletest.Want(t, instance, map[string]any{
			"properties.policyInfo.policyId":          moduletest.One(t, inv, "dataprotection:BackupPolicy", "policy-"+name+"-westeurope").ID,
			"properties.dataSourceInfo.objectType":    "Datasource",
			"properties.dataSourceSetInfo.objectType": "DatasourceSet",
		})
		// The vault must be let in before it is told to take copies.
		waits := fmt.Sprint(instance.DependsOn)
		if !strings.Contains(waits, "role-backup-"+name) {
			t.Errorf("%s does not wait for its role: %s", instance.Name, waits)
		}
	}
	vault := moduletest.One(t, inv, "dataprotection:BackupVault", backupVault)
	for name, role := range map[string]string{
		"role-backup-database":       "c088a766-074b-43ba-90d4-1fb21feae531",
		"role-backup-database-group": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
		"role-backup-documents":      "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
	} {
		r := moduletest.One(t, inv, "authorization:RoleAssignment", name)
		moduletest.Want(t, r, map[string]any{"principalType": "ServicePrincipal"})
		if id, _ := moduletest.At(r, "roleDefinitionId").(string); !strings.HasSuffix(id, role) {
			t.Errorf("%s gives %s", name, id)
		}
		if on := r.PropertyDependsOn["principalId"]; len(on) != 1 || on[0] != vault.URN {
			t.Errorf("%s goes to %v, want the vault's own identity", name, on)
		}
	}
}

// What is not promised is not built.
func TestWithout(t *testing.T) {
	none := func(t *testing.T, inv *inventory.Inventory, kinds ...string) {
		t.Helper()
		for _, kind := range kinds {
			if n := len(moduletest.Of(inv, "Backup", kind)); n != 0 {
				t.Errorf("%d %s", n, kind)
			}
		}
	}
	t.Run("retention", func(t *testing.T) {
		inv := must(t, "postgres", func(a *backup.Args) { a.Retention, a.Immutable = 0, 0 })
		none(t, inv, "dataprotection:BackupPolicy", "dataprotection:BackupInstance", "recoveryservices:ProtectionPolicy")
	})
	t.Run("all but daily copies", func(t *testing.T) {
		inv := must(t, "postgres", func(a *backup.Args) { a.Retention, a.Immutable, a.Daily = 0, 0, 30*day })
		moduletest.Want(t, moduletest.One(t, inv, "dataprotection:BackupPolicy", "policy-documents-westeurope"), map[string]any{
			"properties.policyRules.0.trigger.schedule.repeatingTimeIntervals.0": "R/2024-01-07T04:00:00+00:00/P1D",
			"properties.policyRules.1.lifecycles.0.deleteAfter.duration":         "P31D",
		})
		if n := len(moduletest.Of(inv, "Backup", "dataprotection:BackupInstance")); n != 1 {
			t.Errorf("%d instances: a server keeps its own daily backups", n)
		}
	})
	t.Run("immutable", func(t *testing.T) {
		inv := must(t, "postgres", func(a *backup.Args) { a.Immutable = 0 })
		none(t, inv, "dataprotection:ResourceGuard", "recoveryservices:ResourceGuardProxy", "dataprotection:DppResourceGuardProxy")
		moduletest.Want(t, moduletest.One(t, inv, "recoveryservices:Vault", recoveryVault), map[string]any{
			"properties.securitySettings.immutabilitySettings.state":         "Disabled",
			"properties.securitySettings.softDeleteSettings.softDeleteState": "Enabled",
		})
		moduletest.Want(t, moduletest.One(t, inv, "dataprotection:BackupVault", backupVault), map[string]any{
			"properties.securitySettings.immutabilitySettings.state": "Disabled",
			"properties.securitySettings.softDeleteSettings.state":   "On",
		})
	})
	t.Run("elsewhere", func(t *testing.T) {
		inv := must(t, "postgres", func(a *backup.Args) { a.Elsewhere = false })
		moduletest.Want(t, moduletest.One(t, inv, "recoveryservices:Vault", recoveryVault), map[string]any{
			"properties.redundancySettings.standardTierStorageRedundancy": "ZoneRedundant",
			"properties.redundancySettings.crossRegionRestore":            "Disabled",
		})
		moduletest.Want(t, moduletest.One(t, inv, "dataprotection:BackupVault", backupVault), map[string]any{
			"properties.storageSettings.0.type":                           "ZoneRedundant",
			"properties.featureSettings.crossRegionRestoreSettings.state": "Disabled",
		})
	})
	t.Run("keys", func(t *testing.T) {
		inv := must(t, "postgres", func(a *backup.Args) { a.Keys = nil })
		moduletest.Want(t, moduletest.One(t, inv, "recoveryservices:Vault", recoveryVault), map[string]any{"properties.encryption": nil, "identity": nil})
		moduletest.Want(t, moduletest.One(t, inv, "dataprotection:BackupVault", backupVault), map[string]any{
			"properties.securitySettings.encryptionSettings": nil, "identity.type": "SystemAssigned",
		})
	})
	t.Run("sql", func(t *testing.T) { // keeps its own long-term copies
		inv := must(t, "sql", nil)
		if n := len(moduletest.Of(inv, "Backup", "dataprotection:BackupInstance")); n != 1 {
			t.Errorf("%d instances, want the documents alone", n)
		}
	})
}

func TestBadArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*backup.Args)
		want   string
	}{
		{"no key", func(a *backup.Args) { delete(a.Keys, moduletest.Primary) }, "no key vault stands in westeurope"},
		{"no identity", func(a *backup.Args) { delete(a.Identity.Workloads, "backup") }, `no identity for the workload "backup"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := build(t, "postgres", c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
