package documents_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tillit-dev/tillit/modules/documents"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

// What is uploaded is deleted in time, and nothing there brings it back.
func TestUploads(t *testing.T) {
	for _, c := range []struct {
		within time.Duration
		age    int
	}{{day, 0}, {36 * time.Hour, 0}, {2 * day, 1}, {30 * day, 29}} {
		inv := must(t, func(a *documents.Args) { a.Transient = c.within })
		account := moduletest.One(t, inv, "storage:StorageAccount", "transient-westeurope")
		moduletest.Want(t, account, map[string]any{
			"sku.name": "Standard_ZRS", "immutableStorageWithVersioning": nil, "publicNetworkAccess": "Disabled",
			"tags.class": "transient", "tags.purpose": "transient", "tags.retention": "none",
		})
		moduletest.Want(t, moduletest.One(t, inv, "storage:BlobServiceProperties", "transient-blobs-westeurope"), map[string]any{
			"isVersioningEnabled": false, "changeFeed.enabled": false, "restorePolicy": nil,
			"deleteRetentionPolicy.enabled": false, "containerDeleteRetentionPolicy.enabled": false,
		})
		moduletest.Want(t, moduletest.One(t, inv, "storage:ManagementPolicy", "transient-lifecycle-westeurope"), map[string]any{
			"managementPolicyName":                      "default",
			"policy.rules.0.enabled":                    true,
			"policy.rules.0.definition.filters":         map[string]any{"blobTypes": []any{"blockBlob", "appendBlob"}},
			"policy.rules.0.definition.actions.version": nil,
			"policy.rules.0.definition.actions.baseBlob.delete.daysAfterCreationGreaterThan": c.age,
			"policy.rules.0.definition.actions.snapshot.delete.daysAfterCreationGreaterThan": c.age,
		})
		for _, r := range moduletest.Of(inv, "Documents", "storage:ObjectReplicationPolicy") {
			for _, end := range []string{"sourceAccount", "destinationAccount"} {
				if moduletest.At(r, end) == account.ID {
					t.Errorf("%s copies what is uploaded", r.Name)
				}
			}
		}
	}
	if n := len(moduletest.Of(must(t, nil), "Documents", "storage:ManagementPolicy")); n > 0 {
		t.Errorf("%d lifecycle policies that nothing promises", n)
	}
}

// Azure runs the rules once a day, so less cannot be promised.
func TestUploadsWithinHours(t *testing.T) {
	_, err := build(t, func(a *documents.Args) { a.Transient = 23 * time.Hour })
	if want := "once a day, and 23h is promised: promise a day or more"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

// A sealed document has a container where nothing is altered, with or without a
// promise that says for how long.
func TestSealed(t *testing.T) {
	for _, c := range []struct {
		immutable time.Duration
		days      int
	}{{0, 365}, {730 * day, 730}} {
		inv := must(t, func(a *documents.Args) { a.Sealed, a.Immutable = true, c.immutable })
		archive := moduletest.One(t, inv, "storage:StorageAccount", "archive-westeurope")
		moduletest.Want(t, archive, map[string]any{
			"immutableStorageWithVersioning.enabled":                                                  true,
			"immutableStorageWithVersioning.immutabilityPolicy.state":                                 "Locked",
			"immutableStorageWithVersioning.immutabilityPolicy.immutabilityPeriodSinceCreationInDays": c.days,
		})
		moduletest.Want(t, moduletest.One(t, inv, "storage:BlobContainer", "archive-sealed-westeurope"), map[string]any{
			"accountName": archive.Props["accountName"], "containerName": "sealed",
		})
	}
}

// Where little is kept, versions of what was deleted go too, and the tag says when
// the last of it is gone.
func TestMinimal(t *testing.T) {
	inv := must(t, func(a *documents.Args) { a.Minimal = true })
	for name, retention := range map[string]string{"documents-westeurope": "22d", "replica-norwayeast": "38d"} {
		moduletest.Want(t, moduletest.One(t, inv, "storage:StorageAccount", name), map[string]any{"tags.retention": retention})
		purpose, region, _ := strings.Cut(name, "-")
		moduletest.Want(t, moduletest.One(t, inv, "storage:ManagementPolicy", purpose+"-lifecycle-"+region), map[string]any{
			"policy.rules.0.definition.actions.version.delete.daysAfterCreationGreaterThan": 7,
			"policy.rules.0.definition.actions.baseBlob":                                    nil,
		})
	}
	plain := must(t, func(a *documents.Args) { a.Minimal, a.Standby, a.PointInTime = true, nil, 0 })
	moduletest.Want(t, moduletest.One(t, plain, "storage:StorageAccount", "documents-westeurope"), map[string]any{"tags.retention": "8d"})
	if n := len(moduletest.Of(plain, "Documents", "storage:ManagementPolicy")); n > 0 {
		t.Errorf("%d lifecycle policies where there are no versions", n)
	}
}
