package runbooks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
)

// settings are those of one type of resource that nobody can weaken any more.
type settings struct {
	kind    string // ARM type
	version string // of its API
	role    string // that may write it
	locks   []latch
}

// latch is a setting that, once it has its locked value, keeps it.
type latch struct {
	name   string // of the attempt
	path   []string
	locked any
	// weaker is what the attempt asks for; nil asks for one less than it is.
	weaker any
	// under names the lock of another setting on which this one depends.
	under []string
}

// What can be locked, and what Azure then refuses. Sources: MicrosoftDocs/azure-docs
// articles/storage/blobs/immutable-version-level-worm-policies.md,
// articles/backup/backup-azure-immutable-vault-concept.md,
// articles/backup/backup-azure-enhanced-soft-delete-about.md,
// articles/key-vault/general/soft-delete-overview.md.
var (
	storageSettings = settings{
		kind: "Microsoft.Storage/storageAccounts", version: "2022-09-01", role: "Storage Account Contributor",
		locks: []latch{
			{name: "unlock the policy", path: []string{"immutableStorageWithVersioning", "immutabilityPolicy", "state"}, locked: "Locked", weaker: "Unlocked"},
			{
				name: "shorten the policy by a day", path: []string{"immutableStorageWithVersioning", "immutabilityPolicy", "immutabilityPeriodSinceCreationInDays"},
				under: []string{"immutableStorageWithVersioning", "immutabilityPolicy", "state"}, locked: "Locked",
			},
		},
	}
	backupVaultSettings = settings{
		kind: "Microsoft.DataProtection/backupVaults", version: "2024-04-01", role: "Backup Contributor",
		locks: []latch{
			{name: "unlock immutability", path: []string{"securitySettings", "immutabilitySettings", "state"}, locked: "Locked", weaker: "Unlocked"},
			{name: "switch soft delete off", path: []string{"securitySettings", "softDeleteSettings", "state"}, locked: "AlwaysOn", weaker: "Off"},
		},
	}
	recoveryVaultSettings = settings{
		kind: "Microsoft.RecoveryServices/vaults", version: "2024-10-01", role: "Backup Contributor",
		locks: []latch{
			{name: "unlock immutability", path: []string{"securitySettings", "immutabilitySettings", "state"}, locked: "Locked", weaker: "Unlocked"},
			{name: "switch soft delete off", path: []string{"securitySettings", "softDeleteSettings", "softDeleteState"}, locked: "AlwaysON", weaker: "Disabled"},
		},
	}
	keyVaultSettings = settings{
		kind: "Microsoft.KeyVault/vaults", version: "2023-02-01", role: "Key Vault Contributor",
		locks: []latch{{name: "switch purge protection off", path: []string{"enablePurgeProtection"}, locked: true, weaker: false}},
	}
)

// settings tries to weaken each of a resource's locked settings.
func (t tampering) settings(ctx context.Context, run *drill.Run, s settings, id, place string) error {
	got, err := t.scene.Cloud.Resources.NewClient().GetByID(ctx, id, s.version, nil)
	if err != nil {
		return fmt.Errorf("read the settings of %s: %w", id, cloud.Explain(err))
	}
	for _, l := range s.locks {
		c, err := t.latch(ctx, run, s, l, id, place, got.Properties)
		if err != nil {
			return err
		}
		if err := run.Check(c); err != nil {
			return err
		}
	}
	return nil
}

// latch makes one attempt, if the setting reads as locked.
func (t tampering) latch(ctx context.Context, run *drill.Run, s settings, l latch, id, place string, properties any) (drill.Check, error) {
	c := drill.Check{Name: place + ": " + l.name}
	key, is := "before the attempt at "+id+": "+l.name, at(properties, l.path...)
	var before any
	found, err := run.Get(key, &before)
	if err != nil {
		return c, err
	}
	if found && is != before {
		c.Detail = fmt.Sprintf("accepted in a run that was cut off then, and put back: it was %v", is)
		return c, t.putBack(ctx, s, l, id, properties, before)
	}
	lock := l.path
	if l.under != nil {
		lock = l.under
	}
	if state := at(properties, lock...); state != l.locked {
		c.Detail = fmt.Sprintf("not tried: %s is %v and not %v, so anybody who may write it can", strings.Join(lock, "."), state, l.locked)
		return c, nil
	}
	weaker := l.weaker
	if weaker == nil {
		days, _ := is.(float64)
		if days <= 1 {
			c.OK, c.Detail = true, fmt.Sprintf("not tried: %s is %v, and less than a day there is not", strings.Join(l.path, "."), days)
			return c, nil
		}
		weaker = days - 1
	}
	if err := run.Put(key, is); err != nil {
		return c, err
	}
	a := attempt{name: l.name, role: s.role, try: func(ctx context.Context) error {
		return t.patch(ctx, id, s.version, properties, l.path, weaker)
	}}
	c, came, err := a.carryOut(ctx, place, t.who)
	if err != nil || came != accepted {
		return c, err
	}
	c.Detail += ", and put back at once"
	return c, t.putBack(ctx, s, l, id, properties, is)
}

// putBack undoes an attempt at a setting that was accepted.
func (t tampering) putBack(ctx context.Context, s settings, l latch, id string, properties, before any) error {
	return undo(ctx, fmt.Sprintf("%s WAS WEAKENED by the attempt to %s and could not be put back, set %s to %v now", id, l.name, strings.Join(l.path, "."), before),
		func(ctx context.Context) error { return t.patch(ctx, id, s.version, properties, l.path, before) })
}

// undo undoes an attempt that was accepted: Azure took back what cannot be taken
// back. It does so whatever happens to the run, and otherwise says what is left.
func undo(ctx context.Context, left string, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	if err := do(ctx); err != nil {
		return fmt.Errorf("%s: %w", left, cloud.Explain(err))
	}
	return nil
}

// patch writes one setting, and with it what stands beside it under the same first
// name, unchanged: Azure takes such parts as a whole.
func (t tampering) patch(ctx context.Context, id, version string, properties any, path []string, value any) error {
	part := value
	for i := len(path) - 1; i > 0; i-- {
		beside, _ := at(properties, path[:i]...).(map[string]any)
		whole := map[string]any{}
		for name, v := range beside {
			whole[name] = v
		}
		whole[path[i]] = part
		part = whole
	}
	poller, err := t.scene.Cloud.Resources.NewClient().BeginUpdateByID(ctx, id, version, armresources.GenericResource{
		Properties: map[string]any{path[0]: part},
	}, nil)
	_, err = cloud.Done(ctx, poller, err)
	return err
}

// overridden looks for containers whose own policy takes the place of the
// account's and is weaker. Nothing is tried at them: they hold real documents and
// logs.
func (t tampering) overridden(ctx context.Context, run *drill.Run, a estate.Account, place string) error {
	for _, name := range a.Containers {
		if strings.HasPrefix(name, "$") {
			continue
		}
		id := a.ID + "/blobServices/default/containers/" + name + "/immutabilityPolicies/default"
		got, err := t.scene.Cloud.Storage.NewBlobContainersClient().GetImmutabilityPolicy(ctx, a.Group, a.Name, name, nil)
		if came, _ := weigh(err); came == gone {
			continue
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", id, cloud.Explain(err))
		}
		if got.Properties == nil || got.Properties.State == nil || *got.Properties.State == "" {
			continue
		}
		c := drill.Check{Name: place + ": the policy of the container " + name, OK: string(*got.Properties.State) == "Locked", Detail: string(*got.Properties.State)}
		if days := got.Properties.ImmutabilityPeriodSinceCreationInDays; days == nil || *days == 0 {
			continue // no policy of its own
		}
		if err := run.Check(c); err != nil {
			return err
		}
	}
	return nil
}

// resources lists the ids of the estate's resources of one type.
func (s Scene) resources(ctx context.Context, kind string) ([]string, error) {
	var ids []string
	pager := s.Cloud.Resources.NewClient().NewListPager(&armresources.ClientListOptions{Filter: to("resourceType eq '" + kind + "'")})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the estate's %s: %w", kind, cloud.Explain(err))
		}
		for _, r := range page.Value {
			if r.ID != nil && text(r.Tags["estate"]) == s.Estate.Name && r.Tags[drill.MarkerTag] == nil {
				ids = append(ids, *r.ID)
			}
		}
	}
	return ids, nil
}
