package runbooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
	"github.com/tillit-dev/tillit/promises"
)

// documents restores blobs to a point. Azure does that in place only, so copies
// of the documents go into an account of the run's own, are damaged there, and are
// brought back. What is sealed is compared with its seal where it lies.
func documents() Runbook {
	return Runbook{
		Name: "documents", Title: "blobs restored to a point on a scratch copy, seals checked",
		Promises:  []promises.ID{"backup.interval", "data.sealed", "backup.immutable"},
		Objective: documentsObjective,
		Build: func(ctx context.Context, scene Scene) (drill.Drill, error) {
			return buildDocuments(ctx, scene, examineBlobs)
		},
	}
}

// documentsObjective is about the operational documents; where no point-in-time
// restore of them is promised the drill looks at seals only, and measures nothing.
func documentsObjective(d *promises.Declaration) drill.Objective {
	if !d.Has("backup.interval") {
		return drill.Objective{}
	}
	return drill.Objective{
		Point: d.Params("backup.interval").Duration("every"),
		Time:  d.Params("backup.tested").Duration("within"),
	}
}

// blobVerifier is examineBlobs; the tests put a blind one in its place.
type blobVerifier func(context.Context, map[string]*container.Client, expectedBlobs) (heartbeat.Beat, []drill.Check, error)

func buildDocuments(ctx context.Context, scene Scene, look blobVerifier) (drill.Drill, error) {
	e := scene.Estate
	d := drill.Drill{Name: "documents", Objective: documentsObjective(e.Declaration), Target: scene.Cloud.Target()}
	if !scene.Point.IsZero() {
		return d, fmt.Errorf("%w: the copy that documents restores has no past before the drill, so no point in time can be chosen", ErrUnavailable)
	}
	if e.Declaration.Has("backup.interval") {
		if err := canRestoreBlobs(ctx, scene); err != nil {
			return d, err
		}
		r := restoration{scene, look}
		d.Steps, d.Target = r.steps(), scene.Cloud.Target(e.Workbench.Name)
	}
	if e.Archive != nil {
		d.Steps = append(d.Steps, sealsStep(scene, len(d.Steps) > 0))
	}
	if len(d.Steps) == 0 {
		return d, fmt.Errorf("%w: %s promises neither a point to which its documents can be restored (backup.interval) nor sealed ones", ErrUnavailable, e.Name)
	}
	return d, nil
}

// canRestoreBlobs refuses an estate whose documents cannot be restored to a point,
// whatever it promises.
func canRestoreBlobs(ctx context.Context, scene Scene) error {
	source := scene.Estate.Documents
	if source == nil || len(documentsIn(source)) == 0 || scene.Estate.Workbench.Name == "" {
		return fmt.Errorf("%w: %s has no containers of documents, or no resource group for drills", ErrUnavailable, scene.Estate.Name)
	}
	got, err := scene.Cloud.Storage.NewBlobServicesClient().GetServiceProperties(ctx, source.Group, source.Name, nil)
	if err != nil {
		return fmt.Errorf("read the blob service of %s: %w", source.Name, cloud.Explain(err))
	}
	p := got.BlobServiceProperties.BlobServiceProperties
	if p == nil || p.RestorePolicy == nil || p.RestorePolicy.Enabled == nil || !*p.RestorePolicy.Enabled {
		return fmt.Errorf("%w: point-in-time restore of %s is switched off, which backup.interval promises", ErrUnavailable, source.Name)
	}
	return nil
}

// restoration is the part of the drill that restores.
type restoration struct {
	scene Scene
	look  blobVerifier
}

// Account and endpoint cost cents an hour; a gigabyte's copy and restore, some
// cents.
func (r restoration) steps() []drill.Step {
	source, bench := r.scene.Estate.Documents, r.scene.Estate.Workbench
	reads := []string{source.ID}
	if r.scene.Estate.Replica != nil {
		reads = append(reads, r.scene.Estate.Replica.ID)
	}
	account := bench.ID + "/providers/Microsoft.Storage/storageAccounts/(of the run's own)"
	own, pace := []string{account}, r.scene.blobPace()
	return []drill.Step{
		{Name: "production", Phase: drill.Prepare, Estimate: pace.look, Repeatable: true, On: reads, Do: r.production},
		{Name: "scratch", Phase: drill.Prepare, Estimate: pace.make, Cost: 10, Repeatable: true, On: own, Do: func(ctx context.Context, run *drill.Run) error {
			return makeScratch(ctx, r.scene, run, source, documentsIn(source))
		}},
		{Name: "copy", Phase: drill.Prepare, Estimate: pace.copy, Cost: 10, Repeatable: true, On: []string{source.ID, account}, Do: r.copy},
		{Name: "manifest", Phase: drill.Prepare, Estimate: pace.read, Repeatable: true, On: own, Do: r.manifest},
		{Name: "damage", Phase: drill.Detect, Estimate: pace.look, Repeatable: true, On: own, Do: r.damage},
		{Name: "restore", Phase: drill.Copy, Estimate: pace.restore, Cost: 10, Repeatable: true, On: own, Do: r.restore},
		{Name: "verify", Phase: drill.Verify, Estimate: pace.read, Repeatable: true, On: own, Do: r.verify},
	}
}

// production reads how far behind the real documents would be: their own newest
// heartbeat is what a restore in place would bring back, the replica's what a lost
// region would leave.
func (r restoration) production(ctx context.Context, run *drill.Run) error {
	e := r.scene.Estate
	at, err := containersOf(r.scene.Cloud, e.Documents)
	if err != nil {
		return err
	}
	source, found, err := newestBlob(ctx, at)
	if err != nil {
		return err
	}
	now := r.scene.Now()
	if err := run.Check(lag("production heartbeat", source, found, now, documentsObjective(e.Declaration).Point)); err != nil || e.Replica == nil {
		return err
	}
	if at, err = containersOf(r.scene.Cloud, e.Replica); err != nil {
		return err
	}
	copied, found, err := newestBlob(ctx, at)
	if err != nil {
		return err
	}
	c := lag("replica lag", copied, found, now, e.Declaration.Params("continuity.standby").Duration("within"))
	// A copy that has the newest heartbeat does not lag, however old that is.
	c.OK = c.OK || found && !copied.At.Before(source.At)
	return run.Check(c)
}

// lag is a check that a heartbeat is young enough; zero asks for no age. Where less
// is promised than the time between two heartbeats, that time counts.
func lag(name string, beat heartbeat.Beat, found bool, now time.Time, within time.Duration) drill.Check {
	if !found {
		return drill.Check{Name: name, Detail: "there is no heartbeat: the job that writes them does not run"}
	}
	age := max(0, now.Sub(beat.At))
	c := drill.Check{Name: name, OK: within == 0 || age <= max(within, fresh), Detail: fmt.Sprintf("%s old, number %d of %s", age.Round(time.Second), beat.Sequence, instant(beat.At))}
	if within > 0 {
		c.Detail += ", promised within " + promises.FormatDuration(within)
	}
	return c
}

// ends opens both sides.
func (r restoration) ends(run *drill.Run) (from, into map[string]*container.Client, err error) {
	if from, err = containersOf(r.scene.Cloud, r.scene.Estate.Documents); err != nil {
		return nil, nil, err
	}
	into, err = r.own(run)
	return from, into, err
}

// own opens the containers of the run's own account.
func (r restoration) own(run *drill.Run) (map[string]*container.Client, error) {
	var own scratch
	if err := own.kept(run); err != nil {
		return nil, err
	}
	return open(r.scene.Cloud, own.Endpoint, documentsIn(r.scene.Estate.Documents))
}

const keyCopied, keyExpected = "copied", "expected"

// copy fills the run's own account. Only what is written after restore has been
// switched on can be restored, so it waits for that.
func (r restoration) copy(ctx context.Context, run *drill.Run) error {
	var own scratch
	if err := own.kept(run); err != nil {
		return err
	}
	run.Say("waiting until point-in-time restore of %s begins", own.Name)
	if err := covered(ctx, r.scene, own.Name); err != nil {
		return err
	}
	from, into, err := r.ends(run)
	if err != nil {
		return err
	}
	chosen, err := choose(ctx, from)
	if err != nil {
		return err
	}
	if len(chosen.items) == 0 {
		return fmt.Errorf("%w: %s holds no documents, so none can be restored", ErrUnavailable, r.scene.Estate.Documents.Name)
	}
	run.Say("copying %s", chosen)
	sums, err := duplicate(ctx, chosen.items, from, into)
	if err != nil {
		return err
	}
	return errors.Join(run.Put(keyCopied, sums), run.Check(drill.Check{Name: "copied", OK: len(sums) > 0, Detail: chosen.String()}))
}

func (s selection) String() string {
	which := "all of them"
	if len(s.items) < s.all {
		which = fmt.Sprintf("those of the %d with the least SHA-256 of the name", s.all)
	}
	return fmt.Sprintf("%d documents, %d bytes: %s", len(s.items), s.bytes, which)
}

// manifest takes down what there is, after a last heartbeat.
func (r restoration) manifest(ctx context.Context, run *drill.Run) error {
	at, err := r.own(run)
	if err != nil {
		return err
	}
	var sums map[string]string
	if _, err := run.Get(keyCopied, &sums); err != nil {
		return err
	}
	want := expectedBlobs{Containers: map[string]*manifest.Blobs{}}
	if want.Beat, err = heartbeat.WriteBlob(ctx, at[names(at)[0]]); err != nil {
		return fmt.Errorf("write a heartbeat into the copy: %w", err)
	}
	same := 0
	for name, c := range at {
		// Heartbeats come on top of the copies.
		m, err := manifest.TakeBlobs(ctx, c, 2*mostBlobs)
		if err != nil {
			return fmt.Errorf("take down the container %s: %w", name, err)
		}
		want.Containers[name] = m
		for _, b := range m.Blobs {
			if sum := sums[name+"/"+b.Name]; sum != "" && sum == b.SHA256 {
				same++
			}
		}
	}
	err = run.Check(drill.Check{
		Name: "the copies are what production holds", OK: same == len(sums),
		Detail: fmt.Sprintf("%d of %d by SHA-256", same, len(sums)),
	})
	if err := errors.Join(err, run.Put(keyExpected, want)); err != nil {
		return err
	}
	return wait(ctx, margin)
}

// margin is how long before the damage the restored point lies, and how long after
// the manifest: an account's clock is known to a second only, from the dates of its
// answers.
const margin = time.Second

// damage declares the failure, does what a failure does, and wants the
// verification to see it.
func (r restoration) damage(ctx context.Context, run *drill.Run) error {
	var want expectedBlobs
	if _, err := run.Get(keyExpected, &want); err != nil {
		return err
	}
	at, err := r.own(run)
	if err != nil {
		return err
	}
	declared, err := run.DeclareFailure()
	if err != nil {
		return err
	}
	var known bool
	if known, err = run.Get(keyPoint, new(time.Time)); err != nil {
		return err
	}
	if !known {
		point, err := pointBefore(ctx, at, declared, r.scene.Now)
		if err != nil {
			return err
		}
		if err := run.Put(keyPoint, point); err != nil {
			return err
		}
	}
	done, err := spoil(ctx, run, at, want.Containers)
	if err != nil {
		return err
	}
	_, checks, err := r.look(ctx, at, want)
	if err != nil {
		return err
	}
	seen := wrong(checks)
	return run.Check(drill.Check{
		Name: "the damage is seen", OK: slices.Contains(seen, "data"),
		Detail: fmt.Sprintf("%s; the verification finds fault with %s", done, strings.Join(seen, ", ")),
	})
}

// pointBefore is the instant before the failure on the account's clock.
func pointBefore(ctx context.Context, at map[string]*container.Client, declared time.Time, now func() time.Time) (time.Time, error) {
	answer, err := at[names(at)[0]].GetProperties(ctx, nil)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the account's clock: %w", cloud.Explain(err))
	}
	if answer.Date == nil {
		return time.Time{}, errors.New("read the account's clock: the answer does not say what time it is")
	}
	// A date is cut to the second, so the clock is up to a second further ahead.
	return declared.Add(answer.Date.Sub(now()) - margin).UTC(), nil
}

// restore puts everything back to the point.
func (r restoration) restore(ctx context.Context, run *drill.Run) error {
	var own scratch
	var point time.Time
	if err := own.kept(run); err != nil {
		return err
	}
	if _, err := run.Get(keyPoint, &point); err != nil {
		return err
	}
	run.Say("restoring %s to %s", own.Name, instant(point))
	accounts, bench := r.scene.Cloud.Storage.NewAccountsClient(), r.scene.Estate.Workbench.Name
	if err := r.idle(ctx, own.Name); err != nil {
		return err
	}
	// Empty ends are the account's first and last blob.
	poller, err := accounts.BeginRestoreBlobRanges(ctx, bench, own.Name, armstorage.BlobRestoreParameters{
		TimeToRestore: &point, BlobRanges: []*armstorage.BlobRestoreRange{{StartRange: to(""), EndRange: to("")}},
	}, nil)
	done, err := cloud.Done(ctx, poller, err)
	if err != nil {
		return fmt.Errorf("restore %s to %s: %w", own.Name, instant(point), cloud.Explain(err))
	}
	if done.Status != nil && *done.Status == armstorage.BlobRestoreProgressStatusFailed {
		return fmt.Errorf("restore %s to %s: Azure says that it failed: %s", own.Name, instant(point), text(done.FailureReason))
	}
	return nil
}

// idle waits for a restore that a run which was cut off has begun: there can be
// one at a time, and it cannot be called off.
func (r restoration) idle(ctx context.Context, account string) error {
	for {
		got, err := r.scene.Cloud.Storage.NewAccountsClient().GetProperties(ctx, r.scene.Estate.Workbench.Name, account,
			&armstorage.AccountsClientGetPropertiesOptions{Expand: to(armstorage.StorageAccountExpandBlobRestoreStatus)})
		if err != nil {
			return fmt.Errorf("read whether %s is being restored: %w", account, cloud.Explain(err))
		}
		p := got.Properties
		if p == nil || p.BlobRestoreStatus == nil || p.BlobRestoreStatus.Status == nil || *p.BlobRestoreStatus.Status != armstorage.BlobRestoreProgressStatusInProgress {
			return nil
		}
		if err := wait(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}

// verify looks at what came back.
func (r restoration) verify(ctx context.Context, run *drill.Run) error {
	var want expectedBlobs
	if _, err := run.Get(keyExpected, &want); err != nil {
		return err
	}
	if _, err := run.Get(keyPoint, &want.Point); err != nil {
		return err
	}
	at, err := r.own(run)
	if err != nil {
		return err
	}
	beat, checks, err := r.look(ctx, at, want)
	if err != nil {
		return err
	}
	return errors.Join(record(run, beat, checks), run.Verified())
}
