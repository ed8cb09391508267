package vault_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// A target that Azure could not write to is refused, with what to change.
func TestFilesTarget(t *testing.T) {
	g := group(t)
	server := put(t, g+"/providers/"+postgresKind+"/target", "2024-08-01", armresources.GenericResource{Location: new(here), Properties: object{"version": "15"}})
	instance := protect(t, g, "Disabled", "Off", postgresKind, server)
	point := *discrete(t, recoveryPoints(t, instance)[0]).RecoveryPointID
	_, closed := account(t, g, "vaultclosed", object{"allowCrossTenantReplication": true, "publicNetworkAccess": "Disabled"}, "dumps")
	_, kept := account(t, g, "vaultkept", object{"allowCrossTenantReplication": false}, "dumps")
	_, open := account(t, g, "vaultopen", object{"allowCrossTenantReplication": true}, "dumps")
	for url, want := range map[string]string{
		closed.URL() + "dumps":              "UserErrorTargetStorageAccountNotReachable",
		kept.URL() + "dumps":                "UserErrorCrossTenantReplicationNotAllowed",
		open.URL() + "none":                 "UserErrorTargetContainerNotFound",
		open.URL() + "dumps/deeper":         "UserErrorTargetStorageAccountNotFound",
		"https://elsewhere.invalid/a/dumps": "UserErrorTargetStorageAccountNotFound",
	} {
		if err := restore(t, instance, files(point, url, "")); code(err) != want {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
	if err := restore(t, instance, across(point, server)); code(err) != "UserErrorInvalidRestoreRequest" {
		t.Errorf("a server restored as a server: %v", err)
	}
}

// What is deleted without immutability is kept by soft delete, and the vault with
// it.
func TestSoftDelete(t *testing.T) {
	ctx := context.Background()
	g := group(t)
	id, documents := account(t, g, "vaultsoft", nil, "received")
	write(t, documents, "received", "a", "kept")
	instance := protect(t, g, "Disabled", "On", blobsKind, id, "received")
	if err := rehearsaltest.Remove(t, stood.Server, instance, "2024-04-01"); err != nil {
		t.Fatal(err)
	}
	deleted := protection(t).NewDeletedBackupInstancesClient()
	got, err := deleted.Get(ctx, groupOf(instance), "vault", "it", nil)
	if err != nil {
		t.Fatal(err)
	}
	if ends, err := time.Parse(time.RFC3339, *got.Properties.DeletionInfo.ScheduledPurgeTime); err != nil || ends.Before(rehearsaltest.Now().AddDate(0, 0, 13)) {
		t.Errorf("the soft delete ends at %v, %v", ends, err)
	}
	if err := rehearsaltest.Remove(t, stood.Server, *got.ID, "2024-04-01"); code(err) != "MethodNotAllowed" {
		t.Errorf("a softly deleted instance was purged: %v", err)
	}
	vault := g + "/providers/Microsoft.DataProtection/backupVaults/vault"
	if err := rehearsaltest.Remove(t, stood.Server, vault, "2024-04-01"); code(err) != "UserErrorVaultContainsSoftDeletedItems" {
		t.Errorf("a vault was deleted that holds what soft delete keeps: %v", err)
	}
	rehearsaltest.Later(15 * 24 * time.Hour)
	if err := rehearsaltest.Remove(t, stood.Server, vault, "2024-04-01"); err != nil {
		t.Errorf("after its soft deletes have ended: %v", err)
	}
}

// A copy lives for as long as its policy says, and after that an immutable vault
// lets the instance go.
func TestExpiry(t *testing.T) {
	g := group(t)
	id, documents := account(t, g, "vaultexpiry", nil, "received")
	write(t, documents, "received", "a", "old")
	instance := protect(t, g, "Locked", "Off", blobsKind, id, "received")
	rehearsaltest.Later(54*7*24*time.Hour - time.Hour)
	if got := recoveryPoints(t, instance); len(got) != 1 {
		t.Errorf("an hour before its end there are %d recovery points, want 1", len(got))
	}
	rehearsaltest.Later(2 * time.Hour)
	if got := recoveryPoints(t, instance); len(got) != 0 {
		t.Errorf("after its end there are %d recovery points", len(got))
	}
	if err := rehearsaltest.Remove(t, stood.Server, instance, "2024-04-01"); err != nil {
		t.Errorf("an instance without copies: %v", err)
	}
}

// A copy has the time at which it was taken, unless the rehearsal says otherwise,
// and then it shows.
func TestBackdate(t *testing.T) {
	g := group(t)
	id, documents := account(t, g, "vaultdated", nil, "received")
	write(t, documents, "received", "a", "old")
	instance := protect(t, g, "Disabled", "Off", blobsKind, id, "received")
	before := discrete(t, recoveryPoints(t, instance)[0])
	if age := rehearsaltest.Now().Sub(*before.RecoveryPointTime); age < 0 || age > time.Minute {
		t.Errorf("a copy taken now is dated %v ago", age)
	}
	year := before.RecoveryPointTime.AddDate(-1, 0, 0)
	if err := stood.Vaults.Backdate(instance, *before.RecoveryPointID, year); err != nil {
		t.Fatal(err)
	}
	after := discrete(t, recoveryPoints(t, instance)[0])
	if !after.RecoveryPointTime.Equal(year) || *after.FriendlyName == *before.FriendlyName {
		t.Errorf("back-dated: %v, %s", after.RecoveryPointTime, *after.FriendlyName)
	}
	for name, err := range map[string]error{
		"to the future":    stood.Vaults.Backdate(instance, *before.RecoveryPointID, rehearsaltest.Now().Add(time.Hour)),
		"unknown point":    stood.Vaults.Backdate(instance, "none", year),
		"unknown instance": stood.Vaults.Backdate(instance+"x", *before.RecoveryPointID, year),
	} {
		if err == nil {
			t.Errorf("%s was back-dated", name)
		}
	}
}
