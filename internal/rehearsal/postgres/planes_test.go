package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	ids "github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// clients are those of Azure's SDK.
func clients(t *testing.T) (*pg.ClientFactory, *armresources.ResourceGroupsClient) {
	t.Helper()
	credential, options := rehearsaltest.SDK(azure)
	servers, err := pg.NewClientFactory(ids.Subscription, credential, options)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := armresources.NewResourceGroupsClient(ids.Subscription, credential, options)
	if err != nil {
		t.Fatal(err)
	}
	return servers, groups
}

func to[T any](v T) *T { return &v }

// done waits for a long-running operation of the SDK.
func done[T any](t *testing.T, p *runtime.Poller[T], err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.PollUntilDone(context.Background(), &runtime.PollUntilDoneOptions{Frequency: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestThroughTheClientsOfTheSDK(t *testing.T) {
	ctx := context.Background()
	factory, groups := clients(t)
	if _, err := groups.CreateOrUpdate(ctx, "rg", armresources.ResourceGroup{Location: to("westeurope")}, nil); err != nil {
		t.Fatal(err)
	}
	servers := factory.NewServersClient()
	sku := &pg.SKU{Name: to("Standard_D4ds_v5"), Tier: to(pg.SKUTierGeneralPurpose)}
	create := func(name string, p pg.ServerProperties) pg.Server {
		poller, err := servers.BeginCreate(ctx, "rg", name, pg.Server{Location: to("westeurope"), SKU: sku, Properties: &p}, nil)
		s := done(t, poller, err).Server
		t.Cleanup(func() {
			poller, err := servers.BeginDelete(ctx, "rg", name, nil)
			done(t, poller, err)
		})
		return s
	}
	source := create("arm-source", pg.ServerProperties{
		CreateMode: to(pg.CreateModeCreate), Version: to(pg.ServerVersion("15")), HighAvailability: &pg.HighAvailability{Mode: to(pg.HighAvailabilityModeSameZone)},
	})
	if !strings.HasPrefix(*source.Properties.FullyQualifiedDomainName, "localhost:") || *source.Properties.State != pg.ServerStateReady {
		t.Errorf("the server is %v", *source.Properties.FullyQualifiedDomainName)
	}
	if source.Properties.Backup == nil || source.Properties.Backup.EarliestRestoreDate.After(clock.Now().Add(2*time.Second)) {
		t.Errorf("its backup is %+v", source.Properties.Backup)
	}
	database, err := factory.NewDatabasesClient().BeginCreate(ctx, "rg", "arm-source", "ledger", pg.Database{Properties: &pg.DatabaseProperties{}}, nil)
	done(t, database, err)
	admin, err := factory.NewAdministratorsClient().BeginCreate(ctx, "rg", "arm-source", "22222222-2222-4222-8222-222222222222",
		pg.ActiveDirectoryAdministratorAdd{Properties: &pg.AdministratorPropertiesForAdd{PrincipalName: to("databases")}}, nil)
	done(t, admin, err)
	settings := factory.NewConfigurationsClient()
	setting, err := settings.BeginUpdate(ctx, "rg", "arm-source", "log_checkpoints", pg.ConfigurationForUpdate{Properties: &pg.ConfigurationProperties{Value: to("off"), Source: to("user-override")}}, nil)
	done(t, setting, err)
	put, err := settings.BeginPut(ctx, "rg", "arm-source", "work_mem", pg.Configuration{Properties: &pg.ConfigurationProperties{Value: to("8192kB"), Source: to("user-override")}}, nil)
	done(t, put, err)

	s := azure.Hosts.Server("arm-source")
	c := connect(t, s)
	if v := ask[string](t, c, "show work_mem"); v != "8MB" {
		t.Errorf("work_mem is %s", v)
	}
	exec(t, c, "create table beats (n int)")
	restorable(t, s)
	exec(t, c, "insert into beats values (1)")
	point := ask[time.Time](t, c, "select clock_timestamp()")
	exec(t, c, "insert into beats values (2)")

	backups := 0
	for pager := factory.NewBackupsClient().NewListByServerPager("rg", "arm-source", nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		backups += len(page.Value)
	}
	if backups != 1 {
		t.Errorf("%d backups, want the first", backups)
	}
	sku = nil
	create("arm-restored", pg.ServerProperties{CreateMode: to(pg.CreateModePointInTimeRestore), SourceServerResourceID: source.ID, PointInTimeUTC: &point})
	if n := ask[int](t, connect(t, azure.Hosts.Server("arm-restored")), "select count(*) from beats"); n != 1 {
		t.Errorf("%d rows in the restored server", n)
	}

	for name, want := range map[string][2]string{"log_checkpoints": {"off", "on"}, "pgaudit.log": {"none", "none"}, "max_connections": {"100", "100"}} {
		for i, server := range []string{"arm-source", "arm-restored"} {
			got, err := settings.Get(ctx, "rg", server, name, nil)
			if err != nil || *got.Properties.Value != want[i] {
				t.Errorf("%s of %s: %v, %v, want %s", name, server, got.Properties, err, want[i])
			}
		}
	}
	restored, err := servers.Get(ctx, "rg", "arm-restored", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := restored.Properties; *p.Version != "15" || *restored.SKU.Name != "Standard_D4ds_v5" || *p.HighAvailability.Mode != pg.HighAvailabilityModeDisabled || p.Network.DelegatedSubnetResourceID != nil {
		t.Errorf("the restored server has %+v", p)
	}
	for administrators := factory.NewAdministratorsClient().NewListByServerPager("rg", "arm-restored", nil); administrators.More(); {
		page, err := administrators.NextPage(ctx)
		if err != nil || len(page.Value) != 0 {
			t.Errorf("it has administrators: %v, %v", page.Value, err)
		}
	}

	replica := create("arm-replica", pg.ServerProperties{CreateMode: to(pg.CreateModeReplica), SourceServerResourceID: source.ID})
	if *replica.Properties.ReplicationRole != pg.ReplicationRoleAsyncReplica {
		t.Errorf("its role is %s", *replica.Properties.ReplicationRole)
	}
	promoted, err := servers.BeginUpdate(ctx, "rg", "arm-replica", pg.ServerForUpdate{Properties: &pg.ServerPropertiesForUpdate{
		Replica: &pg.Replica{Role: to(pg.ReplicationRoleNone), PromoteMode: to(pg.ReadReplicaPromoteModeStandalone), PromoteOption: to(pg.ReplicationPromoteOptionForced)},
	}}, nil)
	if role := *done(t, promoted, err).Properties.ReplicationRole; role != pg.ReplicationRolePrimary {
		t.Errorf("its role is %s now", role)
	}
	exec(t, connect(t, azure.Hosts.Server("arm-replica")), "insert into beats values (3)")

	never, err := servers.BeginCreate(ctx, "rg", "arm-never", pg.Server{Location: to("westeurope"), Properties: &pg.ServerProperties{
		CreateMode: to(pg.CreateModePointInTimeRestore), SourceServerResourceID: source.ID, PointInTimeUTC: to(point.AddDate(0, 0, -40)),
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := never.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: 20 * time.Millisecond}); err == nil || !strings.Contains(err.Error(), "earliest") {
		t.Errorf("a point before the first backup: %v", err)
	}
}
