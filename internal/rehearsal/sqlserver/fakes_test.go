package sqlserver_test

import (
	"context"
	"net/http"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/sql/armsql/fake"
)

// polled and answered are answers that end what was asked at once.
func polled[T any]() (resp azfake.PollerResponder[T], errResp azfake.ErrorResponder) {
	var none T
	resp.SetTerminalResponse(http.StatusOK, none, nil)
	return resp, errResp
}

func answered[T any]() (resp azfake.Responder[T], errResp azfake.ErrorResponder) {
	var none T
	resp.SetResponse(http.StatusOK, none, nil)
	return resp, errResp
}

func paged[T any]() (resp azfake.PagerResponder[T]) {
	var none T
	resp.AddPage(http.StatusOK, none, nil)
	return resp
}

// fakes are the SDK's servers for what the drills ask of Azure SQL.
func fakes() *fake.ServerFactoryTransport {
	return fake.NewServerFactoryTransport(&fake.ServerFactory{
		DatabasesServer: fake.DatabasesServer{
			BeginCreateOrUpdate: func(context.Context, string, string, string, armsql.Database, *armsql.DatabasesClientBeginCreateOrUpdateOptions) (azfake.PollerResponder[armsql.DatabasesClientCreateOrUpdateResponse], azfake.ErrorResponder) {
				return polled[armsql.DatabasesClientCreateOrUpdateResponse]()
			},
			BeginDelete: func(context.Context, string, string, string, *armsql.DatabasesClientBeginDeleteOptions) (azfake.PollerResponder[armsql.DatabasesClientDeleteResponse], azfake.ErrorResponder) {
				return polled[armsql.DatabasesClientDeleteResponse]()
			},
			Get: func(context.Context, string, string, string, *armsql.DatabasesClientGetOptions) (azfake.Responder[armsql.DatabasesClientGetResponse], azfake.ErrorResponder) {
				return answered[armsql.DatabasesClientGetResponse]()
			},
		},
		RestorePointsServer: fake.RestorePointsServer{
			NewListByDatabasePager: func(string, string, string, *armsql.RestorePointsClientListByDatabaseOptions) azfake.PagerResponder[armsql.RestorePointsClientListByDatabaseResponse] {
				return paged[armsql.RestorePointsClientListByDatabaseResponse]()
			},
		},
		RestorableDroppedDatabasesServer: fake.RestorableDroppedDatabasesServer{
			NewListByServerPager: func(string, string, *armsql.RestorableDroppedDatabasesClientListByServerOptions) azfake.PagerResponder[armsql.RestorableDroppedDatabasesClientListByServerResponse] {
				return paged[armsql.RestorableDroppedDatabasesClientListByServerResponse]()
			},
		},
		RecoverableDatabasesServer: fake.RecoverableDatabasesServer{
			Get: func(context.Context, string, string, string, *armsql.RecoverableDatabasesClientGetOptions) (azfake.Responder[armsql.RecoverableDatabasesClientGetResponse], azfake.ErrorResponder) {
				return answered[armsql.RecoverableDatabasesClientGetResponse]()
			},
			NewListByServerPager: func(string, string, *armsql.RecoverableDatabasesClientListByServerOptions) azfake.PagerResponder[armsql.RecoverableDatabasesClientListByServerResponse] {
				return paged[armsql.RecoverableDatabasesClientListByServerResponse]()
			},
		},
		LongTermRetentionBackupsServer: fake.LongTermRetentionBackupsServer{
			NewListByDatabasePager: func(string, string, string, *armsql.LongTermRetentionBackupsClientListByDatabaseOptions) azfake.PagerResponder[armsql.LongTermRetentionBackupsClientListByDatabaseResponse] {
				return paged[armsql.LongTermRetentionBackupsClientListByDatabaseResponse]()
			},
			NewListByResourceGroupLocationPager: func(string, string, *armsql.LongTermRetentionBackupsClientListByResourceGroupLocationOptions) azfake.PagerResponder[armsql.LongTermRetentionBackupsClientListByResourceGroupLocationResponse] {
				return paged[armsql.LongTermRetentionBackupsClientListByResourceGroupLocationResponse]()
			},
			Get: func(context.Context, string, string, string, string, *armsql.LongTermRetentionBackupsClientGetOptions) (azfake.Responder[armsql.LongTermRetentionBackupsClientGetResponse], azfake.ErrorResponder) {
				return answered[armsql.LongTermRetentionBackupsClientGetResponse]()
			},
			BeginDelete: func(context.Context, string, string, string, string, *armsql.LongTermRetentionBackupsClientBeginDeleteOptions) (azfake.PollerResponder[armsql.LongTermRetentionBackupsClientDeleteResponse], azfake.ErrorResponder) {
				return polled[armsql.LongTermRetentionBackupsClientDeleteResponse]()
			},
		},
		ReplicationLinksServer: fake.ReplicationLinksServer{
			NewListByDatabasePager: func(string, string, string, *armsql.ReplicationLinksClientListByDatabaseOptions) azfake.PagerResponder[armsql.ReplicationLinksClientListByDatabaseResponse] {
				return paged[armsql.ReplicationLinksClientListByDatabaseResponse]()
			},
			Delete: func(context.Context, string, string, string, string, *armsql.ReplicationLinksClientDeleteOptions) (azfake.Responder[armsql.ReplicationLinksClientDeleteResponse], azfake.ErrorResponder) {
				return answered[armsql.ReplicationLinksClientDeleteResponse]()
			},
			BeginFailover: func(context.Context, string, string, string, string, *armsql.ReplicationLinksClientBeginFailoverOptions) (azfake.PollerResponder[armsql.ReplicationLinksClientFailoverResponse], azfake.ErrorResponder) {
				return polled[armsql.ReplicationLinksClientFailoverResponse]()
			},
			BeginFailoverAllowDataLoss: func(context.Context, string, string, string, string, *armsql.ReplicationLinksClientBeginFailoverAllowDataLossOptions) (azfake.PollerResponder[armsql.ReplicationLinksClientFailoverAllowDataLossResponse], azfake.ErrorResponder) {
				return polled[armsql.ReplicationLinksClientFailoverAllowDataLossResponse]()
			},
		},
		FailoverGroupsServer: fake.FailoverGroupsServer{
			BeginCreateOrUpdate: func(context.Context, string, string, string, armsql.FailoverGroup, *armsql.FailoverGroupsClientBeginCreateOrUpdateOptions) (azfake.PollerResponder[armsql.FailoverGroupsClientCreateOrUpdateResponse], azfake.ErrorResponder) {
				return polled[armsql.FailoverGroupsClientCreateOrUpdateResponse]()
			},
			BeginDelete: func(context.Context, string, string, string, *armsql.FailoverGroupsClientBeginDeleteOptions) (azfake.PollerResponder[armsql.FailoverGroupsClientDeleteResponse], azfake.ErrorResponder) {
				return polled[armsql.FailoverGroupsClientDeleteResponse]()
			},
			Get: func(context.Context, string, string, string, *armsql.FailoverGroupsClientGetOptions) (azfake.Responder[armsql.FailoverGroupsClientGetResponse], azfake.ErrorResponder) {
				return answered[armsql.FailoverGroupsClientGetResponse]()
			},
			NewListByServerPager: func(string, string, *armsql.FailoverGroupsClientListByServerOptions) azfake.PagerResponder[armsql.FailoverGroupsClientListByServerResponse] {
				return paged[armsql.FailoverGroupsClientListByServerResponse]()
			},
			BeginFailover: func(context.Context, string, string, string, *armsql.FailoverGroupsClientBeginFailoverOptions) (azfake.PollerResponder[armsql.FailoverGroupsClientFailoverResponse], azfake.ErrorResponder) {
				return polled[armsql.FailoverGroupsClientFailoverResponse]()
			},
			BeginForceFailoverAllowDataLoss: func(context.Context, string, string, string, *armsql.FailoverGroupsClientBeginForceFailoverAllowDataLossOptions) (azfake.PollerResponder[armsql.FailoverGroupsClientForceFailoverAllowDataLossResponse], azfake.ErrorResponder) {
				return polled[armsql.FailoverGroupsClientForceFailoverAllowDataLossResponse]()
			},
		},
	})
}
