package documents_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/modules/documents"
	"github.com/tillit-dev/tillit/modules/moduletest"
)

const day = 24 * time.Hour

// build plans a store that keeps every promise, but for what change takes away.
func build(t *testing.T, change func(*documents.Args)) (*inventory.Inventory, error) {
	t.Helper()
	return moduletest.Plan(t, func(ctx *pulumi.Context, g *moduletest.Ground) error {
		primary, err := g.Site(ctx, "documents", moduletest.Primary)
		if err != nil {
			return err
		}
		standby, err := g.Site(ctx, "documents", moduletest.Standby)
		if err != nil {
			return err
		}
		args := documents.Args{
			Primary: primary, Standby: &standby, Keys: g.Keys,
			Network: g.Network, Identity: g.Identity, Governance: g.Governance, Watch: g.Watch,
			PointInTime: 7 * day, Immutable: moduletest.Year, Elsewhere: true,
		}
		if change != nil {
			change(&args)
		}
		_, err = documents.New(ctx, "documents", args)
		return err
	})
}

func must(t *testing.T, change func(*documents.Args)) *inventory.Inventory {
	t.Helper()
	inv, err := build(t, change)
	if err != nil {
		t.Fatal(err)
	}
	moduletest.Sound(t, inv)
	return inv
}

func TestBadArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*documents.Args)
		want   string
	}{
		{"window beyond blobs", func(a *documents.Args) { a.PointInTime = 365 * day }, "364 days at most, 365 are promised"},
		{"no pair", func(a *documents.Args) { a.Primary.Region = "polandcentral" }, "polandcentral has no paired region"},
		{"no key", func(a *documents.Args) { delete(a.Keys, moduletest.Standby) }, "no key vault stands in norwayeast"},
		{"no identity", func(a *documents.Args) { delete(a.Identity.Workloads, "documents") }, `no identity for the workload "documents"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := build(t, c.change)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// Every account is closed in the same way.
func TestAccounts(t *testing.T) {
	inv := must(t, nil)
	accounts := moduletest.Of(inv, "Documents", "storage:StorageAccount")
	if len(accounts) != 3 {
		t.Fatalf("%d accounts, want three", len(accounts))
	}
	for _, r := range accounts {
		moduletest.Want(t, r, map[string]any{
			"allowSharedKeyAccess":                       false,
			"allowBlobPublicAccess":                      false,
			"allowCrossTenantReplication":                false,
			"allowedCopyScope":                           nil, // would exclude point-in-time restore
			"enableHttpsTrafficOnly":                     true,
			"minimumTlsVersion":                          "TLS1_2",
			"publicNetworkAccess":                        "Disabled",
			"networkRuleSet.defaultAction":               "Deny",
			"encryption.keySource":                       "Microsoft.Keyvault",
			"encryption.requireInfrastructureEncryption": true,
			"encryption.keyVaultProperties.keyVersion":   nil, // so that rotation is followed
			"tags.class":                                 "documents",
		})
		moduletest.One(t, inv, "network:PrivateEndpoint", "pe-"+r.Name)
		moduletest.One(t, inv, "insights:DiagnosticSetting", "diagnose-"+r.Name)
	}
	for _, r := range moduletest.Of(inv, "Documents", "storage:BlobContainer") {
		moduletest.Want(t, r, map[string]any{"publicAccess": "None"})
	}
}

// Point-in-time restore works only while soft delete and change feed outlast it.
func TestPointInTime(t *testing.T) {
	for _, c := range []struct{ promised, window, softDelete int }{
		{1, 1, 8}, {7, 7, 14}, {30, 30, 37}, {364, 364, 365},
	} {
		inv := must(t, func(a *documents.Args) { a.PointInTime = time.Duration(c.promised) * day })
		moduletest.Want(t, moduletest.One(t, inv, "storage:BlobServiceProperties", "documents-blobs-westeurope"), map[string]any{
			"restorePolicy.enabled":               true,
			"restorePolicy.days":                  c.window,
			"deleteRetentionPolicy.days":          c.softDelete,
			"containerDeleteRetentionPolicy.days": c.softDelete,
			"isVersioningEnabled":                 true,
			"changeFeed.enabled":                  true,
			"changeFeed.retentionInDays":          nil, // kept for good
		})
	}
}

// The two protections exclude each other and stand on two accounts.
func TestArchive(t *testing.T) {
	inv := must(t, func(a *documents.Args) { a.Immutable = 400*day + time.Hour })
	archive := moduletest.One(t, inv, "storage:StorageAccount", "archive-westeurope")
	moduletest.Want(t, archive, map[string]any{
		"sku.name":                               "Standard_RAGZRS",
		"immutableStorageWithVersioning.enabled": true,
		"immutableStorageWithVersioning.immutabilityPolicy.state":                                 "Locked",
		"immutableStorageWithVersioning.immutabilityPolicy.immutabilityPeriodSinceCreationInDays": 401,
		"tags.purpose": "archive",
	})
	moduletest.Want(t, moduletest.One(t, inv, "storage:BlobServiceProperties", "archive-blobs-westeurope"), map[string]any{
		"isVersioningEnabled": true, "restorePolicy": nil,
	})
	moduletest.Want(t, moduletest.One(t, inv, "storage:StorageAccount", "documents-westeurope"), map[string]any{
		"immutableStorageWithVersioning": nil, "sku.name": "Standard_RAGZRS", "tags.purpose": "documents",
	})
}

func TestReplication(t *testing.T) {
	inv := must(t, nil)
	from := moduletest.One(t, inv, "storage:StorageAccount", "documents-westeurope")
	to := moduletest.One(t, inv, "storage:StorageAccount", "replica-norwayeast")
	destination := moduletest.One(t, inv, "storage:ObjectReplicationPolicy", "replication-destination-norwayeast")
	moduletest.Want(t, destination, map[string]any{
		"objectReplicationPolicyId":    "default",
		"sourceAccount":                from.ID,
		"destinationAccount":           to.ID,
		"rules.0.sourceContainer":      "received",
		"rules.0.destinationContainer": "received",
		"rules.1.sourceContainer":      "issued",
	})
	source := moduletest.One(t, inv, "storage:ObjectReplicationPolicy", "replication-source-westeurope")
	for _, property := range []string{"objectReplicationPolicyId", "rules"} {
		if on := source.PropertyDependsOn[property]; len(on) != 1 || on[0] != destination.URN {
			t.Errorf("the source's %s comes from %v, want the destination's policy", property, on)
		}
	}
	// Every container of the source is there on both sides.
	for _, region := range []string{"documents-%-westeurope", "replica-%-norwayeast"} {
		for _, container := range []string{"received", "issued"} {
			moduletest.One(t, inv, "storage:BlobContainer", strings.Replace(region, "%", container, 1))
		}
	}
}

// What is not promised is not built.
func TestWithout(t *testing.T) {
	count := func(t *testing.T, inv *inventory.Inventory, kind string, want int) {
		t.Helper()
		if n := len(moduletest.Of(inv, "Documents", kind)); n != want {
			t.Errorf("%d %s, want %d", n, kind, want)
		}
	}
	t.Run("immutable", func(t *testing.T) {
		count(t, must(t, func(a *documents.Args) { a.Immutable = 0 }), "storage:StorageAccount", 2)
	})
	t.Run("standby", func(t *testing.T) {
		inv := must(t, func(a *documents.Args) { a.Standby = nil })
		count(t, inv, "storage:StorageAccount", 2)
		count(t, inv, "storage:ObjectReplicationPolicy", 0)
	})
	t.Run("elsewhere", func(t *testing.T) {
		inv := must(t, func(a *documents.Args) { a.Elsewhere = false })
		moduletest.Want(t, moduletest.One(t, inv, "storage:StorageAccount", "documents-westeurope"), map[string]any{"sku.name": "Standard_ZRS"})
	})
	t.Run("interval", func(t *testing.T) {
		inv := must(t, func(a *documents.Args) { a.PointInTime, a.Standby = 0, nil })
		moduletest.Want(t, moduletest.One(t, inv, "storage:BlobServiceProperties", "documents-blobs-westeurope"), map[string]any{
			"restorePolicy": nil, "changeFeed.enabled": false, "isVersioningEnabled": false,
		})
	})
	t.Run("keys", func(t *testing.T) {
		inv := must(t, func(a *documents.Args) { a.Keys = nil })
		moduletest.Want(t, moduletest.One(t, inv, "storage:StorageAccount", "documents-westeurope"), map[string]any{
			"encryption.keySource": "Microsoft.Storage", "identity": nil,
		})
	})
}
