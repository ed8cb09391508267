package vault_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/planes"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// stood is the Azure that the whole package shares.
var stood *planes.Azure

func TestMain(m *testing.M) { os.Exit(rehearsaltest.Data(m, &stood)) }

// protection are the typed clients of Backup vaults. What they ask is checked by
// the SDK's fake servers too.
func protection(t *testing.T) *armdataprotection.ClientFactory {
	t.Helper()
	credential, through := rehearsaltest.SDK(stood)
	through.Transport = &http.Client{Transport: &rehearsaltest.Wire{On: rehearsaltest.Client(stood).Transport}}
	c, err := armdataprotection.NewClientFactory(azure.Subscription, credential, through)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// object is a part of a body.
type object = map[string]any

func put(t *testing.T, id, version string, body armresources.GenericResource) string {
	t.Helper()
	return rehearsaltest.Put(t, stood.Server, id, version, body)
}

// code is what ARM calls an error.
func code(err error) string {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return fmt.Sprint(err)
}

const here = "westeurope"

// group makes a resource group of the test's own.
func group(t *testing.T) string {
	t.Helper()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-"))
	return put(t, "/subscriptions/"+azure.Subscription+"/resourceGroups/"+name, "2022-09-01", armresources.GenericResource{Location: new(here)})
}

// account makes a storage account with containers and signs in to it.
func account(t *testing.T, group, name string, properties object, containers ...string) (string, *azblob.Client) {
	t.Helper()
	id := put(t, group+"/providers/Microsoft.Storage/storageAccounts/"+name, "2024-01-01", armresources.GenericResource{Location: new(here), Properties: properties})
	for _, one := range containers {
		put(t, id+"/blobServices/default/containers/"+one, "2024-01-01", armresources.GenericResource{Properties: object{}})
	}
	endpoint := stood.Body(id)["properties"].(object)["primaryEndpoints"].(object)["blob"].(string)
	c, err := azblob.NewClient(endpoint, rehearsaltest.Static(stood.Token()), &azblob.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: rehearsaltest.Client(stood), Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return id, c
}

// protect makes a vault with a policy and puts a source under it. It returns the
// instance once its first copy is there.
func protect(t *testing.T, group, immutability, softDelete, kind, source string, containers ...string) string {
	t.Helper()
	const version = "2024-04-01"
	id := put(t, group+"/providers/Microsoft.DataProtection/backupVaults/vault", version, armresources.GenericResource{Location: new(here), Properties: object{
		"securitySettings": object{"immutabilitySettings": object{"state": immutability}, "softDeleteSettings": object{"state": softDelete, "retentionDurationInDays": 14}},
	}})
	rules := put(t, id+"/backupPolicies/weekly", version, armresources.GenericResource{Properties: object{
		"objectType": "BackupPolicy", "datasourceTypes": []string{kind},
		"policyRules": []object{
			{
				"objectType": "AzureBackupRule", "name": "BackupWeekly", "backupParameters": object{"objectType": "AzureBackupParams", "backupType": "Full"},
				"dataStore": object{"objectType": "DataStoreInfoBase", "dataStoreType": "VaultStore"},
				"trigger": object{
					"objectType": "ScheduleBasedTriggerContext", "schedule": object{"repeatingTimeIntervals": []string{"R/2024-01-07T03:00:00+00:00/P1W"}},
					"taggingCriteria": []object{{"isDefault": true, "tagInfo": object{"tagName": "Default"}, "taggingPriority": 99}},
				},
			},
			retention("Default", "P54W"), retention("Short", "P7D"),
		},
	}})
	parameters := object{"objectType": "BlobBackupDatasourceParameters", "containersList": containers}
	what := object{
		"objectType": "Datasource", "datasourceType": kind, "resourceID": source, "resourceLocation": here,
		"resourceName": source[strings.LastIndex(source, "/")+1:], "resourceType": azure.TypeOf(source), "resourceUri": source,
	}
	instance := put(t, id+"/backupInstances/it", version, armresources.GenericResource{Properties: object{
		"objectType": "BackupInstance", "friendlyName": "it", "dataSourceInfo": what,
		"policyInfo": object{"policyId": rules, "policyParameters": object{"backupDatasourceParametersList": []object{parameters}}},
	}})
	await(t, func() bool { return len(recoveryPoints(t, instance)) == 1 })
	return instance
}

func retention(name, kept string) object {
	return object{"objectType": "AzureRetentionRule", "name": name, "isDefault": name == "Default", "lifecycles": []object{{
		"deleteAfter":     object{"objectType": "AbsoluteDeleteOption", "duration": kept},
		"sourceDataStore": object{"objectType": "DataStoreInfoBase", "dataStoreType": "VaultStore"},
	}}}
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Fatal("what was waited for did not come")
}

// groupOf is the resource group of an id.
func groupOf(id string) string { return strings.Split(id, "/")[4] }

// recoveryPoints lists an instance's, as the typed client reads them.
func recoveryPoints(t *testing.T, instance string) []*armdataprotection.AzureBackupRecoveryPointResource {
	t.Helper()
	var out []*armdataprotection.AzureBackupRecoveryPointResource
	pages := protection(t).NewRecoveryPointsClient().NewListPager(groupOf(instance), "vault", "it", nil)
	for pages.More() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.Value...)
	}
	return out
}

func discrete(t *testing.T, r *armdataprotection.AzureBackupRecoveryPointResource) *armdataprotection.AzureBackupDiscreteRecoveryPoint {
	t.Helper()
	p, ok := r.Properties.(*armdataprotection.AzureBackupDiscreteRecoveryPoint)
	if !ok {
		t.Fatalf("a recovery point is a %T", r.Properties)
	}
	return p
}
