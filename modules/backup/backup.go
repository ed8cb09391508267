package backup

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/modules/documents"
	"github.com/tillit-dev/tillit/modules/governance"
	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/network"
	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/modules/watch"
)

// Args describe the vaults and what they protect.
type Args struct {
	Site       site.Site
	Retention  time.Duration         // backup.retention for; zero keeps no long-term copies
	Daily      time.Duration         // backup.daily for: how long the daily copies are kept that a vault makes
	Elsewhere  bool                  // backup.elsewhere: geo-redundant, cross-region restore
	Immutable  time.Duration         // backup.immutable for: copies are kept at least so long; zero locks nothing
	Keys       map[string]*keys.Keys // by region; nil means platform keys
	Network    *network.Network
	Identity   *identity.Identity // its workload "backup" reads the keys
	Governance *governance.Governance
	Watch      *watch.Watch
	Database   *database.Database // protected when its means need a vault; may be nil
	Documents  *documents.Documents
}

// Backup holds a Recovery Services vault, a Backup vault and their guard.
type Backup struct {
	pulumi.ResourceState
	RecoveryVaultID pulumi.StringOutput
	BackupVaultID   pulumi.StringOutput
	PrincipalID     pulumi.StringOutput // object id of the Backup vault's own identity

	args     Args
	workload identity.Workload
	key      *keys.Key
}

// softDelete is how many days a deleted copy can be brought back.
const softDelete = 14

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Backup, error) {
	workload, ok := args.Identity.Workloads["backup"]
	if !ok {
		return nil, errors.New(`backup: there is no identity for the workload "backup"`)
	}
	b := &Backup{args: args, workload: workload}
	if err := ctx.RegisterComponentResource("tillit:modules:Backup", name, b, opts...); err != nil {
		return nil, err
	}
	if err := b.build(ctx); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{
		"recoveryVaultId": b.RecoveryVaultID, "backupVaultId": b.BackupVaultID,
	})
}

func (b *Backup) build(ctx *pulumi.Context) error {
	if err := b.unlock(ctx); err != nil {
		return err
	}
	recovery, err := b.recoveryVault(ctx)
	if err != nil {
		return err
	}
	vault, err := b.backupVault(ctx)
	if err != nil {
		return err
	}
	if b.args.Immutable > 0 {
		if err := b.guard(ctx, recovery, vault); err != nil {
			return err
		}
	}
	if b.keepDaily() == 0 {
		return nil
	}
	if err := b.machines(ctx, recovery); err != nil {
		return err
	}
	return b.protect(ctx, vault)
}

// keep is how far back copies must reach.
func (b *Backup) keep() time.Duration { return max(b.args.Retention, b.args.Immutable) }

// keepDaily is how far back copies must reach that a vault makes every day.
func (b *Backup) keepDaily() time.Duration { return max(b.keep(), b.args.Daily) }

// unlock makes the key of the vaults, where the estate has keys.
func (b *Backup) unlock(ctx *pulumi.Context) error {
	if b.args.Keys == nil {
		return nil
	}
	vault, ok := b.args.Keys[b.args.Site.Region]
	if !ok {
		return fmt.Errorf("no key vault stands in %s", b.args.Site.Region)
	}
	key, err := vault.Key(ctx, "backup", b.workload)
	b.key = &key
	return err
}

// protect takes copies of what needs a vault: the documents, and for longer than
// it keeps its own daily ones a PostgreSQL server. Azure SQL keeps its own
// long-term copies.
func (b *Backup) protect(ctx *pulumi.Context, vault *dataprotection.BackupVault) error {
	if b.keep() > 0 && b.args.Database != nil && b.args.Database.Means == database.Postgres {
		if err := b.protectPostgres(ctx, vault); err != nil {
			return err
		}
	}
	if b.args.Documents != nil {
		return b.protectDocuments(ctx, vault)
	}
	return nil
}

// tags mark what belongs to the vaults.
func (b *Backup) tags() pulumi.StringMap {
	return b.args.Site.Tagged(map[string]string{"class": "backup"})
}

// choose is one of two states, by whether a promise asks for it.
func choose(promised bool, yes, no string) pulumi.String {
	if promised {
		return pulumi.String(yes)
	}
	return pulumi.String(no)
}
