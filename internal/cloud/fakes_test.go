package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	dpfake "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3/fake"
	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	pgfake "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	resfake "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
	sqlfake "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	stfake "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage/fake"

	"github.com/tillit-dev/tillit/internal/drill"
)

// fakes are the SDK's own servers, asked in the network's stead.
type fakes struct {
	t                                           *testing.T
	postgres, sql, storage, protection, generic interface {
		Do(*http.Request) (*http.Response, error)
	}
}

func (f fakes) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer eyJ") {
		f.t.Errorf("%s %s carries no token", r.Method, r.URL)
	}
	server := f.generic
	name, _ := r.Context().Value(runtime.CtxAPINameKey{}).(string)
	path := strings.ToLower(r.URL.Path)
	switch {
	case strings.HasPrefix(name, "Client.") || strings.HasPrefix(name, "ResourceGroupsClient."):
	case strings.Contains(path, "microsoft.dbforpostgresql"):
		server = f.postgres
	case strings.Contains(path, "microsoft.sql"):
		server = f.sql
	case strings.Contains(path, "microsoft.storage"):
		server = f.storage
	case strings.Contains(path, "microsoft.dataprotection"):
		server = f.protection
	}
	response, err := server.Do(r)
	var refusal *azcore.ResponseError
	if errors.As(err, &refusal) { // a fake gives what the client would make of its answer
		response, err = refusal.RawResponse, nil
	}
	if response != nil {
		response.Header.Set("Retry-After-Ms", "1")
		if response.Body == nil {
			response.Body = http.NoBody
		}
	}
	return response, err
}

func poller[T any](code int, value T) (p azfake.PollerResponder[T], e azfake.ErrorResponder) {
	p.AddNonTerminalResponse(code, nil)
	p.AddNonTerminalResponse(http.StatusAccepted, nil)
	p.SetTerminalResponse(http.StatusOK, value, nil)
	return p, e
}

func once[T any](code int, value T) (r azfake.Responder[T], e azfake.ErrorResponder) {
	r.SetResponse(code, value, nil)
	return r, e
}

func pages[T any](all ...T) (p azfake.PagerResponder[T]) {
	for _, page := range all {
		p.AddPage(http.StatusOK, page, nil)
	}
	return p
}

// heard are the arguments that the servers got.
type heard struct {
	t   *testing.T
	got []string
}

func (h *heard) note(format string, args ...any) { h.got = append(h.got, fmt.Sprintf(format, args...)) }

// The requests of every operation that this package and the finding of estates
// use, and of those that change something, reach the SDK's own servers whole, and
// their answers come back.
func TestSDKsOwnServers(t *testing.T) {
	t.Parallel()
	h := &heard{t: t}
	point := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	id := idOf(bench, "Microsoft.DBforPostgreSQL/flexibleServers/pgx")
	c := connected(t, serve(t, good).URL, &signs{})
	c.manager.http.Transport.(*attempts).base = fakes{
		t:          t,
		postgres:   pgfake.NewServerFactoryTransport(h.postgres()),
		sql:        sqlfake.NewServerFactoryTransport(h.sql()),
		storage:    stfake.NewServerFactoryTransport(h.storage()),
		protection: dpfake.NewServerFactoryTransport(h.protection()),
		generic:    resfake.NewServerFactoryTransport(h.generic(id)),
	}
	ctx := t.Context()

	made, err := c.Postgres.NewServersClient().BeginCreate(ctx, bench, "pgx", pg.Server{
		Location: to.Ptr("westeurope"), Tags: tagged(mine),
		Properties: &pg.ServerProperties{CreateMode: to.Ptr(pg.CreateModePointInTimeRestore), SourceServerResourceID: to.Ptr("/source"), PointInTimeUTC: to.Ptr(point)},
	}, nil)
	if s, err := Done(ctx, made, err); err != nil || *s.Name != "pgx" {
		t.Errorf("create a server: %v", err)
	}
	promoted, err := c.Postgres.NewServersClient().BeginUpdate(ctx, bench, "pgx", pg.ServerForUpdate{Properties: &pg.ServerPropertiesForUpdate{
		Replica: &pg.Replica{PromoteMode: to.Ptr(pg.ReadReplicaPromoteModeStandalone), PromoteOption: to.Ptr(pg.ReplicationPromoteOptionForced)},
	}}, nil)
	if _, err := Done(ctx, promoted, err); err != nil {
		t.Errorf("promote: %v", err)
	}
	administrator, err := c.Postgres.NewAdministratorsClient().BeginCreate(ctx, bench, "pgx", "oid", pg.ActiveDirectoryAdministratorAdd{
		Properties: &pg.AdministratorPropertiesForAdd{PrincipalName: to.Ptr("id-drill"), PrincipalType: to.Ptr(pg.PrincipalTypeServicePrincipal)}}, nil)
	if _, err := Done(ctx, administrator, err); err != nil {
		t.Errorf("make an administrator: %v", err)
	}
	if s, err := c.Postgres.NewServersClient().Get(ctx, bench, "pgx", nil); err != nil || *s.Name != "pgx" {
		t.Errorf("read a server: %v", err)
	}
	if page, err := c.Postgres.NewDatabasesClient().NewListByServerPager(bench, "pgx", nil).NextPage(ctx); err != nil || len(page.Value) != 1 {
		t.Errorf("list databases: %v", err)
	}
	if s, err := c.SQL.NewServersClient().Get(ctx, bench, "sqlx", nil); err != nil || *s.Name != "sqlx" {
		t.Errorf("read an SQL server: %v", err)
	}
	if page, err := c.SQL.NewDatabasesClient().NewListByServerPager(bench, "sqlx", nil).NextPage(ctx); err != nil || len(page.Value) != 1 {
		t.Errorf("list SQL databases: %v", err)
	}
	account, err := c.Storage.NewAccountsClient().BeginCreate(ctx, bench, "scratch", armstorage.AccountCreateParameters{
		Kind: to.Ptr(armstorage.KindStorageV2), Location: to.Ptr("westeurope"), SKU: &armstorage.SKU{Name: to.Ptr(armstorage.SKUNameStandardLRS)}, Tags: tagged(mine)}, nil)
	if _, err := Done(ctx, account, err); err != nil {
		t.Errorf("create an account: %v", err)
	}
	restored, err := c.Storage.NewAccountsClient().BeginRestoreBlobRanges(ctx, bench, "scratch", armstorage.BlobRestoreParameters{
		TimeToRestore: to.Ptr(point), BlobRanges: []*armstorage.BlobRestoreRange{{StartRange: to.Ptr("issued/a"), EndRange: to.Ptr("")}}}, nil)
	if _, err := Done(ctx, restored, err); err != nil {
		t.Errorf("restore blobs: %v", err)
	}
	if a, err := c.Storage.NewAccountsClient().GetProperties(ctx, bench, "scratch", nil); err != nil || *a.Name != "scratch" {
		t.Errorf("read an account: %v", err)
	}
	if page, err := c.Storage.NewBlobContainersClient().NewListPager(bench, "scratch", nil).NextPage(ctx); err != nil || len(page.Value) != 1 {
		t.Errorf("list containers: %v", err)
	}
	if v, err := c.Protection.NewBackupVaultsClient().Get(ctx, bench, "bvault", nil); err != nil || *v.Name != "bvault" {
		t.Errorf("read a vault: %v", err)
	}
	if page, err := c.Protection.NewRecoveryPointsClient().NewListPager(bench, "bvault", "one", nil).NextPage(ctx); err != nil || len(page.Value) != 1 {
		t.Errorf("list recovery points: %v", err)
	}
	files, err := c.Protection.NewBackupInstancesClient().BeginTriggerRestore(ctx, bench, "bvault", "one", &armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest{
		ObjectType: to.Ptr("AzureBackupRecoveryPointBasedRestoreRequest"), RecoveryPointID: to.Ptr("point"), SourceDataStoreType: to.Ptr(armdataprotection.SourceDataStoreTypeVaultStore),
		RestoreTargetInfo: &armdataprotection.RestoreFilesTargetInfo{
			ObjectType: to.Ptr("RestoreFilesTargetInfo"), RecoveryOption: to.Ptr(armdataprotection.RecoveryOptionFailIfExists),
			TargetDetails: &armdataprotection.TargetDetails{FilePrefix: to.Ptr("drill"), RestoreTargetLocationType: to.Ptr(armdataprotection.RestoreTargetLocationTypeAzureBlobs), URL: to.Ptr("https://scratch/c")},
		}}, nil)
	if _, err := Done(ctx, files, err); err != nil {
		t.Errorf("restore from a vault: %v", err)
	}
	if page, err := c.Resources.NewResourceGroupsClient().NewListPager(&armresources.ResourceGroupsClientListOptions{Filter: to.Ptr("tagName eq 'estate'")}).NextPage(ctx); err != nil || len(page.Value) != 1 {
		t.Errorf("list groups: %v", err)
	}
	if page, err := c.Resources.NewClient().NewListPager(&armresources.ClientListOptions{Filter: to.Ptr("tagName eq 'estate'")}).NextPage(ctx); err != nil || len(page.Value) != 1 {
		t.Errorf("list resources: %v", err)
	}

	target := c.Target(bench)
	ids, err := target.Marked(ctx, mine)
	if err != nil || len(ids) != 1 || ids[0] != id {
		t.Fatalf("listed %q, %v", ids, err)
	}
	if err := target.Delete(ctx, id); err != nil {
		t.Errorf("delete: %v", err)
	}

	want := []string{
		"create rg-drills/pgx: PointInTimeRestore of /source at 2026-11-22T12:00:00Z for tillit-run-1",
		"promote rg-drills/pgx: standalone, forced",
		"administrator oid of pgx: id-drill, ServicePrincipal",
		"read pgx", "databases of pgx", "read sqlx", "databases of sqlx",
		"create account rg-drills/scratch for tillit-run-1",
		"restore scratch to 2026-11-22T12:00:00Z from issued/a",
		"read scratch", "containers of scratch", "read bvault", "points of one in bvault",
		"restore one: point into RestoreFilesTargetInfo drill",
		"groups with tagName eq 'estate'", "resources with tagName eq 'estate'",
		"servers in rg-drills", "accounts in rg-drills", "SQL servers in rg-drills",
		"resources in rg-drills with tagName eq 'tillit-run' and tagValue eq 'tillit-run-1', provisioningState",
		"look at " + id + " 2024-08-01", "look at " + id + " 2024-08-01", "delete " + id + " 2024-08-01", "look at " + id + " 2024-08-01",
	}
	if !reflect.DeepEqual(h.got, want) {
		t.Errorf("the servers heard\n%s\nwant\n%s", strings.Join(h.got, "\n"), strings.Join(want, "\n"))
	}
}

func (h *heard) postgres() *pgfake.ServerFactory {
	one := pg.Server{Name: to.Ptr("pgx")}
	return &pgfake.ServerFactory{
		ServersServer: pgfake.ServersServer{
			BeginCreate: func(_ context.Context, group, name string, s pg.Server, _ *pg.ServersClientBeginCreateOptions) (azfake.PollerResponder[pg.ServersClientCreateResponse], azfake.ErrorResponder) {
				p := s.Properties
				h.note("create %s/%s: %s of %s at %s for %s", group, name, *p.CreateMode, *p.SourceServerResourceID, p.PointInTimeUTC.Format(time.RFC3339), markerOf(s.Tags))
				return poller(http.StatusCreated, pg.ServersClientCreateResponse{Server: one})
			},
			BeginUpdate: func(_ context.Context, group, name string, s pg.ServerForUpdate, _ *pg.ServersClientBeginUpdateOptions) (azfake.PollerResponder[pg.ServersClientUpdateResponse], azfake.ErrorResponder) {
				h.note("promote %s/%s: %s, %s", group, name, *s.Properties.Replica.PromoteMode, *s.Properties.Replica.PromoteOption)
				return poller(http.StatusAccepted, pg.ServersClientUpdateResponse{Server: one})
			},
			Get: func(_ context.Context, _, name string, _ *pg.ServersClientGetOptions) (azfake.Responder[pg.ServersClientGetResponse], azfake.ErrorResponder) {
				h.note("read %s", name)
				return once(http.StatusOK, pg.ServersClientGetResponse{Server: one})
			},
			NewListByResourceGroupPager: func(group string, _ *pg.ServersClientListByResourceGroupOptions) azfake.PagerResponder[pg.ServersClientListByResourceGroupResponse] {
				h.note("servers in %s", group)
				return pages(pg.ServersClientListByResourceGroupResponse{})
			},
		},
		AdministratorsServer: pgfake.AdministratorsServer{
			BeginCreate: func(_ context.Context, _, name, object string, a pg.ActiveDirectoryAdministratorAdd, _ *pg.AdministratorsClientBeginCreateOptions) (azfake.PollerResponder[pg.AdministratorsClientCreateResponse], azfake.ErrorResponder) {
				h.note("administrator %s of %s: %s, %s", object, name, *a.Properties.PrincipalName, *a.Properties.PrincipalType)
				return poller(http.StatusAccepted, pg.AdministratorsClientCreateResponse{})
			},
		},
		DatabasesServer: pgfake.DatabasesServer{
			NewListByServerPager: func(_, name string, _ *pg.DatabasesClientListByServerOptions) azfake.PagerResponder[pg.DatabasesClientListByServerResponse] {
				h.note("databases of %s", name)
				return pages(pg.DatabasesClientListByServerResponse{DatabaseListResult: pg.DatabaseListResult{Value: []*pg.Database{{Name: to.Ptr("main")}}}})
			},
		},
	}
}

func (h *heard) sql() *sqlfake.ServerFactory {
	return &sqlfake.ServerFactory{
		ServersServer: sqlfake.ServersServer{
			Get: func(_ context.Context, _, name string, _ *armsql.ServersClientGetOptions) (azfake.Responder[armsql.ServersClientGetResponse], azfake.ErrorResponder) {
				h.note("read %s", name)
				return once(http.StatusOK, armsql.ServersClientGetResponse{Server: armsql.Server{Name: to.Ptr(name)}})
			},
			NewListByResourceGroupPager: func(group string, _ *armsql.ServersClientListByResourceGroupOptions) azfake.PagerResponder[armsql.ServersClientListByResourceGroupResponse] {
				h.note("SQL servers in %s", group)
				return pages(armsql.ServersClientListByResourceGroupResponse{})
			},
		},
		DatabasesServer: sqlfake.DatabasesServer{
			NewListByServerPager: func(_, name string, _ *armsql.DatabasesClientListByServerOptions) azfake.PagerResponder[armsql.DatabasesClientListByServerResponse] {
				h.note("databases of %s", name)
				return pages(armsql.DatabasesClientListByServerResponse{DatabaseListResult: armsql.DatabaseListResult{Value: []*armsql.Database{{Name: to.Ptr("main")}}}})
			},
		},
	}
}

func (h *heard) storage() *stfake.ServerFactory {
	return &stfake.ServerFactory{
		AccountsServer: stfake.AccountsServer{
			BeginCreate: func(_ context.Context, group, name string, a armstorage.AccountCreateParameters, _ *armstorage.AccountsClientBeginCreateOptions) (azfake.PollerResponder[armstorage.AccountsClientCreateResponse], azfake.ErrorResponder) {
				h.note("create account %s/%s for %s", group, name, markerOf(a.Tags))
				return poller(http.StatusAccepted, armstorage.AccountsClientCreateResponse{Account: armstorage.Account{Name: to.Ptr(name)}})
			},
			BeginRestoreBlobRanges: func(_ context.Context, _, name string, b armstorage.BlobRestoreParameters, _ *armstorage.AccountsClientBeginRestoreBlobRangesOptions) (azfake.PollerResponder[armstorage.AccountsClientRestoreBlobRangesResponse], azfake.ErrorResponder) {
				h.note("restore %s to %s from %s", name, b.TimeToRestore.Format(time.RFC3339), *b.BlobRanges[0].StartRange)
				return poller(http.StatusAccepted, armstorage.AccountsClientRestoreBlobRangesResponse{})
			},
			GetProperties: func(_ context.Context, _, name string, _ *armstorage.AccountsClientGetPropertiesOptions) (azfake.Responder[armstorage.AccountsClientGetPropertiesResponse], azfake.ErrorResponder) {
				h.note("read %s", name)
				return once(http.StatusOK, armstorage.AccountsClientGetPropertiesResponse{Account: armstorage.Account{Name: to.Ptr(name)}})
			},
			NewListByResourceGroupPager: func(group string, _ *armstorage.AccountsClientListByResourceGroupOptions) azfake.PagerResponder[armstorage.AccountsClientListByResourceGroupResponse] {
				h.note("accounts in %s", group)
				return pages(armstorage.AccountsClientListByResourceGroupResponse{})
			},
		},
		BlobContainersServer: stfake.BlobContainersServer{
			NewListPager: func(_, name string, _ *armstorage.BlobContainersClientListOptions) azfake.PagerResponder[armstorage.BlobContainersClientListResponse] {
				h.note("containers of %s", name)
				return pages(armstorage.BlobContainersClientListResponse{ListContainerItems: armstorage.ListContainerItems{Value: []*armstorage.ListContainerItem{{Name: to.Ptr("issued")}}}})
			},
		},
	}
}

func (h *heard) protection() *dpfake.ServerFactory {
	return &dpfake.ServerFactory{
		BackupVaultsServer: dpfake.BackupVaultsServer{
			Get: func(_ context.Context, _, name string, _ *armdataprotection.BackupVaultsClientGetOptions) (azfake.Responder[armdataprotection.BackupVaultsClientGetResponse], azfake.ErrorResponder) {
				h.note("read %s", name)
				return once(http.StatusOK, armdataprotection.BackupVaultsClientGetResponse{BackupVaultResource: armdataprotection.BackupVaultResource{Name: to.Ptr(name)}})
			},
		},
		RecoveryPointsServer: dpfake.RecoveryPointsServer{
			NewListPager: func(_, vault, instance string, _ *armdataprotection.RecoveryPointsClientListOptions) azfake.PagerResponder[armdataprotection.RecoveryPointsClientListResponse] {
				h.note("points of %s in %s", instance, vault)
				return pages(armdataprotection.RecoveryPointsClientListResponse{AzureBackupRecoveryPointResourceList: armdataprotection.AzureBackupRecoveryPointResourceList{
					Value: []*armdataprotection.AzureBackupRecoveryPointResource{{Name: to.Ptr("point")}}}})
			},
		},
		BackupInstancesServer: dpfake.BackupInstancesServer{
			BeginTriggerRestore: func(_ context.Context, _, _, instance string, r armdataprotection.AzureBackupRestoreRequestClassification, _ *armdataprotection.BackupInstancesClientBeginTriggerRestoreOptions) (azfake.PollerResponder[armdataprotection.BackupInstancesClientTriggerRestoreResponse], azfake.ErrorResponder) {
				request, ok := r.(*armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest)
				if !ok {
					h.t.Fatalf("a restore is asked for by a %T", r)
				}
				into := request.RestoreTargetInfo.(*armdataprotection.RestoreFilesTargetInfo)
				h.note("restore %s: %s into %s %s", instance, *request.RecoveryPointID, *into.ObjectType, *into.TargetDetails.FilePrefix)
				return poller(http.StatusAccepted, armdataprotection.BackupInstancesClientTriggerRestoreResponse{})
			},
		},
	}
}

// generic is the Resource Manager itself, with one resource that can be deleted.
func (h *heard) generic(id string) *resfake.ServerFactory {
	gone := false
	one := armresources.GenericResourceExpanded{ID: to.Ptr(id), ProvisioningState: to.Ptr("Succeeded")}
	return &resfake.ServerFactory{
		ResourceGroupsServer: resfake.ResourceGroupsServer{
			NewListPager: func(o *armresources.ResourceGroupsClientListOptions) azfake.PagerResponder[armresources.ResourceGroupsClientListResponse] {
				h.note("groups with %s", *o.Filter)
				return pages(armresources.ResourceGroupsClientListResponse{ResourceGroupListResult: armresources.ResourceGroupListResult{Value: []*armresources.ResourceGroup{{Name: to.Ptr(bench)}}}})
			},
		},
		Server: resfake.Server{
			NewListPager: func(o *armresources.ClientListOptions) azfake.PagerResponder[armresources.ClientListResponse] {
				h.note("resources with %s", *o.Filter)
				return pages(armresources.ClientListResponse{ResourceListResult: armresources.ResourceListResult{Value: []*armresources.GenericResourceExpanded{&one}}})
			},
			NewListByResourceGroupPager: func(group string, o *armresources.ClientListByResourceGroupOptions) azfake.PagerResponder[armresources.ClientListByResourceGroupResponse] {
				h.note("resources in %s with %s, %s", group, *o.Filter, *o.Expand)
				return pages(armresources.ClientListByResourceGroupResponse{ResourceListResult: armresources.ResourceListResult{Value: []*armresources.GenericResourceExpanded{&one}}})
			},
			GetByID: func(_ context.Context, id, version string, _ *armresources.ClientGetByIDOptions) (r azfake.Responder[armresources.ClientGetByIDResponse], e azfake.ErrorResponder) {
				h.note("look at /%s %s", strings.TrimPrefix(id, "/"), version)
				if gone {
					e.SetResponseError(http.StatusNotFound, "ResourceNotFound")
					return r, e
				}
				return once(http.StatusOK, armresources.ClientGetByIDResponse{GenericResource: armresources.GenericResource{
					ID: to.Ptr(id), Tags: map[string]*string{drill.MarkerTag: to.Ptr(mine)}, Properties: map[string]any{"state": "Ready"}}})
			},
			BeginDeleteByID: func(_ context.Context, id, version string, _ *armresources.ClientBeginDeleteByIDOptions) (azfake.PollerResponder[armresources.ClientDeleteByIDResponse], azfake.ErrorResponder) {
				h.note("delete /%s %s", strings.TrimPrefix(id, "/"), version)
				gone = true
				return poller(http.StatusAccepted, armresources.ClientDeleteByIDResponse{})
			},
		},
	}
}
