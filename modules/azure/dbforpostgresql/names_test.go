package dbforpostgresql_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// The properties that Microsoft's REST reference has for 2024-08-01, those that
// it only returns left out, lifted as azure-native lifts them. Read in
// github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4
// v4.0.0, models_serde.go.
func TestNames(t *testing.T) {
	moduletest.Spelled(t, dbforpostgresql.ServerArgs{}, `
		resourceGroupName serverName location tags version
		administratorLogin administratorLoginPassword availabilityZone createMode
		pointInTimeUTC replicationRole sourceServerResourceId
		authConfig.activeDirectoryAuth authConfig.passwordAuth authConfig.tenantId
		backup.backupRetentionDays backup.geoRedundantBackup
		dataEncryption.geoBackupKeyURI dataEncryption.geoBackupUserAssignedIdentityId
		dataEncryption.primaryKeyURI dataEncryption.primaryUserAssignedIdentityId dataEncryption.type
		highAvailability.mode highAvailability.standbyAvailabilityZone
		identity.type identity.userAssignedIdentities
		maintenanceWindow.customWindow maintenanceWindow.dayOfWeek maintenanceWindow.startHour maintenanceWindow.startMinute
		network.delegatedSubnetResourceId network.privateDnsZoneArmResourceId network.publicNetworkAccess
		replica.promoteMode replica.promoteOption replica.role
		sku.name sku.tier
		storage.autoGrow storage.iops storage.storageSizeGB storage.throughput storage.tier storage.type`)
	moduletest.Spelled(t, dbforpostgresql.DatabaseArgs{}, `resourceGroupName serverName databaseName charset collation`)
	moduletest.Spelled(t, dbforpostgresql.ConfigurationArgs{}, `resourceGroupName serverName configurationName source value`)
	moduletest.Spelled(t, dbforpostgresql.AdministratorArgs{}, `resourceGroupName serverName objectId principalName principalType tenantId`)
}

func TestRequired(t *testing.T) {
	group := pulumi.String("group")
	for _, err := range []error{
		second(dbforpostgresql.NewServer(nil, "x", nil)),
		second(dbforpostgresql.NewServer(nil, "x", &dbforpostgresql.ServerArgs{})),
		second(dbforpostgresql.NewDatabase(nil, "x", nil)),
		second(dbforpostgresql.NewDatabase(nil, "x", &dbforpostgresql.DatabaseArgs{ResourceGroupName: group})),
		second(dbforpostgresql.NewConfiguration(nil, "x", nil)),
		second(dbforpostgresql.NewConfiguration(nil, "x", &dbforpostgresql.ConfigurationArgs{ServerName: group})),
		second(dbforpostgresql.NewAdministrator(nil, "x", nil)),
		second(dbforpostgresql.NewAdministrator(nil, "x", &dbforpostgresql.AdministratorArgs{ResourceGroupName: group})),
	} {
		if err == nil {
			t.Error("missing arguments were taken")
		}
	}
}

func second[T any](_ T, err error) error { return err }

// What the engine receives: names, nested objects, identities as a map with
// values, a password as a secret, and nothing that was not given.
func TestMarshalled(t *testing.T) {
	inv, err := moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		_, err := dbforpostgresql.NewServer(ctx, "server", &dbforpostgresql.ServerArgs{
			ResourceGroupName:          pulumi.String("group"),
			ServerName:                 pulumi.String("server"),
			AdministratorLoginPassword: pulumi.String("hidden"),
			Backup:                     &dbforpostgresql.BackupArgs{BackupRetentionDays: pulumi.Int(8)},
			Identity: &dbforpostgresql.UserAssignedIdentityArgs{
				Type: pulumi.String("UserAssigned"), UserAssignedIdentities: dbforpostgresql.Identities(pulumi.String("a"), pulumi.String("b")),
			},
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server := moduletest.One(t, inv, "dbforpostgresql:Server", "server")
	moduletest.Want(t, server, map[string]any{
		"backup":                          map[string]any{"backupRetentionDays": 8},
		"identity.userAssignedIdentities": map[string]any{"a": map[string]any{}, "b": map[string]any{}},
		"administratorLoginPassword":      map[string]any{"$secret": true},
		"sku":                             nil,
		"storage":                         nil,
	})
}
