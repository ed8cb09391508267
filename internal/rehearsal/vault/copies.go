package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/google/uuid"

	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// properties are what a blob has beside its content.
type properties struct {
	headers  blob.HTTPHeaders
	metadata map[string]*string
}

// backup is the action that takes a copy on demand.
func (v *Vaults) backup(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	in := v.instance(id)
	if in == nil {
		return nil, fmt.Errorf("there is no backup instance %s", id)
	}
	options := fields.Dig(body, "backupRuleOptions")
	rule, tag := fields.Text(options, "ruleName"), fields.Text(options, "triggerOption", "retentionTagOverride")
	if _, err := v.terms(in, rule, tag); err != nil {
		return nil, err
	}
	j, err := v.carryOut(ctx, in, "Backup", true, func(ctx context.Context, j *job) error {
		_, err := v.take(ctx, in, j, rule, tag)
		return err
	})
	if err != nil {
		return nil, err
	}
	return j.result(), nil
}

// Copy takes a copy of an instance's source and dates it back.
func (v *Vaults) Copy(ctx context.Context, instance string, at time.Time) error {
	in := v.instance(instance)
	if in == nil {
		return fmt.Errorf("there is no backup instance %s", instance)
	}
	var name string
	_, err := v.carryOut(ctx, in, "Backup", true, func(ctx context.Context, j *job) (err error) {
		name, err = v.take(ctx, in, j, defaultRule, "")
		return err
	})
	if err != nil {
		return err
	}
	return v.Backdate(instance, name, at)
}

// take copies an instance's source and adds the recovery point, whose name it
// returns. A copy that is not whole is given up.
func (v *Vaults) take(ctx context.Context, in *instance, j *job, rule, tag string) (name string, err error) {
	by, err := v.terms(in, rule, tag)
	if err != nil {
		return "", err
	}
	body := v.asPut(in)
	source := fields.Text(body, "properties", "dataSourceInfo", "resourceID")
	p := &point{name: uuid.NewString(), at: v.options.Now().UTC(), policy: by.policy, kind: by.kind, tag: by.tag}
	p.taken, p.expires = p.at, by.kept(p.at)
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("copy %s: %w", source, err), v.discard(context.WithoutCancel(ctx), p))
		}
	}()
	if strings.EqualFold(fields.Text(body, "properties", "dataSourceInfo", "datasourceType"), servers) {
		err = v.copyServer(ctx, p, j, source)
	} else {
		err = v.copyBlobs(ctx, p, j, source, containers(body))
	}
	if err != nil {
		return "", err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	in.points = append(in.points, p)
	slices.SortStableFunc(in.points, func(a, b *point) int { return a.at.Compare(b.at) })
	return p.name, nil
}

// containers are those that an instance's policy names.
func containers(body map[string]any) []string {
	var out []string
	list, _ := fields.Dig(body, "properties", "policyInfo", "policyParameters", "backupDatasourceParametersList").([]any)
	for _, one := range list {
		names, _ := fields.Dig(one, "containersList").([]any)
		for _, name := range names {
			if s, ok := name.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// keep puts a part of a copy into the safe.
func (v *Vaults) keep(ctx context.Context, p *point, j *job, f file, from io.Reader) error {
	f.kept = fmt.Sprintf("%s/%d", p.name, len(p.files))
	p.files = append(p.files, f)
	size, err := v.safe.put(ctx, f.kept, from)
	j.moved.Add(size)
	p.files[len(p.files)-1].size = size
	return err
}

// copyServer dumps a server and keeps the files.
func (v *Vaults) copyServer(ctx context.Context, p *point, j *job, id string) (err error) {
	s := v.options.Servers.Server(path.Base(id))
	if s == nil {
		return fmt.Errorf("there is no server %s", path.Base(id))
	}
	dir, err := s.Dump(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := v.keepFile(ctx, p, j, filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (v *Vaults) keepFile(ctx context.Context, p *point, j *job, path string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	return v.keep(ctx, p, j, file{name: filepath.Base(path)}, from)
}

// copyBlobs keeps the block blobs of some of an account's containers. Blobs of
// other kinds are left out, as Azure leaves them out.
func (v *Vaults) copyBlobs(ctx context.Context, p *point, j *job, id string, names []string) error {
	if len(names) == 0 {
		return errors.New("the policy's parameters name no container")
	}
	account, err := v.account(id)
	if err != nil {
		return err
	}
	for _, name := range names {
		from := account.NewContainerClient(name)
		pages := from.NewListBlobsFlatPager(nil)
		for pages.More() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("list %s: %w", name, err)
			}
			for _, one := range page.Segment.BlobItems {
				if one.Properties.BlobType == nil || *one.Properties.BlobType != blob.BlobTypeBlockBlob {
					continue
				}
				if err := v.keepBlob(ctx, p, j, from, name, *one.Name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (v *Vaults) keepBlob(ctx context.Context, p *point, j *job, from *container.Client, in, name string) error {
	answer, err := from.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return fmt.Errorf("read %s/%s: %w", in, name, err)
	}
	defer func() { _ = answer.Body.Close() }() // it has been read, or its reading has failed
	return v.keep(ctx, p, j, file{container: in, name: name, like: properties{
		headers: blob.HTTPHeaders{
			BlobContentType: answer.ContentType, BlobContentEncoding: answer.ContentEncoding, BlobContentLanguage: answer.ContentLanguage,
			BlobCacheControl: answer.CacheControl, BlobContentDisposition: answer.ContentDisposition,
		},
		metadata: answer.Metadata,
	}}, answer.Body)
}
