package vault

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// instancesPlane is what stands behind the instances.
type instancesPlane struct{ *Vaults }

// Put puts a source under protection and begins its first copy.
func (p instancesPlane) Put(_ context.Context, id string, body map[string]any) (map[string]any, error) {
	kind := fields.Text(body, "properties", "dataSourceInfo", "datasourceType")
	if !strings.EqualFold(kind, servers) && !strings.EqualFold(kind, blobs) {
		return nil, arm.Refuse(http.StatusBadRequest, "UserErrorUnsupportedDatasourceType", "The rehearsal's vaults do not copy %q.", kind)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	in := p.instances[strings.ToLower(id)]
	if in != nil {
		in.body = body
	} else {
		in = &instance{id: id, vault: path.Dir(path.Dir(id)), body: body}
		p.instances[strings.ToLower(id)] = in
		p.work.Go(func() {
			// What becomes of it is in its job.
			_, _ = p.carryOut(p.ctx, in, "Backup", false, func(ctx context.Context, j *job) error {
				_, err := p.take(ctx, in, j, defaultRule, "")
				return err
			})
		})
	}
	return map[string]any{
		"currentProtectionState": "ProtectionConfigured",
		"protectionStatus":       map[string]any{"status": "ProtectionConfigured"},
	}, nil
}

// Delete ends the protection and gives the copies up, unless they may not go.
func (p instancesPlane) Delete(ctx context.Context, id string) error {
	in := p.instance(id)
	if in == nil {
		return nil
	}
	kept := p.current(in)
	vault := p.options.Resource(in.vault)
	p.mu.Lock()
	released := p.released
	p.mu.Unlock()
	if len(kept) > 0 && !released {
		if err := immutable(vault, id, len(kept)); err != nil {
			return err
		}
	}
	p.mu.Lock()
	delete(p.instances, strings.ToLower(id))
	if days := softDelete(vault); days > 0 && len(kept) > 0 && !released {
		in.since = p.options.Now()
		in.until = in.since.Add(days)
		p.deleted[strings.ToLower(id)] = in
		p.mu.Unlock()
		return nil
	}
	points := slices.Clone(in.points)
	p.mu.Unlock()
	var faults []error
	for _, point := range points {
		faults = append(faults, p.discard(ctx, point))
	}
	return errors.Join(faults...)
}

// immutable is the refusal of an immutable vault to lose copies; nil when it is
// not immutable. Sources: MicrosoftDocs/azure-docs articles/backup/
// backup-azure-immutable-vault-concept.md; the code and the words:
// github.com/Azure/azure-rest-api-specs/issues/32688.
func immutable(vault map[string]any, id string, kept int) error {
	switch state := fields.Text(vault, "properties", "securitySettings", "immutabilitySettings", "state"); state {
	case "Locked", "Unlocked":
		return arm.Refuse(http.StatusConflict, "UserErrorOperationDeniedOnImmutableItem", "The Vault and Backup Item '%s' is in Immutable state (%s) where destructive operations are not supported: %d recovery points have not expired.", id, state, kept)
	}
	return nil
}

// softDelete is how long a vault keeps what is deleted from it; zero when it
// keeps nothing.
func softDelete(vault map[string]any) time.Duration {
	settings := fields.Dig(vault, "properties", "securitySettings", "softDeleteSettings")
	if state := fields.Text(settings, "state"); !strings.EqualFold(state, "On") && !strings.EqualFold(state, "AlwaysOn") {
		return 0
	}
	days, ok := fields.Dig(settings, "retentionDurationInDays").(float64)
	if !ok {
		days = 14 // the service's default
	}
	return time.Duration(days) * 24 * time.Hour
}

// gravesPlane lists instances that were deleted and are kept for a while.
type gravesPlane struct{ *Vaults }

// Put is refused: an instance comes here by being deleted.
func (gravesPlane) Put(_ context.Context, id string, _ map[string]any) (map[string]any, error) {
	return nil, notAllowed("PUT", id)
}

// Delete is refused until the time is over, and then there is nothing to delete.
func (p gravesPlane) Delete(_ context.Context, id string) error { return notAllowed("DELETE", id) }

// List gives the instances of a vault that are kept after their deletion.
func (p gravesPlane) List(_ context.Context, vault string) ([]map[string]any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []map[string]any
	for _, in := range p.deleted {
		if !strings.EqualFold(in.vault, vault) || !in.until.After(p.options.Now()) {
			continue
		}
		properties := map[string]any{
			"deletionInfo": map[string]any{
				"deletionTime": fields.Time(in.since), "billingEndDate": fields.Time(in.until), "scheduledPurgeTime": fields.Time(in.until), "deleteActivityID": path.Base(in.id),
			},
			"currentProtectionState": "SoftDeleted",
		}
		for _, name := range []string{"dataSourceInfo", "dataSourceSetInfo", "friendlyName", "objectType", "policyInfo"} {
			if value := fields.Dig(in.body, "properties", name); value != nil {
				properties[name] = value
			}
		}
		out = append(out, map[string]any{"id": vault + "/deletedBackupInstances/" + path.Base(in.id), "name": path.Base(in.id), "type": graves, "properties": properties})
	}
	slices.SortFunc(out, func(a, b map[string]any) int { return strings.Compare(fields.Text(a, "id"), fields.Text(b, "id")) })
	return out, nil
}

// notAllowed is the answer to a method that the service does not have.
func notAllowed(method, id string) error {
	return arm.Refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The request method %s is not allowed on '%s': nobody makes or deletes one.", method, id)
}
