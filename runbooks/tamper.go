package runbooks

import (
	"context"
	"fmt"
	"strings"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/promises"
)

// tamper tries to do what the promises say nobody can: alter, delete and unlock
// backups, archived logs and final documents.
//
// It runs against production, so each attempt must be harmless if it is not
// refused. Attempts at blobs are made at a canary in a container of tillit's own.
// Attempts at settings are made only where the setting reads as locked, which
// Azure lets nobody undo; if it did, the setting is put back at once. Where a
// setting is not locked nothing is tried: that is the finding. What cannot be made
// harmless is left out: deleting accounts, vaults, backup instances and recovery
// points, taking away a Resource Guard or a resource lock, switching versions off.
func tamper() Runbook {
	return Runbook{
		Name: "tamper", Title: "alter and delete what is locked; every attempt must be refused",
		Promises:  []promises.ID{"backup.immutable", "log.tamper-proof", "crypto.keys", "data.sealed"},
		Objective: func(*promises.Declaration) drill.Objective { return drill.Objective{} },
		Build:     buildTamper,
	}
}

func buildTamper(ctx context.Context, scene Scene) (drill.Drill, error) {
	e := scene.Estate
	d := drill.Drill{Name: "tamper", Target: scene.Cloud.Target()} // it makes no resources
	who, err := scene.Cloud.Who(ctx)
	if err != nil {
		return d, cloud.Explain(err)
	}
	t := tampering{scene, who.Login}
	if e.Archive != nil {
		d.Steps = append(d.Steps, t.blobs("archive", *e.Archive, false))
	}
	for i, a := range e.Logs {
		d.Steps = append(d.Steps, t.blobs(fmt.Sprintf("logs-%d", i+1), a, true))
	}
	if e.Declaration.Has("backup.immutable") {
		d.Steps = append(d.Steps, t.vaults())
	}
	if e.Declaration.Has("crypto.keys") {
		d.Steps = append(d.Steps, t.keys())
	}
	for _, promised := range []struct {
		id    promises.ID
		there bool
		what  string
	}{
		{"backup.immutable", e.Archive != nil && len(e.Vaults) > 0, "archive of documents and Backup vault"},
		{"log.tamper-proof", len(e.Logs) > 0, "archive of logs"},
		{"data.sealed", e.Archive != nil, "archive of documents"},
	} {
		if e.Declaration.Has(promised.id) && !promised.there {
			return d, fmt.Errorf("%w: %s promises %s and has no %s", ErrUnavailable, e.Name, promised.id, promised.what)
		}
	}
	if len(d.Steps) == 0 {
		return d, fmt.Errorf("%w: %s promises nothing that is locked", ErrUnavailable, e.Name)
	}
	return d, nil
}

// tampering is an attack on an estate.
type tampering struct {
	scene Scene
	who   string // under whose name it is tried
}

// blobs attacks an account under a policy: one of archived logs, whose canary is an
// append blob as they are, or one of final documents.
func (t tampering) blobs(name string, a estate.Account, appended bool) drill.Step {
	return drill.Step{
		Name: name, Phase: drill.Verify, Estimate: t.scene.blobPace().look, Cost: 1, Repeatable: true,
		On: []string{a.ID, a.ID + "/blobServices/default/containers/" + canaries + " (a blob of a few bytes, which by design stays until its time of retention is up)"},
		Do: func(ctx context.Context, run *drill.Run) error {
			if err := t.settings(ctx, run, storageSettings, a.ID, name); err != nil {
				return err
			}
			if err := t.overridden(ctx, run, a, name); err != nil {
				return err
			}
			return t.canary(ctx, run, a, name, appended)
		},
	}
}

// vaults attacks the vaults that hold backups.
func (t tampering) vaults() drill.Step {
	var on []string
	for _, v := range t.scene.Estate.Vaults {
		on = append(on, v.ID)
	}
	return drill.Step{
		Name: "vaults", Phase: drill.Verify, Estimate: t.scene.blobPace().look, Repeatable: true, On: append(on, "the estate's Recovery Services vaults"),
		Do: func(ctx context.Context, run *drill.Run) error {
			for _, v := range t.scene.Estate.Vaults {
				if err := t.settings(ctx, run, backupVaultSettings, v.ID, v.Name); err != nil {
					return err
				}
				if err := t.policies(ctx, run, v); err != nil {
					return err
				}
			}
			return t.each(ctx, run, recoveryVaultSettings, false)
		},
	}
}

// keys attacks the vaults that hold the keys of everything else.
func (t tampering) keys() drill.Step {
	return drill.Step{
		Name: "keys", Phase: drill.Verify, Estimate: t.scene.blobPace().look, Repeatable: true, On: []string{"the estate's key vaults"},
		Do: func(ctx context.Context, run *drill.Run) error { return t.each(ctx, run, keyVaultSettings, true) },
	}
}

// each attacks every resource of the estate of one type. With needed, there must be
// one.
func (t tampering) each(ctx context.Context, run *drill.Run, s settings, needed bool) error {
	ids, err := t.scene.resources(ctx, s.kind)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.settings(ctx, run, s, id, id[strings.LastIndexByte(id, '/')+1:]); err != nil {
			return err
		}
	}
	if len(ids) > 0 || !needed {
		return nil
	}
	return run.Check(drill.Check{Name: s.kind, Detail: "the estate has none that " + t.who + " can see: the role Reader is needed on its resource groups"})
}
