package dataprotection_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// The properties that Microsoft's REST reference has for 2024-04-01 and that an
// estate uses. Read in
// github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3
// v3.1.0, models_serde.go. The rules of a policy are of several types, each with
// a list of its own.
func TestNames(t *testing.T) {
	moduletest.Spelled(t, dataprotection.BackupVaultArgs{}, `
		resourceGroupName vaultName location tags
		identity.type identity.userAssignedIdentities
		properties.featureSettings.crossRegionRestoreSettings.state
		properties.featureSettings.crossSubscriptionRestoreSettings.state
		properties.monitoringSettings.azureMonitorAlertSettings.alertsForAllJobFailures
		properties.replicatedRegions properties.resourceGuardOperationRequests
		properties.securitySettings.encryptionSettings.infrastructureEncryption
		properties.securitySettings.encryptionSettings.kekIdentity.identityId
		properties.securitySettings.encryptionSettings.kekIdentity.identityType
		properties.securitySettings.encryptionSettings.keyVaultProperties.keyUri
		properties.securitySettings.encryptionSettings.state
		properties.securitySettings.immutabilitySettings.state
		properties.securitySettings.softDeleteSettings.retentionDurationInDays
		properties.securitySettings.softDeleteSettings.state
		properties.storageSettings[].datastoreType properties.storageSettings[].type`)
	moduletest.Spelled(t, dataprotection.BackupPolicyArgs{}, `
		resourceGroupName vaultName backupPolicyName
		properties.datasourceTypes properties.objectType properties.policyRules`)
	moduletest.Spelled(t, dataprotection.AzureBackupRuleArgs{}, `
		name objectType dataStore.dataStoreType dataStore.objectType
		backupParameters.backupType backupParameters.objectType
		trigger.objectType trigger.schedule.repeatingTimeIntervals trigger.schedule.timeZone
		trigger.taggingCriteria[].isDefault trigger.taggingCriteria[].tagInfo.tagName trigger.taggingCriteria[].taggingPriority`)
	moduletest.Spelled(t, dataprotection.AzureRetentionRuleArgs{}, `
		name objectType isDefault
		lifecycles[].deleteAfter.duration lifecycles[].deleteAfter.objectType
		lifecycles[].sourceDataStore.dataStoreType lifecycles[].sourceDataStore.objectType`)
	moduletest.Spelled(t, dataprotection.BackupInstanceArgs{}, `
		resourceGroupName vaultName backupInstanceName tags
		properties.objectType properties.friendlyName properties.validationType properties.resourceGuardOperationRequests
		properties.identityDetails.useSystemAssignedIdentity properties.identityDetails.userAssignedIdentityArmUrl
		properties.dataSourceInfo.datasourceType properties.dataSourceInfo.objectType properties.dataSourceInfo.resourceID
		properties.dataSourceInfo.resourceLocation properties.dataSourceInfo.resourceName
		properties.dataSourceInfo.resourceType properties.dataSourceInfo.resourceUri
		properties.dataSourceSetInfo.datasourceType properties.dataSourceSetInfo.objectType properties.dataSourceSetInfo.resourceID
		properties.dataSourceSetInfo.resourceLocation properties.dataSourceSetInfo.resourceName
		properties.dataSourceSetInfo.resourceType properties.dataSourceSetInfo.resourceUri
		properties.policyInfo.policyId
		properties.policyInfo.policyParameters.backupDatasourceParametersList[].containersList
		properties.policyInfo.policyParameters.backupDatasourceParametersList[].objectType`)
	moduletest.Spelled(t, dataprotection.ResourceGuardArgs{}, `
		resourceGroupName resourceGuardsName location tags properties.vaultCriticalOperationExclusionList`)
	moduletest.Spelled(t, dataprotection.DppResourceGuardProxyArgs{}, `
		resourceGroupName vaultName resourceGuardProxyName
		properties.description properties.lastUpdatedTime properties.resourceGuardResourceId
		properties.resourceGuardOperationDetails[].defaultResourceRequest
		properties.resourceGuardOperationDetails[].vaultCriticalOperation`)
}

func TestRequired(t *testing.T) {
	group := pulumi.String("group")
	for _, err := range []error{
		second(dataprotection.NewBackupVault(nil, "x", nil)),
		second(dataprotection.NewBackupVault(nil, "x", &dataprotection.BackupVaultArgs{ResourceGroupName: group})),
		second(dataprotection.NewBackupVault(nil, "x", &dataprotection.BackupVaultArgs{Properties: &dataprotection.BackupVaultTypeArgs{}})),
		second(dataprotection.NewBackupPolicy(nil, "x", nil)),
		second(dataprotection.NewBackupPolicy(nil, "x", &dataprotection.BackupPolicyArgs{ResourceGroupName: group, VaultName: group})),
		second(dataprotection.NewBackupPolicy(nil, "x", &dataprotection.BackupPolicyArgs{Properties: &dataprotection.BackupPolicyTypeArgs{}})),
		second(dataprotection.NewBackupInstance(nil, "x", nil)),
		second(dataprotection.NewBackupInstance(nil, "x", &dataprotection.BackupInstanceArgs{ResourceGroupName: group})),
		second(dataprotection.NewResourceGuard(nil, "x", nil)),
		second(dataprotection.NewResourceGuard(nil, "x", &dataprotection.ResourceGuardArgs{})),
		second(dataprotection.NewDppResourceGuardProxy(nil, "x", nil)),
		second(dataprotection.NewDppResourceGuardProxy(nil, "x", &dataprotection.DppResourceGuardProxyArgs{VaultName: group})),
	} {
		if err == nil {
			t.Error("missing arguments were taken")
		}
	}
}

func second[T any](_ T, err error) error { return err }
