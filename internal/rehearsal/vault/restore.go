package vault

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// order is a restore that can be carried out.
type order struct {
	point  *point
	into   *container.Client // of a dump's files
	prefix string
	across *service.Client // of blobs
	files  []file
}

// refuse is an answer to a restore that cannot be carried out as it is asked for.
func refuse(code, format string, args ...any) error {
	return arm.Refuse(http.StatusBadRequest, code, format, args...)
}

// validate is the action that says whether a restore could be carried out.
func (v *Vaults) validate(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	in := v.instance(id)
	if in == nil {
		return nil, fmt.Errorf("there is no backup instance %s", id)
	}
	request, _ := fields.Dig(body, "restoreRequestObject").(map[string]any)
	j, err := v.carryOut(ctx, in, "ValidateRestore", true, func(ctx context.Context, _ *job) error {
		_, err := v.order(ctx, in, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	return j.result(), nil
}

// restore is the action that puts a copy somewhere.
func (v *Vaults) restore(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	in := v.instance(id)
	if in == nil {
		return nil, fmt.Errorf("there is no backup instance %s", id)
	}
	j, err := v.carryOut(ctx, in, "Restore", true, func(ctx context.Context, j *job) error {
		o, err := v.order(ctx, in, body)
		if err != nil {
			return err
		}
		return v.put(ctx, o, j)
	})
	if err != nil {
		return nil, err
	}
	return j.result(), nil
}

// order reads a restore request, an AzureBackupRecoveryPointBasedRestoreRequest,
// and judges it. Sources: MicrosoftDocs/azure-docs articles/backup/
// restore-azure-database-postgresql-flex.md, blob-backup-overview.md.
func (v *Vaults) order(ctx context.Context, in *instance, request map[string]any) (*order, error) {
	if kind := fields.Text(request, "objectType"); kind != "AzureBackupRecoveryPointBasedRestoreRequest" {
		return nil, refuse("UserErrorInvalidRestoreRequest", "The rehearsal's vaults restore a recovery point, not by %q.", kind)
	}
	if store := fields.Text(request, "sourceDataStoreType"); store != "VaultStore" {
		return nil, refuse("UserErrorInvalidRestoreRequest", "The copies are in the VaultStore, not in %q.", store)
	}
	name := fields.Text(request, "recoveryPointId")
	current := v.current(in)
	at := slices.IndexFunc(current, func(p *point) bool { return p.name == name })
	if at < 0 {
		return nil, refuse("UserErrorRecoveryPointNotFound", "'%s' has no recovery point '%s'.", in.id, name)
	}
	target, _ := fields.Dig(request, "restoreTargetInfo").(map[string]any)
	if option := fields.Text(target, "recoveryOption"); option != "FailIfExists" {
		return nil, refuse("UserErrorInvalidRestoreRequest", "The recovery option is FailIfExists, not %q.", option)
	}
	o := &order{point: current[at], files: current[at].files}
	if strings.EqualFold(fields.Text(v.asPut(in), "properties", "dataSourceInfo", "datasourceType"), servers) {
		return o, v.filesInto(ctx, o, target)
	}
	return o, v.blobsAcross(ctx, o, in, target)
}

// filesInto judges where a dump's files are to go: a container of an account that
// the vault's copies can be written to from another tenant, over a public
// address.
func (v *Vaults) filesInto(ctx context.Context, o *order, target map[string]any) error {
	if kind := fields.Text(target, "objectType"); kind != "RestoreFilesTargetInfo" {
		return refuse("UserErrorInvalidRestoreRequest", "A PostgreSQL flexible server is restored as files (RestoreFilesTargetInfo), not by %q.", kind)
	}
	details := fields.Dig(target, "targetDetails")
	if kind := fields.Text(details, "restoreTargetLocationType"); kind != "AzureBlobs" {
		return refuse("UserErrorInvalidRestoreRequest", "Files are restored to AzureBlobs, not to %q.", kind)
	}
	url := strings.TrimSuffix(fields.Text(details, "url"), "/")
	id, name := v.behind(url)
	if id == "" {
		return refuse("UserErrorTargetStorageAccountNotFound", "'%s' is no container of a storage account that is there.", url)
	}
	body := v.options.Resource(id)
	if allowed, _ := fields.Dig(body, "properties", "allowCrossTenantReplication").(bool); !allowed {
		return refuse("UserErrorCrossTenantReplicationNotAllowed", "Set allowCrossTenantReplication of '%s' to true: a Backup vault's copies lie in another tenant.", id)
	}
	if fields.Text(body, "properties", "publicNetworkAccess") == "Disabled" {
		return refuse("UserErrorTargetStorageAccountNotReachable", "Set publicNetworkAccess of '%s' to Enabled: a Backup vault reaches it over its public address.", id)
	}
	account, err := v.account(id)
	if err != nil {
		return err
	}
	o.into, o.prefix = account.NewContainerClient(name), fields.Text(details, "filePrefix")
	switch _, err := o.into.GetProperties(ctx, nil); {
	case bloberror.HasCode(err, bloberror.ContainerNotFound):
		return refuse("UserErrorTargetContainerNotFound", "There is no container '%s'.", url)
	case err != nil:
		return fmt.Errorf("reach the container '%s': %w", url, err)
	}
	for _, f := range o.files {
		if _, err := o.into.NewBlobClient(o.prefix+f.name).GetProperties(ctx, nil); err == nil {
			return refuse("UserErrorTargetFileExists", "'%s' has a file '%s' already; give another filePrefix.", url, o.prefix+f.name)
		}
	}
	return nil
}

// behind finds the account and the container that a URL is of.
func (v *Vaults) behind(url string) (id, name string) {
	for _, one := range v.options.Resources() {
		endpoint := fields.Text(v.options.Resource(one), "properties", "primaryEndpoints", "blob")
		if name, found := strings.CutPrefix(url, endpoint); found && endpoint != "" && name != "" && !strings.Contains(name, "/") {
			return one, name
		}
	}
	return "", ""
}

// blobsAcross judges where blobs are to go: another account, into containers
// that it does not have yet.
func (v *Vaults) blobsAcross(ctx context.Context, o *order, in *instance, target map[string]any) error {
	to := fields.Text(target, "datasourceInfo", "resourceID")
	switch kind := fields.Text(target, "objectType"); {
	case kind != "RestoreTargetInfo" && kind != "ItemLevelRestoreTargetInfo":
		return refuse("UserErrorInvalidRestoreRequest", "Blobs are restored by RestoreTargetInfo or ItemLevelRestoreTargetInfo, not by %q.", kind)
	case strings.EqualFold(to, fields.Text(v.asPut(in), "properties", "dataSourceInfo", "resourceID")):
		return refuse("UserErrorRestoreToSameAccountNotAllowed", "A vaulted copy of blobs is restored to another storage account than '%s'.", to)
	case v.options.Resource(to) == nil:
		return refuse("UserErrorTargetStorageAccountNotFound", "The storage account '%s' was not found.", to)
	case kind == "ItemLevelRestoreTargetInfo":
		criteria, _ := fields.Dig(target, "restoreCriteria").([]any)
		o.files = chosen(o.files, criteria)
	}
	if len(o.files) == 0 {
		return refuse("UserErrorNothingToRestore", "The recovery point '%s' has none of what is asked for.", o.point.name)
	}
	var err error
	if o.across, err = v.account(to); err != nil {
		return err
	}
	for _, name := range containersOf(o.files) {
		_, err := o.across.NewContainerClient(name).GetProperties(ctx, nil)
		switch {
		case err == nil:
			return refuse("UserErrorTargetContainerExists", "'%s' has a container '%s' already.", to, name)
		case !bloberror.HasCode(err, bloberror.ContainerNotFound):
			return fmt.Errorf("look for %s in %s: %w", name, to, err)
		}
	}
	return nil
}

// chosen are the files that ItemPathBasedRestoreCriteria name: a container each,
// and beginnings of blobs' names where there are some.
func chosen(files []file, criteria []any) []file {
	var out []file
	for _, f := range files {
		if slices.ContainsFunc(criteria, func(one any) bool {
			prefixes, _ := fields.Dig(one, "subItemPathPrefix").([]any)
			return fields.Text(one, "itemPath") == f.container && (len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p any) bool {
				prefix, ok := p.(string)
				return ok && strings.HasPrefix(f.name, prefix)
			}))
		}) {
			out = append(out, f)
		}
	}
	return out
}

func containersOf(files []file) []string {
	var out []string
	for _, f := range files {
		if !slices.Contains(out, f.container) {
			out = append(out, f.container)
		}
	}
	return out
}

// put carries an order out.
func (v *Vaults) put(ctx context.Context, o *order, j *job) error {
	if o.across != nil {
		for _, name := range containersOf(o.files) {
			if _, err := o.across.CreateContainer(ctx, name, nil); err != nil {
				return fmt.Errorf("make the container %s: %w", name, err)
			}
		}
	}
	for _, f := range o.files {
		into, name := o.into, o.prefix+f.name
		if o.across != nil {
			into, name = o.across.NewContainerClient(f.container), f.name
		}
		if err := v.hand(ctx, f, into.NewBlockBlobClient(name)); err != nil {
			return fmt.Errorf("restore %s: %w", name, err)
		}
		j.moved.Add(f.size)
	}
	return nil
}

// hand writes a file of a copy to a blob that is not there yet.
func (v *Vaults) hand(ctx context.Context, f file, to *blockblob.Client) error {
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(v.safe.get(ctx, f.kept, writer)) }()
	headers := f.like.headers
	_, err := to.UploadStream(ctx, reader, &blockblob.UploadStreamOptions{
		BlockSize: piece, HTTPHeaders: &headers, Metadata: f.like.metadata,
		AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: new(azcore.ETagAny)}},
	})
	reader.CloseWithError(context.Canceled) // ends the reading where the upload has failed
	return err
}
