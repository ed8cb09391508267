package runbooks

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/promises"
)

// A seal is the SHA-256 of a document, in hex, in the metadata of its blob under
// sealName. Every document in the container sealedIn has one.
const (
	sealName = "sha256"
	sealedIn = "sealed"
)

var sealForm = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// sealsStep looks at the archive where it lies. It is all there is to the drill
// where nothing is restored.
func sealsStep(scene Scene, more bool) drill.Step {
	archive := scene.Estate.Archive
	return drill.Step{
		Name: "seals", Phase: drill.Prepare, Estimate: scene.blobPace().read, Repeatable: true, On: []string{archive.ID},
		Do: func(ctx context.Context, run *drill.Run) error {
			if err := checkLock(ctx, scene.Cloud, run, archive); err != nil {
				return err
			}
			seals, err := checkSeals(ctx, scene, run)
			if err == nil && seals == 0 && !more {
				return fmt.Errorf("%w: no document has been sealed in %s yet", drill.ErrUnmeasured, archive.Name)
			}
			return err
		},
	}
}

// checkLock reads an account's immutability policy back.
func checkLock(ctx context.Context, c *cloud.Cloud, run *drill.Run, a *estate.Account) error {
	got, err := c.Storage.NewAccountsClient().GetProperties(ctx, a.Group, a.Name, nil)
	if err != nil {
		return fmt.Errorf("read the account %s: %w", a.Name, cloud.Explain(err))
	}
	_, check := lockOf(got.Account)
	check.Name = a.Name + ": the policy is locked"
	return run.Check(check)
}

// lockOf says whether an account keeps every version of every blob for a time
// that nobody can shorten, and for how long.
func lockOf(a armstorage.Account) (time.Duration, drill.Check) {
	if a.Properties == nil || a.Properties.ImmutableStorageWithVersioning == nil {
		return 0, drill.Check{Detail: "there is no immutability policy"}
	}
	p := a.Properties.ImmutableStorageWithVersioning
	if p.Enabled == nil || !*p.Enabled || p.ImmutabilityPolicy == nil || p.ImmutabilityPolicy.State == nil {
		return 0, drill.Check{Detail: "version-level immutability is off, or has no policy"}
	}
	var period time.Duration
	if days := p.ImmutabilityPolicy.ImmutabilityPeriodSinceCreationInDays; days != nil {
		period = time.Duration(*days) * day
	}
	state := *p.ImmutabilityPolicy.State
	return period, drill.Check{
		OK:     state == armstorage.AccountImmutabilityPolicyStateLocked && period > 0,
		Detail: fmt.Sprintf("%s for %s from a blob's creation", state, promises.FormatDuration(period)),
	}
}

// checkSeals compares final documents with their seals, all or a sample, and says
// how many it compared. One without a seal is a fault where all must have one.
func checkSeals(ctx context.Context, scene Scene, run *drill.Run) (int, error) {
	at, err := containersOf(scene.Cloud, scene.Estate.Archive)
	if err != nil {
		return 0, err
	}
	chosen, err := choose(ctx, at)
	if err != nil {
		return 0, err
	}
	compared, faults := 0, 0
	for _, i := range chosen.items {
		fault, sealed, err := compareSeal(ctx, at[i.container], i)
		if err != nil {
			return compared, err
		}
		if sealed {
			compared++
		}
		if fault == "" {
			continue
		}
		run.Say("%s/%s: %s", i.container, i.name, fault)
		if faults++; faults <= mostDifferences {
			if err := run.Check(drill.Check{Name: "seal of " + i.key(), Detail: fault}); err != nil {
				return compared, err
			}
		}
	}
	return compared, run.Check(drill.Check{
		Name: "seals", OK: faults == 0,
		Detail: fmt.Sprintf("%d seals compared, %d faults; looked at %s", compared, faults, chosen),
	})
}

// compareSeal computes a document's hash again.
func compareSeal(ctx context.Context, c *container.Client, i item) (fault string, sealed bool, err error) {
	b := c.NewBlobClient(i.name)
	properties, err := b.GetProperties(ctx, nil)
	if err != nil {
		return "", false, fmt.Errorf("read the properties of %s: %w", i.key(), cloud.Explain(err))
	}
	if mode := properties.ImmutabilityPolicyMode; mode != nil && !strings.EqualFold(string(*mode), string(blob.ImmutabilityPolicyModeLocked)) {
		return fmt.Sprintf("its own immutability policy is %s, not locked", *mode), false, nil
	}
	seal := sealOf(properties.Metadata)
	switch {
	case seal == "" && i.container != sealedIn:
		return "", false, nil
	case seal == "":
		return "it has no seal: there is no metadata " + sealName, false, nil
	case !sealForm.MatchString(seal):
		return "its seal is no SHA-256 in hex", false, nil
	}
	sum, err := sumOf(ctx, b)
	if err != nil {
		return "", false, fmt.Errorf("read the document %s: %w", i.key(), cloud.Explain(err))
	}
	if !strings.EqualFold(sum, seal) {
		return fmt.Sprintf("seen %s, sealed as %s: it is not the document that was sealed", sum, strings.ToLower(seal)), true, nil
	}
	return "", true, nil
}

// sealOf reads a seal. HTTP does not keep the case of names.
func sealOf(metadata map[string]*string) string {
	for name := range metadata {
		if strings.EqualFold(name, sealName) && metadata[name] != nil {
			return strings.TrimSpace(*metadata[name])
		}
	}
	return ""
}
