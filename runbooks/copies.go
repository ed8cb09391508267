package runbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
)

// instance is a server under a Backup vault's protection.
type instance struct {
	ID, name string
	vault    estate.Vault
}

// instance finds the database's server in the estate's Backup vaults.
func (p *postgres) instance(ctx context.Context) (instance, error) {
	if len(p.Estate.Vaults) == 0 {
		return instance{}, fmt.Errorf("%w: the estate has no Backup vault, and PostgreSQL itself keeps copies for 35 days at most: promise backup.retention", ErrUnavailable)
	}
	for _, vault := range p.Estate.Vaults {
		pager := p.Cloud.Protection.NewBackupInstancesClient().NewListPager(vault.Group, vault.Name, nil)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return instance{}, fmt.Errorf("list what the Backup vault %s protects: %w", vault.Name, cloud.Explain(err))
			}
			for _, in := range page.Value {
				if in.Properties != nil && in.Properties.DataSourceInfo != nil && strings.EqualFold(text(in.Properties.DataSourceInfo.ResourceID), p.db.Server.ID) {
					return instance{text(in.ID), text(in.Name), vault}, nil
				}
			}
		}
	}
	return instance{}, fmt.Errorf("%w: no Backup vault of the estate protects %s", ErrUnavailable, p.db.Server.Name)
}

// copies lists the copies of an instance that can be restored at once.
func (p *postgres) copies(ctx context.Context, in instance) ([]longCopy, error) {
	var copies []longCopy
	pager := p.Cloud.Protection.NewRecoveryPointsClient().NewListPager(in.vault.Group, in.vault.Name, in.name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the copies in the Backup vault %s: %w", in.vault.Name, cloud.Explain(err))
		}
		for _, one := range page.Value {
			point, ok := one.Properties.(*armdataprotection.AzureBackupDiscreteRecoveryPoint)
			if !ok || point.RecoveryPointTime == nil || !whole(point) {
				continue
			}
			id := text(point.RecoveryPointID)
			if id == "" {
				id = text(one.Name)
			}
			at := point.RecoveryPointTime.UTC()
			copies = append(copies, longCopy{ID: id, At: at, Taken: p.taken(point, at)})
		}
	}
	return copies, nil
}

// whole reports a copy that is complete and in the vault's own store.
func whole(p *armdataprotection.AzureBackupDiscreteRecoveryPoint) bool {
	if p.RecoveryPointState != nil && *p.RecoveryPointState != armdataprotection.RecoveryPointCompletionStateCompleted {
		return false
	}
	for _, store := range p.RecoveryPointDataStoresDetails {
		if text(store.Type) == string(armdataprotection.SourceDataStoreTypeVaultStore) {
			return true
		}
	}
	return len(p.RecoveryPointDataStoresDetails) == 0
}

// taken is when a copy was taken. A rehearsal may date one back, and says so.
func (p *postgres) taken(point *armdataprotection.AzureBackupDiscreteRecoveryPoint, at time.Time) time.Time {
	if !p.Cloud.Rehearsal {
		return at
	}
	for _, store := range point.RecoveryPointDataStoresDetails {
		var about struct {
			BackDated bool      `json:"backDated"`
			TakenAt   time.Time `json:"takenAt"`
		}
		if json.Unmarshal([]byte(text(store.MetaData)), &about) == nil && about.BackDated {
			return about.TakenAt
		}
	}
	return at
}

// makeAccount makes a storage account for the dump's files. A vault writes to it
// over its public address and from another tenant, so both must be allowed; who
// reads it must be the drills' identity, which has a private way where the
// documents have one.
func (y years) makeAccount(ctx context.Context, run *drill.Run) error {
	bench, name := y.Estate.Workbench, strings.ReplaceAll(run.Name("year", 24), "-", "")
	poller, err := y.Cloud.Storage.NewAccountsClient().BeginCreate(ctx, bench.Name, name, armstorage.AccountCreateParameters{
		Kind: to(armstorage.KindStorageV2), Location: &y.db.Server.Region, Tags: y.tags(run, "year"),
		SKU: &armstorage.SKU{Name: to(armstorage.SKUNameStandardLRS)},
		Properties: &armstorage.AccountPropertiesCreateParameters{
			AllowBlobPublicAccess:       to(false),
			AllowCrossTenantReplication: to(true),
			AllowSharedKeyAccess:        to(false),
			EnableHTTPSTrafficOnly:      to(true),
			MinimumTLSVersion:           to(armstorage.MinimumTLSVersionTLS12),
			PublicNetworkAccess:         to(armstorage.PublicNetworkAccessEnabled),
		},
	}, nil)
	made, err := cloud.Done(ctx, poller, err)
	if err != nil {
		return fmt.Errorf("make the storage account %s: %w", name, cloud.Explain(err))
	}
	if made.ID == nil || made.Properties == nil || made.Properties.PrimaryEndpoints == nil || made.Properties.PrimaryEndpoints.Blob == nil {
		return fmt.Errorf("the storage account %s has no address for blobs", name)
	}
	if d := y.Estate.Documents; d != nil {
		if err := y.private(ctx, run, d.ID, *made.ID); err != nil {
			return err
		}
	}
	_, err = y.Cloud.Storage.NewBlobContainersClient().Create(ctx, bench.Name, name, dumpsFolder, armstorage.BlobContainer{
		ContainerProperties: &armstorage.ContainerProperties{PublicAccess: to(armstorage.PublicAccessNone)},
	}, nil)
	if err != nil {
		return fmt.Errorf("make a container for the dump in %s: %w", name, cloud.Explain(err))
	}
	return run.Put(keyAccount, scratch{Name: name, Endpoint: *made.Properties.PrimaryEndpoints.Blob})
}

// handOut has the vault write the chosen copy's files. Each attempt has files of
// its own: a vault does not write over others.
func (y years) handOut(ctx context.Context, run *drill.Run) error {
	var chosen longCopy
	var into scratch
	attempt := 0
	_, err1 := run.Get(keyCopy, &chosen)
	_, err2 := run.Get(keyAccount, &into)
	_, err3 := run.Get(keyAttempt, &attempt)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	attempt++
	if err := run.Put(keyAttempt, attempt); err != nil {
		return err
	}
	request := &armdataprotection.AzureBackupRecoveryPointBasedRestoreRequest{
		ObjectType:          to("AzureBackupRecoveryPointBasedRestoreRequest"),
		RecoveryPointID:     &chosen.ID,
		SourceDataStoreType: to(armdataprotection.SourceDataStoreTypeVaultStore),
		SourceResourceID:    &y.db.Server.ID,
		RestoreTargetInfo: &armdataprotection.RestoreFilesTargetInfo{
			ObjectType:      to("RestoreFilesTargetInfo"),
			RecoveryOption:  to(armdataprotection.RecoveryOptionFailIfExists),
			RestoreLocation: &y.from.vault.Region,
			TargetDetails: &armdataprotection.TargetDetails{
				FilePrefix:                to(prefix(attempt)),
				RestoreTargetLocationType: to(armdataprotection.RestoreTargetLocationTypeAzureBlobs),
				URL:                       to(strings.TrimSuffix(into.Endpoint, "/") + "/" + dumpsFolder),
				TargetResourceArmID:       to(y.Estate.Workbench.ID + "/providers/Microsoft.Storage/storageAccounts/" + into.Name + "/blobServices/default/containers/" + dumpsFolder),
			},
		},
	}
	instances := y.Cloud.Protection.NewBackupInstancesClient()
	check, err := instances.BeginValidateForRestore(ctx, y.from.vault.Group, y.from.vault.Name, y.from.name, armdataprotection.ValidateRestoreRequestObject{RestoreRequestObject: request}, nil)
	if err := finished(ctx, check, err); err != nil {
		err = fmt.Errorf("the Backup vault %s cannot restore the copy of %s into %s: %w", y.from.vault.Name, instant(chosen.At), into.Name, err)
		if strings.Contains(err.Error(), "Permission") {
			err = fmt.Errorf("%w: give the vault's own identity the role Storage Blob Data Contributor on %s", err, y.Estate.Workbench.Name)
		}
		return err
	}
	restore, err := instances.BeginTriggerRestore(ctx, y.from.vault.Group, y.from.vault.Name, y.from.name, request, nil)
	if err := finished(ctx, restore, err); err != nil {
		return fmt.Errorf("restore the copy of %s into %s: %w", instant(chosen.At), into.Name, err)
	}
	return nil
}

func prefix(attempt int) string { return fmt.Sprintf("attempt-%d-", attempt) }

// dump finds the file of the database among those that the vault has written.
func (y years) dump(ctx context.Context, run *drill.Run) (*container.Client, string, error) {
	var into scratch
	attempt := 0
	_, err1 := run.Get(keyAccount, &into)
	_, err2 := run.Get(keyAttempt, &attempt)
	if err := errors.Join(err1, err2); err != nil {
		return nil, "", err
	}
	blobs, err := y.Cloud.Blobs(into.Endpoint)
	if err != nil {
		return nil, "", err
	}
	files := blobs.NewContainerClient(dumpsFolder)
	var names []string
	pager := files.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: to(prefix(attempt))})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, "", fmt.Errorf("list the files of the dump: %w", cloud.Explain(err))
		}
		for _, one := range page.Segment.BlobItems {
			names = append(names, text(one.Name))
		}
	}
	name, err := dumpOf(y.db.Name, prefix(attempt), names)
	return files, name, err
}

// dumpOf is the file with a database's data among those of a dump: there is one
// of every database, and one each of the roles, the tablespaces and the schema.
func dumpOf(database, prefix string, names []string) (string, error) {
	for _, form := range []string{"database_" + database, database + "_database", database} {
		for _, name := range names {
			base := strings.TrimPrefix(path.Base(name), prefix)
			if base = strings.TrimSuffix(base, path.Ext(base)); strings.EqualFold(base, form) {
				return name, nil
			}
		}
	}
	return "", fmt.Errorf("the dump has no file of the database %s, only %s", database, strings.Join(names, ", "))
}
