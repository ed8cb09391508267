package database_test

import (
	"testing"

	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

func TestPostgres(t *testing.T) {
	inv := must(t, "postgres", nil)
	server := moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-westeurope")
	moduletest.Want(t, server, map[string]any{
		"createMode":                     "Create",
		"backup.backupRetentionDays":     7,
		"backup.geoRedundantBackup":      "Enabled",
		"highAvailability.mode":          "SameZone", // West Europe refuses new zone-redundant servers
		"authConfig.passwordAuth":        "Disabled",
		"authConfig.activeDirectoryAuth": "Enabled",
		"network.publicNetworkAccess":    "Disabled",
		"storage.autoGrow":               "Enabled",
		"dataEncryption.type":            "AzureKeyVault",
		"tags.class":                     "database",
		"administratorLogin":             nil,
	})
	own, geo := moduletest.At(server, "dataEncryption.primaryKeyURI"), moduletest.At(server, "dataEncryption.geoBackupKeyURI")
	if own == nil || geo == nil || own == geo {
		t.Errorf("keys %v and %v, want one of each region", own, geo)
	}
	replica := moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-norwayeast")
	moduletest.Want(t, replica, map[string]any{
		"createMode":              "Replica",
		"location":                "norwayeast",
		"sourceServerResourceId":  server.ID,
		"authConfig.passwordAuth": "Disabled",
		"highAvailability":        nil, // a replica can have no standby of its own
		"sku.name":                moduletest.At(server, "sku.name"),
		"version":                 moduletest.At(server, "version"),
	})
	if moduletest.At(server, "maintenanceWindow.dayOfWeek") == moduletest.At(replica, "maintenanceWindow.dayOfWeek") {
		t.Error("the server and its replica are patched on the same day")
	}
	for _, region := range []string{"westeurope", "norwayeast"} {
		for name, want := range map[string]string{"require_secure_transport": "on", "ssl_min_protocol_version": "TLSv1.2", "pgaudit.log": "write,ddl,role"} {
			moduletest.Want(t, moduletest.One(t, inv, "dbforpostgresql:Configuration", "postgres-"+name+"-"+region), map[string]any{"value": want})
		}
		moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-postgres-"+region)
	}
	if n := len(moduletest.Of(inv, "Database", "dbforpostgresql:Database")); n != 1 {
		t.Errorf("%d databases: a replica gets its own through replication", n)
	}
	who := moduletest.Of(inv, "Database", "dbforpostgresql:Administrator")
	if len(who) != 1 {
		t.Fatalf("%d administrators", len(who))
	}
	moduletest.Want(t, who[0], map[string]any{"objectId": group, "principalType": "Group"})
}

// A server takes one change at a time.
func TestPostgresChangesOneAtATime(t *testing.T) {
	inv := must(t, "postgres", nil)
	followed := map[string]bool{}
	for _, r := range moduletest.Of(inv, "Database", "dbforpostgresql:Configuration") {
		for _, urn := range r.DependsOn {
			for _, before := range moduletest.Of(inv, "Database", "dbforpostgresql:Configuration") {
				if before.URN != urn {
					continue
				}
				if followed[urn] {
					t.Errorf("%s and another both follow %s", r.Name, before.Name)
				}
				followed[urn] = true
			}
		}
	}
	if want := len(moduletest.Of(inv, "Database", "dbforpostgresql:Configuration")) - 2; len(followed) != want {
		t.Errorf("%d parameters are followed by another, want all but the last of each server: %d", len(followed), want)
	}
}

// What is not promised is not built.
func TestPostgresWithout(t *testing.T) {
	t.Run("elsewhere", func(t *testing.T) {
		inv := must(t, "postgres", func(a *database.Args) { a.Elsewhere = false })
		moduletest.Want(t, moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-westeurope"), map[string]any{
			"backup.geoRedundantBackup": "Disabled", "dataEncryption.geoBackupKeyURI": nil, "dataEncryption.geoBackupUserAssignedIdentityId": nil,
		})
	})
	t.Run("standby", func(t *testing.T) {
		inv := must(t, "postgres", func(a *database.Args) { a.Standby = nil })
		if n := len(moduletest.Of(inv, "Database", "dbforpostgresql:Server")); n != 1 {
			t.Errorf("%d servers", n)
		}
	})
	t.Run("interval", func(t *testing.T) {
		inv := must(t, "postgres", func(a *database.Args) { a.PointInTime = 0 })
		moduletest.Want(t, moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-westeurope"), map[string]any{"backup.backupRetentionDays": 7})
	})
}

// In the pair itself one key does for the replica and the backups' copies.
func TestPostgresStandbyInThePair(t *testing.T) {
	inv := must(t, "postgres", func(a *database.Args) {
		s := *a.Standby
		s.Region = moduletest.Pair
		a.Standby = &s
	})
	server := moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-westeurope")
	replica := moduletest.One(t, inv, "dbforpostgresql:Server", "postgres-northeurope")
	moduletest.Want(t, replica, map[string]any{"dataEncryption.primaryKeyURI": moduletest.At(server, "dataEncryption.geoBackupKeyURI")})
}
