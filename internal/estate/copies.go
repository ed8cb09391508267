package estate

import (
	"context"
	"fmt"
	"slices"

	"github.com/tillit-dev/tillit/internal/cloud"
)

// accounts finds the storage accounts that hold documents and archives.
func (f *finder) accounts(ctx context.Context, all []resource) error {
	for _, id := range of(all, "Microsoft.Storage/storageAccounts") {
		got, err := f.cloud.Storage.NewAccountsClient().GetProperties(ctx, id.ResourceGroupName, id.Name, nil)
		if absent(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the account %s: %w", id.Name, cloud.Explain(err))
		}
		a := Account{ID: id.String(), Name: id.Name, Group: id.ResourceGroupName, Region: region(got.Location), Tags: tagsOf(got.Tags)}
		if !f.own(a.Tags) || a.Tags["class"] != "documents" && a.Tags["class"] != "logs" {
			continue
		}
		if got.Properties != nil && got.Properties.PrimaryEndpoints != nil {
			a.Endpoint = text(got.Properties.PrimaryEndpoints.Blob)
		}
		if a.Containers, err = f.containers(ctx, id); err != nil {
			return fmt.Errorf("list the containers of %s: %w", id.Name, cloud.Explain(err))
		}
		if err := f.place(a); err != nil {
			return err
		}
	}
	return nil
}

// place says which part of the estate an account is.
func (f *finder) place(a Account) error {
	var at **Account
	switch [2]string{a.Tags["class"], a.Tags["purpose"]} {
	case [2]string{"documents", "documents"}:
		at = &f.estate.Documents
	case [2]string{"documents", "replica"}:
		at = &f.estate.Replica
	case [2]string{"documents", "archive"}:
		at = &f.estate.Archive
	case [2]string{"logs", "archive"}:
		f.estate.Logs = append(f.estate.Logs, a)
		return nil
	default:
		return nil
	}
	if *at != nil {
		return twice("the account of "+a.Tags["purpose"], (*at).ID, a.ID)
	}
	*at = &a
	return nil
}

func (f *finder) containers(ctx context.Context, id resource) ([]string, error) {
	var names []string
	pager := f.cloud.Storage.NewBlobContainersClient().NewListPager(id.ResourceGroupName, id.Name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Value {
			names = append(names, text(c.Name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// vaults finds the Backup vaults.
func (f *finder) vaults(ctx context.Context, all []resource) error {
	for _, id := range of(all, "Microsoft.DataProtection/backupVaults") {
		got, err := f.cloud.Protection.NewBackupVaultsClient().Get(ctx, id.ResourceGroupName, id.Name, nil)
		if absent(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the vault %s: %w", id.Name, cloud.Explain(err))
		}
		if f.own(tagsOf(got.Tags)) {
			f.estate.Vaults = append(f.estate.Vaults, Vault{id.String(), id.Name, id.ResourceGroupName, region(got.Location)})
		}
	}
	return nil
}
