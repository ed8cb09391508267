package vault_test

import (
	"context"
	"net/http"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	data "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3/fake"
)

func fakes() *fake.ServerFactoryTransport {
	return fake.NewServerFactoryTransport(&fake.ServerFactory{
		BackupInstancesServer: fake.BackupInstancesServer{
			BeginAdhocBackup: func(context.Context, string, string, string, data.TriggerBackupRequest, *data.BackupInstancesClientBeginAdhocBackupOptions) (resp azfake.PollerResponder[data.BackupInstancesClientAdhocBackupResponse], _ azfake.ErrorResponder) {
				resp.SetTerminalResponse(http.StatusOK, data.BackupInstancesClientAdhocBackupResponse{}, nil)
				return
			},
			BeginValidateForRestore: func(context.Context, string, string, string, data.ValidateRestoreRequestObject, *data.BackupInstancesClientBeginValidateForRestoreOptions) (resp azfake.PollerResponder[data.BackupInstancesClientValidateForRestoreResponse], _ azfake.ErrorResponder) {
				resp.SetTerminalResponse(http.StatusOK, data.BackupInstancesClientValidateForRestoreResponse{}, nil)
				return
			},
			BeginTriggerRestore: func(context.Context, string, string, string, data.AzureBackupRestoreRequestClassification, *data.BackupInstancesClientBeginTriggerRestoreOptions) (resp azfake.PollerResponder[data.BackupInstancesClientTriggerRestoreResponse], _ azfake.ErrorResponder) {
				resp.SetTerminalResponse(http.StatusOK, data.BackupInstancesClientTriggerRestoreResponse{}, nil)
				return
			},
		},
		RecoveryPointsServer: fake.RecoveryPointsServer{
			Get: func(context.Context, string, string, string, string, *data.RecoveryPointsClientGetOptions) (resp azfake.Responder[data.RecoveryPointsClientGetResponse], _ azfake.ErrorResponder) {
				resp.SetResponse(http.StatusOK, data.RecoveryPointsClientGetResponse{}, nil)
				return
			},
			NewListPager: func(string, string, string, *data.RecoveryPointsClientListOptions) (resp azfake.PagerResponder[data.RecoveryPointsClientListResponse]) {
				resp.AddPage(http.StatusOK, data.RecoveryPointsClientListResponse{}, nil)
				return
			},
		},
		JobsServer: fake.JobsServer{
			Get: func(context.Context, string, string, string, *data.JobsClientGetOptions) (resp azfake.Responder[data.JobsClientGetResponse], _ azfake.ErrorResponder) {
				resp.SetResponse(http.StatusOK, data.JobsClientGetResponse{}, nil)
				return
			},
			NewListPager: func(string, string, *data.JobsClientListOptions) (resp azfake.PagerResponder[data.JobsClientListResponse]) {
				resp.AddPage(http.StatusOK, data.JobsClientListResponse{}, nil)
				return
			},
		},
		DeletedBackupInstancesServer: fake.DeletedBackupInstancesServer{
			Get: func(context.Context, string, string, string, *data.DeletedBackupInstancesClientGetOptions) (resp azfake.Responder[data.DeletedBackupInstancesClientGetResponse], _ azfake.ErrorResponder) {
				resp.SetResponse(http.StatusOK, data.DeletedBackupInstancesClientGetResponse{}, nil)
				return
			},
		},
	})
}
