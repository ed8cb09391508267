package runbooks

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/dataprotection/armdataprotection/v3"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
)

// policies tries to have a vault keep its copies for less time, policy by policy:
// an immutable vault takes no policy that does. An attempt is for a day less, or some
// more where months are counted, so that what would go, were it accepted and not
// put back, is about to go anyway.
// Source: MicrosoftDocs/azure-docs articles/backup/backup-azure-immutable-vault-concept.md.
func (t tampering) policies(ctx context.Context, run *drill.Run, v estate.Vault) error {
	got, err := t.scene.Cloud.Resources.NewClient().GetByID(ctx, v.ID, backupVaultSettings.version, nil)
	if err != nil {
		return fmt.Errorf("read the settings of %s: %w", v.ID, cloud.Explain(err))
	}
	lock := backupVaultSettings.locks[0]
	state := at(got.Properties, lock.path...)
	pager := t.scene.Cloud.Protection.NewBackupPoliciesClient().NewListPager(v.Group, v.Name, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the policies of %s: %w", v.Name, cloud.Explain(err))
		}
		for _, p := range page.Value {
			kept := keeping(p)
			if p.ID == nil || p.Name == nil || len(kept) == 0 {
				continue // it keeps nothing in the vault, which immutability would hold
			}
			c, err := t.policy(ctx, run, v, p, kept, state == lock.locked)
			if err != nil {
				return err
			}
			if err := run.Check(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// keeping are the times for which a policy keeps copies in the vault, to be read
// and set.
func keeping(p *armdataprotection.BaseBackupPolicyResource) (times []**string) {
	whole, _ := p.Properties.(*armdataprotection.BackupPolicy)
	if whole == nil {
		return nil
	}
	for _, r := range whole.PolicyRules {
		rule, _ := r.(*armdataprotection.AzureRetentionRule)
		if rule == nil {
			continue
		}
		for _, cycle := range rule.Lifecycles {
			until, _ := cycle.DeleteAfter.(*armdataprotection.AbsoluteDeleteOption)
			from := cycle.SourceDataStore
			if until != nil && until.Duration != nil && from != nil && from.DataStoreType != nil && *from.DataStoreType == armdataprotection.DataStoreTypesVaultStore {
				times = append(times, &until.Duration)
			}
		}
	}
	return times
}

// policy makes one attempt, if the vault reads as locked.
func (t tampering) policy(ctx context.Context, run *drill.Run, v estate.Vault, p *armdataprotection.BaseBackupPolicyResource, kept []**string, locked bool) (drill.Check, error) {
	name := "shorten the policy " + *p.Name + " by a day"
	c := drill.Check{Name: v.Name + ": " + name}
	var is, shorter, before []string
	for _, k := range kept {
		less, err := dayLess(**k)
		if err != nil {
			return c, fmt.Errorf("the policy %s: %w", *p.ID, err)
		}
		is, shorter = append(is, **k), append(shorter, less)
	}
	write := func(ctx context.Context, times []string) error {
		for i, k := range kept {
			*k = &times[i]
		}
		_, err := t.scene.Cloud.Protection.NewBackupPoliciesClient().CreateOrUpdate(ctx, v.Group, v.Name, *p.Name, armdataprotection.BaseBackupPolicyResource{Properties: p.Properties}, nil)
		return err
	}
	back := func(times []string) error {
		return undo(ctx, fmt.Sprintf("%s WAS WEAKENED by the attempt to %s and could not be put back, have it keep copies for %v now", *p.ID, name, times),
			func(ctx context.Context) error { return write(ctx, times) })
	}
	key := "before the attempt at " + *p.ID
	found, err := run.Get(key, &before)
	if err != nil {
		return c, err
	}
	if found && !slices.Equal(is, before) {
		c.Detail = fmt.Sprintf("accepted in a run that was cut off then, and put back: it was %v", is)
		return c, back(before)
	}
	if !locked {
		c.Detail = "not tried: the vault is not locked, so anybody who may write the policy can"
		return c, nil
	}
	if slices.Equal(is, shorter) {
		c.OK, c.Detail = true, fmt.Sprintf("not tried: it is %v, and less than a day there is not", is)
		return c, nil
	}
	if err := run.Put(key, is); err != nil {
		return c, err
	}
	a := attempt{name: name, role: backupVaultSettings.role, try: func(ctx context.Context) error { return write(ctx, shorter) }}
	c, came, err := a.carryOut(ctx, v.Name, t.who)
	if err != nil || came != accepted {
		return c, err
	}
	c.Detail += ", and put back at once"
	return c, back(is)
}

var durationForm = regexp.MustCompile(`^P(\d{1,5})([DWMY])$`)

// dayLess is a duration as policies write it, such as P54W, and a day less. Months
// and years vary: of these it is a day less than the shortest that they can be. A
// day stays a day.
func dayLess(text string) (string, error) {
	found := durationForm.FindStringSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%q is no duration: P, a number, and D, W, M or Y", text)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return "", err
	}
	days := n
	switch found[2] {
	case "W":
		days = 7 * n
	case "M":
		days = n / 12 * 365
		if n%12 > 0 {
			days += n%12*30 - 2
		}
	case "Y":
		days = 365 * n
	}
	if days <= 1 {
		return text, nil
	}
	return fmt.Sprintf("P%dD", days-1), nil
}
