package vault_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/tillit-dev/tillit/internal/rehearsal/postgres"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

const (
	postgresKind = "Microsoft.DBforPostgreSQL/flexibleServers"
	blobsKind    = "Microsoft.Storage/storageAccounts/blobServices"
)

// backup takes a copy on demand and returns its job.
func backup(t *testing.T, instance, rule, tag string) (string, error) {
	t.Helper()
	ctx := context.Background()
	request := armdataprotection.TriggerBackupRequest{BackupRuleOptions: &armdataprotection.AdHocBackupRuleOptions{
		RuleName: new(rule), TriggerOption: &armdataprotection.AdhocBackupTriggerOption{RetentionTagOverride: new(tag)},
	}}
	poller, err := protection(t).NewBackupInstancesClient().BeginAdhocBackup(ctx, groupOf(instance), "vault", "it", request, nil)
	if err != nil {
		return "", err
	}
	done, err := poller.PollUntilDone(ctx, nil)
	if err != nil {
		return "", err
	}
	return *done.JobID, nil
}

func based(point string, target armdataprotection.RestoreTargetInfoBaseClassification) *armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest {
	return &armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest{
		ObjectType: new("AzureBackupRecoveryPointBasedRestoreRequest"), RecoveryPointID: new(point),
		SourceDataStoreType: new(armdataprotection.SourceDataStoreTypeVaultStore), RestoreTargetInfo: target,
	}
}

// restore validates a request and carries it out.
func restore(t *testing.T, instance string, request *armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest) error {
	t.Helper()
	ctx := context.Background()
	c := protection(t).NewBackupInstancesClient()
	looked, err := c.BeginValidateForRestore(ctx, groupOf(instance), "vault", "it", armdataprotection.ValidateRestoreRequestObject{RestoreRequestObject: request}, nil)
	if err != nil {
		return err
	}
	_, refused := looked.PollUntilDone(ctx, nil)
	poller, err := c.BeginTriggerRestore(ctx, groupOf(instance), "vault", "it", request, nil)
	if err != nil {
		return err
	}
	_, err = poller.PollUntilDone(ctx, nil)
	if code(err) != code(refused) {
		t.Errorf("the validation says %v, the restore %v", refused, err)
	}
	return err
}

func files(point, url, prefix string) *armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest {
	return based(point, &armdataprotection.RestoreFilesTargetInfo{
		ObjectType: new("RestoreFilesTargetInfo"), RecoveryOption: new(armdataprotection.RecoveryOptionFailIfExists), RestoreLocation: new(here),
		TargetDetails: &armdataprotection.TargetDetails{
			FilePrefix: new(prefix), RestoreTargetLocationType: new(armdataprotection.RestoreTargetLocationTypeAzureBlobs), URL: new(url),
		},
	})
}

func across(point, account string, criteria ...armdataprotection.ItemLevelRestoreCriteriaClassification) *armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest {
	what := &armdataprotection.Datasource{ObjectType: new("Datasource"), ResourceID: new(account), DatasourceType: new(blobsKind)}
	if len(criteria) == 0 {
		return based(point, &armdataprotection.RestoreTargetInfo{
			ObjectType: new("RestoreTargetInfo"), RecoveryOption: new(armdataprotection.RecoveryOptionFailIfExists), RestoreLocation: new(here), DatasourceInfo: what,
		})
	}
	return based(point, &armdataprotection.ItemLevelRestoreTargetInfo{
		ObjectType: new("ItemLevelRestoreTargetInfo"), RecoveryOption: new(armdataprotection.RecoveryOptionFailIfExists), RestoreLocation: new(here), DatasourceInfo: what,
		RestoreCriteria: criteria,
	})
}

func path(container string, prefixes ...string) armdataprotection.ItemLevelRestoreCriteriaClassification {
	c := &armdataprotection.ItemPathBasedRestoreCriteria{ObjectType: new("ItemPathBasedRestoreCriteria"), ItemPath: new(container), IsPathRelativeToBackupItem: new(true)}
	for _, prefix := range prefixes {
		c.SubItemPathPrefix = append(c.SubItemPathPrefix, new(prefix))
	}
	return c
}

func read(t *testing.T, c *azblob.Client, container, blob string) []byte {
	t.Helper()
	answer, err := c.DownloadStream(context.Background(), container, blob, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, c *azblob.Client, container, blob, content string) {
	t.Helper()
	if _, err := c.UploadBuffer(context.Background(), container, blob, []byte(content), nil); err != nil {
		t.Fatal(err)
	}
}

// A PostgreSQL server's copies are dumps that pg_restore reads, and nobody takes
// them away from an immutable vault.
func TestServer(t *testing.T) {
	ctx := context.Background()
	g := group(t)
	id := put(t, g+"/providers/"+postgresKind+"/ledger", "2024-08-01", armresources.GenericResource{Location: new(here), Properties: object{"version": "15"}})
	put(t, id+"/databases/main", "2024-08-01", armresources.GenericResource{Properties: object{}})
	s := stood.Hosts.Server("ledger")
	if err := s.Exec(ctx, "main", "create table invoices (number int, text text)", "insert into invoices values (1, 'first of them')"); err != nil {
		t.Fatal(err)
	}
	instance := protect(t, g, "Locked", "AlwaysOn", postgresKind, id)
	if err := s.Exec(ctx, "main", "insert into invoices values (2, 'second of them')"); err != nil {
		t.Fatal(err)
	}
	if _, err := backup(t, instance, "BackupWeekly", ""); err != nil {
		t.Fatal(err)
	}
	list := recoveryPoints(t, instance)
	if len(list) != 2 {
		t.Fatalf("%d recovery points, want 2", len(list))
	}
	newest, oldest := discrete(t, list[0]), discrete(t, list[1])
	if !newest.RecoveryPointTime.After(*oldest.RecoveryPointTime) || *newest.RetentionTagName != "Default" || *newest.RecoveryPointType != "Full" {
		t.Errorf("newest %+v, oldest %+v", newest, oldest)
	}
	if kept := newest.ExpiryTime.Sub(*newest.RecoveryPointTime); kept != 54*7*24*time.Hour {
		t.Errorf("a copy is kept for %v, its policy says 54 weeks", kept)
	}
	one, err := protection(t).NewRecoveryPointsClient().Get(ctx, groupOf(instance), "vault", "it", *list[0].Name, nil)
	if err != nil || *one.ID != *list[0].ID {
		t.Errorf("get: %v, %v", one.ID, err)
	}

	_, target := account(t, g, "vaulttarget", object{"allowCrossTenantReplication": true, "publicNetworkAccess": "Enabled"}, "dumps")
	container := strings.TrimSuffix(target.URL(), "/") + "/dumps"
	for point, want := range map[string]struct{ has, lacks string }{
		*newest.RecoveryPointID: {"second of them", "third"},
		*oldest.RecoveryPointID: {"first of them", "second of them"},
	} {
		if err := restore(t, instance, files(point, container, point+"-")); err != nil {
			t.Fatal(err)
		}
		rows := restored(t, read(t, target, "dumps", point+"-"+postgres.DumpOf("main")))
		if !strings.Contains(rows, want.has) || strings.Contains(rows, want.lacks) {
			t.Errorf("the dump of %s holds %q", point, rows)
		}
		if roles := read(t, target, "dumps", point+"-"+postgres.DumpRoles); !bytes.Contains(roles, []byte("CREATE ROLE azure_pg_admin")) || bytes.Contains(roles, []byte("SCRAM")) {
			t.Errorf("the roles are %s", roles)
		}
	}
	if err := restore(t, instance, files(*newest.RecoveryPointID, container, *newest.RecoveryPointID+"-")); code(err) != "UserErrorTargetFileExists" {
		t.Errorf("a restore over files that are there: %v", err)
	}

	if err := rehearsaltest.Remove(t, stood.Server, instance, "2024-04-01"); code(err) != "UserErrorOperationDeniedOnImmutableItem" {
		t.Errorf("an instance of an immutable vault was deleted: %v", err)
	}
	if err := rehearsaltest.Remove(t, stood.Server, *list[0].ID, "2024-04-01"); code(err) != "UserErrorOperationDeniedOnImmutableItem" {
		t.Errorf("a recovery point of an immutable vault was deleted: %v", err)
	}
	if again := recoveryPoints(t, instance); len(again) != 2 {
		t.Errorf("after all attempts there are %d recovery points, want 2", len(again))
	}
}

// restored is what pg_restore reads in a dump of a database.
func restored(t *testing.T, dump []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dump")
	if err := os.WriteFile(file, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("/usr/lib/postgresql/15/bin/pg_restore", "--data-only", "--file=-", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Blobs come back as they were, in another account.
func TestBlobs(t *testing.T) {
	ctx := context.Background()
	g := group(t)
	id, documents := account(t, g, "vaultdocuments", nil, "received", "issued", "scratch")
	write(t, documents, "received", "a/1", "one")
	write(t, documents, "issued", "b/2", strings.Repeat("two", 2<<20))
	write(t, documents, "scratch", "c", "not copied")
	instance := protect(t, g, "Unlocked", "On", blobsKind, id, "received", "issued")
	write(t, documents, "received", "a/1", "changed")
	write(t, documents, "received", "z/3", "three")
	if _, err := backup(t, instance, "BackupWeekly", "Short"); err != nil {
		t.Fatal(err)
	}
	list := recoveryPoints(t, instance)
	second, first := discrete(t, list[0]), discrete(t, list[1])
	if kept := second.ExpiryTime.Sub(*second.RecoveryPointTime); *second.RetentionTagName != "Short" || kept != 7*24*time.Hour {
		t.Errorf("tag %s, kept %v", *second.RetentionTagName, kept)
	}

	old, target := account(t, g, "vaultold", nil)
	if err := restore(t, instance, across(*first.RecoveryPointID, old)); err != nil {
		t.Fatal(err)
	}
	if got := read(t, target, "received", "a/1"); string(got) != "one" {
		t.Errorf("a/1 came back as %q", got)
	}
	if got := read(t, target, "issued", "b/2"); string(got) != strings.Repeat("two", 2<<20) {
		t.Errorf("b/2 came back with %d bytes", len(got))
	}
	if _, err := target.DownloadStream(ctx, "received", "z/3", nil); err == nil {
		t.Error("a blob came back that was not there yet")
	}
	part, picked := account(t, g, "vaultpart", nil)
	if err := restore(t, instance, across(*second.RecoveryPointID, part, path("received", "z/"))); err != nil {
		t.Fatal(err)
	}
	if got := read(t, picked, "received", "z/3"); string(got) != "three" {
		t.Errorf("z/3 came back as %q", got)
	}
	if _, err := picked.DownloadStream(ctx, "received", "a/1", nil); err == nil {
		t.Error("more came back than was asked for")
	}
	for name, c := range map[string]struct {
		request *armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest
		want    string
	}{
		"to its own account":  {across(*first.RecoveryPointID, id), "UserErrorRestoreToSameAccountNotAllowed"},
		"over containers":     {across(*first.RecoveryPointID, old), "UserErrorTargetContainerExists"},
		"unknown point":       {across("none", old), "UserErrorRecoveryPointNotFound"},
		"unknown account":     {across(*first.RecoveryPointID, id+"x"), "UserErrorTargetStorageAccountNotFound"},
		"nothing":             {across(*first.RecoveryPointID, old, path("scratch")), "UserErrorNothingToRestore"},
		"as files":            {files(*first.RecoveryPointID, target.URL()+"received", ""), "UserErrorInvalidRestoreRequest"},
		"another kind of way": {&armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest{ObjectType: new("AzureBackupRecoveryTimeBasedRestoreRequest")}, "UserErrorInvalidRestoreRequest"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := restore(t, instance, c.request); code(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if _, err := backup(t, instance, "NoSuchRule", ""); code(err) != "UserErrorInvalidBackupRule" {
		t.Errorf("a rule that the policy has not: %v", err)
	}
	if _, err := backup(t, instance, "BackupWeekly", "NoSuchTag"); code(err) != "UserErrorInvalidRetentionTag" {
		t.Errorf("a tag that the policy has not: %v", err)
	}
}

// A job says what was done and how it ended.
func TestJobs(t *testing.T) {
	ctx := context.Background()
	g := group(t)
	id, documents := account(t, g, "vaultjobs", nil, "received")
	write(t, documents, "received", "a", "12345")
	instance := protect(t, g, "Disabled", "Off", blobsKind, id, "received")
	name, err := backup(t, instance, "BackupWeekly", "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := protection(t).NewJobsClient().Get(ctx, groupOf(instance), "vault", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if j := got.Properties; *j.Status != "Completed" || *j.Operation != "Backup" || !*j.IsUserTriggered || *j.ExtendedInfo.DataTransferredInBytes != 5 || j.EndTime.Before(*j.StartTime) {
		t.Errorf("the job is %+v", j)
	}
	if err := restore(t, instance, across("none", id)); err == nil {
		t.Fatal("restored from nothing")
	}
	states := map[string]int{}
	pages := protection(t).NewJobsClient().NewListPager(groupOf(instance), "vault", nil)
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range page.Value {
			states[*j.Properties.Operation+" "+*j.Properties.Status]++
		}
	}
	if states["Backup Completed"] != 2 || states["Restore Failed"] != 1 || states["ValidateRestore Failed"] != 1 {
		t.Errorf("the jobs are %v", states)
	}
}
