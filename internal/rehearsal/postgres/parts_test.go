package postgres_test

import (
	"testing"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	here "github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// A parameter that takes a restart waits for it, and says so.
func TestParametersThatWait(t *testing.T) {
	ctx := t.Context()
	group := "/subscriptions/" + here.Subscription + "/resourceGroups/rg-waiting"
	rehearsaltest.Put(t, azure.Server, group, "2022-09-01", armresources.GenericResource{Location: new("westeurope")})
	id := rehearsaltest.Put(t, azure.Server, group+"/providers/Microsoft.DBforPostgreSQL/flexibleServers/waiting", "2024-08-01", armresources.GenericResource{
		Location: new("westeurope"), Properties: map[string]any{"version": "15"},
	})
	t.Cleanup(func() {
		if err := rehearsaltest.Remove(t, azure.Server, id, "2024-08-01"); err != nil {
			t.Error(err)
		}
	})
	credential, options := rehearsaltest.SDK(azure)
	c, err := pg.NewClientFactory(here.Subscription, credential, options)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name, value string) {
		t.Helper()
		poller, err := c.NewConfigurationsClient().BeginPut(ctx, "rg-waiting", "waiting", name, pg.Configuration{
			Properties: &pg.ConfigurationProperties{Source: new("user-override"), Value: &value},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := poller.PollUntilDone(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := func(name, value string, waits bool) {
		t.Helper()
		got, err := c.NewConfigurationsClient().Get(ctx, "rg-waiting", "waiting", name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p := got.Properties; *p.Value != value || *p.IsConfigPendingRestart != waits || *p.Source != "user-override" {
			t.Errorf("%s is %s (%s), waits %v", name, *p.Value, *p.Source, *p.IsConfigPendingRestart)
		}
	}
	set("work_mem", "8192")
	set("track_activity_query_size", "2048")
	want("work_mem", "8192", false)
	want("track_activity_query_size", "2048", true)
	poller, err := c.NewServersClient().BeginRestart(ctx, "rg-waiting", "waiting", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.PollUntilDone(ctx, nil); err != nil {
		t.Fatal(err)
	}
	want("work_mem", "8192", false)
	want("track_activity_query_size", "2048", false)
	s := azure.Hosts.Server("waiting")
	if err := s.Administrator(ctx, "databases"); err != nil {
		t.Fatal(err)
	}
	if is := ask[string](t, rehearsaltest.SignIn(t, azure, s, "databases", "postgres"), "show track_activity_query_size"); is != "2kB" {
		t.Errorf("the server has %s", is)
	}
}
