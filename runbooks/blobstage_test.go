package runbooks

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/promises"
)

// promisesOf is a declaration of promises with their durations, written as
// "backup.interval every": time.Minute.
func promisesOf(durations map[string]time.Duration) *promises.Declaration {
	d := &promises.Declaration{Promises: map[promises.ID]promises.Declared{}}
	for name, value := range durations {
		id, parameter, _ := strings.Cut(name, " ")
		one, ok := d.Promises[promises.ID(id)]
		if !ok {
			one = promises.Declared{ID: promises.ID(id), Params: promises.Params{}}
		}
		if parameter != "" {
			one.Params[parameter] = promises.Value{Duration: value}
		}
		d.Promises[promises.ID(id)] = one
	}
	return d
}

// bench makes the resource groups of a test's estate.
func bench(t *testing.T, name string, d *promises.Declaration) Scene {
	t.Helper()
	group := subscription + "/resourceGroups/rg-" + name
	for _, id := range []string{group, group + "-drills"} {
		put(t, id, "2022-09-01", map[string]any{"location": "westeurope"})
	}
	return Scene{Cloud: connected(t), Now: clock.Now, Estate: &estate.Estate{
		Name: name, Declaration: d,
		Workbench: estate.Group{ID: group + "-drills", Name: "rg-" + name + "-drills", Region: "westeurope"},
	}}
}

// account makes a storage account of a test's estate. What is in the properties comes
// on top of what all have.
func account(t *testing.T, s Scene, name string, properties map[string]any, containers ...string) *estate.Account {
	t.Helper()
	group := "rg-" + s.Estate.Name
	id := subscription + "/resourceGroups/" + group + "/providers/Microsoft.Storage/storageAccounts/" + name
	all := map[string]any{"publicNetworkAccess": "Disabled", "allowSharedKeyAccess": false, "minimumTlsVersion": "TLS1_2"}
	for key, value := range properties {
		all[key] = value
	}
	put(t, id, "2022-09-01", map[string]any{
		"location": "westeurope", "kind": "StorageV2", "sku": map[string]any{"name": "Standard_ZRS"}, "properties": all,
		"tags": map[string]any{"estate": s.Estate.Name},
	})
	for _, c := range containers {
		put(t, id+"/blobServices/default/containers/"+c, "2022-09-01", map[string]any{"properties": map[string]any{}})
	}
	got, err := s.Cloud.Storage.NewAccountsClient().GetProperties(t.Context(), group, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &estate.Account{ID: id, Name: name, Group: group, Region: "westeurope", Endpoint: *got.Properties.PrimaryEndpoints.Blob, Containers: containers}
}

// in opens a container.
func in(t *testing.T, s Scene, a *estate.Account, name string) *container.Client {
	t.Helper()
	at, err := open(s.Cloud, a.Endpoint, []string{name})
	if err != nil {
		t.Fatal(err)
	}
	return at[name]
}

func write(t *testing.T, c *container.Client, name, content string, metadata map[string]*string) {
	t.Helper()
	b := c.NewBlockBlobClient(name)
	if _, err := b.UploadBuffer(t.Context(), []byte(content), nil); err != nil {
		t.Fatal(err)
	}
	if metadata != nil {
		if _, err := b.SetMetadata(t.Context(), metadata, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// carry runs a drill from its start to its clean-up, and wants nothing of it left.
func carry(t *testing.T, d drill.Drill) (*drill.Result, error) {
	t.Helper()
	result, err := drill.Start(t.Context(), drill.Options{
		Dir: t.TempDir(), Record: func(context.Context, evidence.Entry) error { return nil }, Now: clock.Now,
		TimeCap: 5 * time.Minute, CleanUpCap: 2 * time.Minute, CostCap: 100_000,
		Progress: func(e drill.Event) {
			if e.What == drill.Said || e.What == drill.Broke {
				t.Logf("%s %s: %s", e.Step, e.What, e.Detail)
			}
		},
	}, d)
	if result == nil {
		t.Fatalf("no result: %v", err)
	}
	for _, c := range result.Checks {
		t.Logf("%v %s: %s", c.OK, c.Name, c.Detail)
	}
	for _, id := range rehearsed.Resources() {
		if body := rehearsed.Body(id); at(body, "tags", drill.MarkerTag) == "tillit-"+result.Run {
			t.Errorf("%s is left", id)
		}
	}
	return result, err
}

// checked is a check of a result by its name.
func checked(t *testing.T, r *drill.Result, name string) drill.Check {
	t.Helper()
	i := slices.IndexFunc(r.Checks, func(c drill.Check) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return r.Checks[i]
}
