package runbooks

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// An account for copies is reached as its source is: over a private endpoint of its
// own in the same subnet, with its name in the same zone.
func TestScratchAccountIsPrivate(t *testing.T) {
	s := bench(t, "private", promisesOf(map[string]time.Duration{"backup.interval every": time.Minute}))
	source := account(t, s, "privatedocs", nil, "received")
	network := subscription + "/resourceGroups/rg-private/providers/Microsoft.Network/"
	subnet := network + "virtualNetworks/vnet/subnets/endpoints"
	put(t, network+"virtualNetworks/vnet", "2023-02-01", map[string]any{"location": "westeurope", "properties": map[string]any{
		"addressSpace": map[string]any{"addressPrefixes": []any{"10.0.0.0/16"}},
	}})
	put(t, subnet, "2023-02-01", map[string]any{"properties": map[string]any{"addressPrefix": "10.0.1.0/24"}})
	zone := network + "privateDnsZones/privatelink.blob.core.windows.net"
	put(t, zone, "2020-06-01", map[string]any{"location": "global", "properties": map[string]any{}})
	endpoint := network + "privateEndpoints/pe-documents"
	put(t, endpoint, "2023-02-01", map[string]any{"location": "westeurope", "properties": map[string]any{
		"subnet": map[string]any{"id": subnet},
		"privateLinkServiceConnections": []any{map[string]any{"name": "blob", "properties": map[string]any{
			"privateLinkServiceId": source.ID, "groupIds": []any{"blob"},
		}}},
	}})
	put(t, endpoint+"/privateDnsZoneGroups/default", "2023-02-01", map[string]any{"properties": map[string]any{
		"privateDnsZoneConfigs": []any{map[string]any{"name": "zone-1", "properties": map[string]any{"privateDnsZoneId": zone}}},
	}})

	d := drill.Drill{Name: "documents", Target: s.Cloud.Target(s.Estate.Workbench.Name), Steps: []drill.Step{{
		Name: "scratch", Phase: drill.Prepare, Do: func(ctx context.Context, run *drill.Run) error {
			for range 2 { // as in a run that is resumed
				if err := makeScratch(ctx, s, run, source, []string{"received"}); err != nil {
					return err
				}
			}
			var own scratch
			if err := own.kept(run); err != nil {
				return err
			}
			id := s.Estate.Workbench.ID + "/providers/" + endpointType + "/" + run.Name("docs", 60)
			made := rehearsed.Body(id)
			connections, _ := at(made, "properties", "privateLinkServiceConnections").([]any)
			if len(connections) != 1 {
				return errors.New("there is no private endpoint")
			}
			if to, _ := at(connections[0], "properties", "privateLinkServiceId").(string); path.Base(to) != own.Name {
				t.Errorf("it leads to %s", to)
			}
			if at(made, "properties", "subnet", "id") != subnet || at(made, "tags", drill.MarkerTag) != run.Marker() {
				t.Errorf("the endpoint is %v", made)
			}
			configs, _ := at(rehearsed.Body(id+"/privateDnsZoneGroups/default"), "properties", "privateDnsZoneConfigs").([]any)
			if len(configs) != 1 || at(configs[0], "properties", "privateDnsZoneId") != zone {
				t.Errorf("its names are %v", configs)
			}
			if got := at(rehearsed.Body(s.Estate.Workbench.ID+"/providers/Microsoft.Storage/storageAccounts/"+own.Name), "properties", "publicNetworkAccess"); got != "Disabled" {
				t.Errorf("public network access is %v", got)
			}
			return nil
		},
	}}}
	if _, err := carry(t, d); err != nil {
		t.Error(err)
	}
	if rehearsed.Body(endpoint) == nil {
		t.Error("the source's own endpoint is gone")
	}
}

// Azure restores block blobs that are not archived, and heartbeats are no documents.
func TestWhatCanBeRestored(t *testing.T) {
	for _, c := range []struct {
		name string
		blob *container.BlobItem
		want bool
	}{
		{"block blob", &container.BlobItem{Name: to("a"), Properties: &container.BlobProperties{ContentLength: to(int64(1)), BlobType: to(blob.BlobTypeBlockBlob), AccessTier: to(blob.AccessTierCool)}}, true},
		{"append blob", &container.BlobItem{Name: to("a"), Properties: &container.BlobProperties{ContentLength: to(int64(1)), BlobType: to(blob.BlobTypeAppendBlob)}}, false},
		{"archived", &container.BlobItem{Name: to("a"), Properties: &container.BlobProperties{ContentLength: to(int64(1)), BlobType: to(blob.BlobTypeBlockBlob), AccessTier: to(blob.AccessTierArchive)}}, false},
		{"heartbeat", &container.BlobItem{Name: to(heartbeat.Prefix + "x"), Properties: &container.BlobProperties{ContentLength: to(int64(1))}}, false},
		{"nothing known", &container.BlobItem{Name: to("a")}, false},
	} {
		if _, ok := restorable("c", c.blob); ok != c.want {
			t.Errorf("%s: %v", c.name, ok)
		}
	}
}

// A sample holds no more than is allowed, whatever there is, and its bytes are the
// source's.
func TestChooseAndDuplicate(t *testing.T) {
	s := bench(t, "choose", promisesOf(nil))
	from, into := account(t, s, "choosefrom", nil, "one", "two"), account(t, s, "chooseinto", nil, "one", "two")
	for i := range 5 {
		name := strings.Repeat("a/", i) + "å æ ø %20?.txt"
		write(t, in(t, s, from, "one"), name, name, map[string]*string{"tenant": to("a")})
	}
	write(t, in(t, s, from, "two"), "empty", "", nil)
	source, err := containersOf(s.Cloud, from)
	if err != nil {
		t.Fatal(err)
	}
	target, err := containersOf(s.Cloud, into)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := choose(t.Context(), source)
	if err != nil || len(chosen.items) != 6 || chosen.all != 6 {
		t.Fatalf("%s, %v", chosen, err)
	}
	gone := newItem("one", "gone since it was listed", 1)
	sums, err := duplicate(t.Context(), append(slices.Clone(chosen.items), gone), source, target)
	if err != nil || len(sums) != 6 {
		t.Fatalf("%d copies, %v", len(sums), err)
	}
	for _, i := range chosen.items {
		copied := target[i.container].NewBlobClient(i.alias())
		sum, err := sumOf(t.Context(), copied)
		if err != nil || sum != sums[i.key()] {
			t.Errorf("%s: %s and %s, %v", i.name, sum, sums[i.key()], err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("called off"))
	if _, err := duplicate(ctx, chosen.items, source, target); err == nil || !strings.Contains(err.Error(), "called off") {
		t.Errorf("a run that is called off copies: %v", err)
	}
}

// A resource that is still being changed is waited for; any other refusal is final.
func TestPatiently(t *testing.T) {
	for _, c := range []struct {
		code  string
		tries int
		want  bool
	}{
		{"StorageAccountOperationInProgress", 3, true}, {"AnotherOperationInProgress", 3, true}, {"AuthorizationFailed", 1, false},
	} {
		tries := 0
		err := patiently(t.Context(), func() error {
			if tries++; tries < 3 {
				return answered(409, c.code)
			}
			return nil
		})
		if tries != c.tries || (err == nil) != c.want {
			t.Errorf("%s: %d tries, %v", c.code, tries, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("called off"))
	if err := patiently(ctx, func() error { return answered(409, "AnotherOperationInProgress") }); err == nil || err.Error() != "called off" {
		t.Errorf("it does not end with the run: %v", err)
	}
}
