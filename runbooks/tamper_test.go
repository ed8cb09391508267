package runbooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/evidence"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// answered is an error as the SDK makes it of an answer.
func answered(status int, code string) error {
	return &azcore.ResponseError{StatusCode: status, ErrorCode: code, RawResponse: &http.Response{
		StatusCode: status, Body: http.NoBody,
	}}
}

// A refusal counts only if it comes from immutability.
func TestWeigh(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want verdict
	}{
		{"accepted", nil, accepted},
		{"blob under a policy", answered(409, "BlobImmutableDueToPolicy"), refused},
		{"policy under lock", answered(409, "ImmutabilityPolicyDeleteOnLockedPolicy"), refused},
		{"container", answered(409, "ContainerImmutableDueToPolicy"), refused},
		{"vault", answered(400, "BMSUserErrorImmutabilityStateUpdateNotAllowed"), refused},
		{"soft delete", answered(400, "UserErrorSoftDeleteStateAlwaysOn"), refused},
		{"wrapped", fmt.Errorf("x: %w", answered(409, "BlobImmutableDueToPolicy")), refused},
		{"no right to blobs", answered(403, "AuthorizationPermissionMismatch"), unpermitted},
		{"no right in the Resource Manager", answered(403, "AuthorizationFailed"), unpermitted},
		{"no right to what it is linked to", answered(403, "LinkedAuthorizationFailed"), unpermitted},
		{"closed network", answered(403, "AuthorizationFailure"), unpermitted},
		{"a lock on the resource", answered(409, "ScopeLocked"), otherwise},
		{"a bad request", answered(400, "InvalidRequestPropertyValue"), otherwise},
		{"an older state", answered(412, "ConditionNotMet"), otherwise},
		{"a lease", answered(412, "LeaseIdMissing"), otherwise},
		{"an unknown operation", answered(501, "NotImplementedImmutability"), otherwise},
		{"gone", answered(404, "BlobNotFound"), gone},
		{"no answer", errors.New("immutable connection reset"), otherwise},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, seen := weigh(c.err); got != c.want {
				t.Errorf("%d, %s", got, seen)
			}
		})
	}
}

// locked are the properties of an account under a policy.
func underPolicy(state string, grows bool) map[string]any {
	return map[string]any{"immutableStorageWithVersioning": map[string]any{"enabled": true, "immutabilityPolicy": map[string]any{
		"state": state, "immutabilityPeriodSinceCreationInDays": 365, "allowProtectedAppendWrites": grows,
	}}}
}

// vaults makes a Backup vault, a Recovery Services vault and a key vault.
func vaults(t *testing.T, s Scene, state, softDelete string) {
	t.Helper()
	group := subscription + "/resourceGroups/rg-" + s.Estate.Name + "/providers/"
	tags := map[string]any{"estate": s.Estate.Name}
	id := group + "Microsoft.DataProtection/backupVaults/bv-" + s.Estate.Name
	put(t, id, "2024-04-01", map[string]any{"location": "westeurope", "tags": tags, "properties": map[string]any{
		"storageSettings": []any{map[string]any{"datastoreType": "VaultStore", "type": "GeoRedundant"}},
		"securitySettings": map[string]any{
			"immutabilitySettings": map[string]any{"state": state}, "softDeleteSettings": map[string]any{"state": softDelete, "retentionDurationInDays": 14},
		},
	}})
	put(t, id+"/backupPolicies/weekly", "2024-04-01", map[string]any{"properties": keepingFor("P54W")})
	s.Estate.Vaults = []estate.Vault{{ID: id, Name: "bv-" + s.Estate.Name, Group: "rg-" + s.Estate.Name, Region: "westeurope"}}
	put(t, group+"Microsoft.RecoveryServices/vaults/rsv-"+s.Estate.Name, "2024-10-01", map[string]any{
		"location": "westeurope", "tags": tags, "sku": map[string]any{"name": "RS0", "tier": "Standard"}, "properties": map[string]any{
			"securitySettings": map[string]any{
				"immutabilitySettings": map[string]any{"state": state}, "softDeleteSettings": map[string]any{"softDeleteState": strings.ReplaceAll(softDelete, "AlwaysOn", "AlwaysON")},
			},
		},
	})
	put(t, group+"Microsoft.KeyVault/vaults/kv-"+s.Estate.Name, "2023-02-01", map[string]any{
		"location": "westeurope", "tags": tags, "properties": map[string]any{
			"sku": map[string]any{"family": "A", "name": "standard"}, "tenantId": "00000000-0000-4000-8000-000000000002", "enablePurgeProtection": true,
		},
	})
}

// keepingFor are the properties of a Backup vault's policy.
func keepingFor(time string) map[string]any {
	store := map[string]any{"objectType": "DataStoreInfoBase", "dataStoreType": "VaultStore"}
	return map[string]any{"objectType": "BackupPolicy", "datasourceTypes": []any{"Microsoft.DBforPostgreSQL/flexibleServers"}, "policyRules": []any{
		map[string]any{"objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": []any{
			map[string]any{"deleteAfter": map[string]any{"objectType": "AbsoluteDeleteOption", "duration": time}, "sourceDataStore": store},
		}},
	}}
}

// keptFor is what a vault's policy says in the end.
func keptFor(t *testing.T, v estate.Vault) string {
	t.Helper()
	rules, _ := at(rehearsed.Body(v.ID+"/backupPolicies/weekly"), "properties", "policyRules").([]any)
	if len(rules) != 1 {
		t.Fatalf("the rules are %v", rules)
	}
	cycles, _ := at(rules[0], "lifecycles").([]any)
	time, _ := at(cycles[0], "deleteAfter", "duration").(string)
	return time
}

// sealedOff is an estate that promises everything that tamper attacks.
func sealedOff(t *testing.T, name, state, softDelete string) Scene {
	s := bench(t, name, promisesOf(map[string]time.Duration{"backup.immutable for": 365 * day, "log.tamper-proof for": 365 * day, "crypto.keys": 0}))
	s.Estate.Archive = account(t, s, name+"arch", underPolicy(state, false), "final")
	s.Estate.Logs = []estate.Account{*account(t, s, name+"logs", underPolicy(state, true), "insights-logs")}
	vaults(t, s, state, softDelete)
	return s
}

func TestTamperIsRefusedEverywhere(t *testing.T) {
	s := sealedOff(t, "tamperlocked", "Locked", "AlwaysOn")
	for run := range 2 {
		d, err := buildTamper(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		result, err := carry(t, d)
		if err != nil || result.Outcome != evidence.Passed {
			t.Fatalf("run %d: %s: %v", run, result.Outcome, err)
		}
		if len(result.Checks) != 2*9+2*2+1+1 {
			t.Errorf("run %d: %d checks", run, len(result.Checks))
		}
		for _, c := range result.Checks {
			if strings.Contains(c.Detail, "tried") && !strings.Contains(c.Detail, login) {
				t.Errorf("%s does not say who tried: %s", c.Name, c.Detail)
			}
		}
	}
	// The second run has attacked what the first one left.
	for _, a := range []*estate.Account{s.Estate.Archive, &s.Estate.Logs[0]} {
		page, err := in(t, s, a, canaries).NewListBlobsFlatPager(nil).NextPage(t.Context())
		if err != nil || len(page.Segment.BlobItems) != 1 {
			t.Errorf("%s: %d canaries, %v", a.Name, len(page.Segment.BlobItems), err)
		}
	}
}

func TestTamperSeesWhatIsNotLocked(t *testing.T) {
	s := sealedOff(t, "tamperopen", "Unlocked", "On")
	d, err := buildTamper(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	result, _ := carry(t, d)
	if result.Outcome != evidence.Failed {
		t.Errorf("the outcome is %s", result.Outcome)
	}
	good := map[string]bool{"kv-tamperopen: switch purge protection off": true}
	for _, c := range result.Checks {
		if c.OK != good[c.Name] {
			t.Errorf("%s is %v: %s", c.Name, c.OK, c.Detail)
		}
	}
	if c := checked(t, result, "archive: delete"); !strings.Contains(c.Detail, "not there as it was") {
		t.Errorf("the canary could be deleted, and the check says %q", c.Detail)
	}
	if body := rehearsed.Body(s.Estate.Archive.ID); at(body, "properties", "immutableStorageWithVersioning", "immutabilityPolicy", "state") != "Unlocked" {
		t.Errorf("the account was changed: %v", body)
	}
}

func TestTamperWithoutPolicy(t *testing.T) {
	s := bench(t, "tampernone", promisesOf(map[string]time.Duration{"data.sealed": 0}))
	s.Estate.Archive = account(t, s, "tampernonearch", nil, "sealed")
	d, err := buildTamper(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	result, _ := carry(t, d)
	if result.Outcome != evidence.Failed || len(wrong(result.Checks)) != len(result.Checks) {
		t.Errorf("%s, wrong: %q", result.Outcome, wrong(result.Checks))
	}
}

// A lack of rights is not protection, whatever else the answer says.
func TestTamperWithoutRights(t *testing.T) {
	s := bench(t, "tamperpoor", promisesOf(map[string]time.Duration{"data.sealed": 0}))
	s.Estate.Archive = account(t, s, "tamperpoorarch", underPolicy("Locked", false), "sealed")
	for _, c := range []struct {
		name         string
		fault        arm.Fault
		check, wants string
	}{
		{"resource", arm.Fault{Method: http.MethodPatch, Status: 403, Code: "AuthorizationFailed", Message: "immutable"}, "archive: unlock the policy", "Storage Account Contributor"},
		{"blobs", arm.Fault{Service: arm.BlobService, Status: 403, Code: "AuthorizationPermissionMismatch"}, "archive: blobs", dataOwner},
		{"deletes", arm.Fault{Service: arm.BlobService, Method: http.MethodDelete, Status: 403, Code: "AuthorizationPermissionMismatch"}, "archive: delete", dataOwner},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.fault.Path, c.fault.Times = "tamperpoorarch", 0
			rehearsed.Inject(c.fault)
			t.Cleanup(rehearsed.ClearFaults)
			d, err := buildTamper(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			result, _ := carry(t, d)
			seen := checked(t, result, c.check)
			if result.Outcome != evidence.Failed || seen.OK || !strings.Contains(seen.Detail, "not tried: no permission") || !strings.Contains(seen.Detail, c.wants) {
				t.Errorf("%s: %v %s", result.Outcome, seen.OK, seen.Detail)
			}
		})
	}
}

// Should Azure take back what it says that it never does, the attempt undoes it.
func TestTamperPutsBack(t *testing.T) {
	s := bench(t, "tamperback", promisesOf(nil))
	a := account(t, s, "tamperback1", nil, "one")
	loose := settings{kind: storageSettings.kind, version: storageSettings.version, role: "any", locks: []latch{
		{name: "weaken", path: []string{"minimumTlsVersion"}, locked: "TLS1_2", weaker: "TLS1_0"},
	}}
	d := drill.Drill{Name: "tamper", Target: s.Cloud.Target(s.Estate.Workbench.Name), Steps: []drill.Step{{Name: "one", Phase: drill.Verify, Do: func(ctx context.Context, run *drill.Run) error {
		return tampering{s, login}.settings(ctx, run, loose, a.ID, "account")
	}}}}
	result, _ := carry(t, d)
	c := checked(t, result, "account: weaken")
	if result.Outcome != evidence.Failed || !strings.Contains(c.Detail, "accepted, and put back") {
		t.Errorf("%s: %s", result.Outcome, c.Detail)
	}
	if is := at(rehearsed.Body(a.ID), "properties", "minimumTlsVersion"); is != "TLS1_2" {
		t.Errorf("the setting was left as %v", is)
	}
	t.Run("after a run that was cut off", func(t *testing.T) {
		d.Steps[0].Do = func(ctx context.Context, run *drill.Run) error {
			tampering := tampering{s, login}
			if err := run.Put("before the attempt at "+a.ID+": weaken", "TLS1_2"); err != nil {
				return err
			}
			if err := tampering.patch(ctx, a.ID, loose.version, map[string]any{}, []string{"minimumTlsVersion"}, "TLS1_0"); err != nil {
				return err
			}
			return tampering.settings(ctx, run, loose, a.ID, "account")
		}
		result, _ := carry(t, d)
		if c := checked(t, result, "account: weaken"); c.OK || !strings.Contains(c.Detail, "cut off") {
			t.Errorf("%v %s", c.OK, c.Detail)
		}
		if is := at(rehearsed.Body(a.ID), "properties", "minimumTlsVersion"); is != "TLS1_2" {
			t.Errorf("the setting was left as %v", is)
		}
	})
}

// Should a vault that reads as locked take a policy that keeps copies for less
// time, the attempt undoes it, also after a run that was cut off.
func TestTamperPutsPoliciesBack(t *testing.T) {
	s := bench(t, "tamperterm", promisesOf(nil))
	vaults(t, s, "Disabled", "On")
	v, locked := s.Estate.Vaults[0], true
	var was []string
	d := drill.Drill{Name: "tamper", Target: s.Cloud.Target(s.Estate.Workbench.Name), Steps: []drill.Step{{Name: "one", Phase: drill.Verify, Do: func(ctx context.Context, run *drill.Run) error {
		client := s.Cloud.Protection.NewBackupPoliciesClient()
		got, err := client.Get(ctx, v.Group, v.Name, "weekly", nil)
		if err != nil {
			return err
		}
		if was != nil {
			if err := run.Put("before the attempt at "+*got.ID, was); err != nil {
				return err
			}
		}
		c, err := tampering{s, login}.policy(ctx, run, v, &got.BaseBackupPolicyResource, keeping(&got.BaseBackupPolicyResource), locked)
		return errors.Join(run.Check(c), err)
	}}}}
	for _, c := range []struct {
		name, has string
		was       []string
		locked    bool
		ok        bool
		says      string
	}{
		{"accepted", "P54W", nil, true, false, "accepted, and put back at once"},
		{"cut off", "P377D", []string{"P54W"}, true, false, "in a run that was cut off then, and put back"},
		{"not locked", "P54W", nil, false, false, "not tried: the vault is not locked"},
		{"a day", "P1D", nil, true, true, "less than a day there is not"},
	} {
		t.Run(c.name, func(t *testing.T) {
			put(t, v.ID+"/backupPolicies/weekly", "2024-04-01", map[string]any{"properties": keepingFor(c.has)})
			was, locked = c.was, c.locked
			result, err := carry(t, d)
			seen := checked(t, result, "bv-tamperterm: shorten the policy weekly by a day")
			if seen.OK != c.ok || !strings.Contains(seen.Detail, c.says) {
				t.Errorf("%v %s: %v", seen.OK, seen.Detail, err)
			}
			want := c.has
			if c.was != nil {
				want = c.was[0]
			}
			if is := keptFor(t, v); is != want {
				t.Errorf("the policy was left as %s", is)
			}
		})
	}
}

func TestDayLess(t *testing.T) {
	for text, want := range map[string]string{
		"P54W": "P377D", "P7D": "P6D", "P12M": "P364D", "P1M": "P27D", "P15M": "P452D", "P1Y": "P364D", "P1D": "P1D", "P0D": "P0D", "PT5M": "", "P1Y2M": "", "": "", "P999999D": "",
	} {
		if got, err := dayLess(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	// However a month falls, what is asked for is less, and not much.
	for n := 1; n <= 30; n++ {
		got, err := dayLess(fmt.Sprintf("P%dM", n))
		var days int
		if _, scan := fmt.Sscanf(got, "P%dD", &days); err != nil || scan != nil {
			t.Fatal(got, err, scan)
		}
		for from := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC); from.Year() < 2029; from = from.AddDate(0, 1, 0) {
			if whole := int(from.AddDate(0, n, 0).Sub(from).Hours() / 24); days >= whole || days < whole-12 {
				t.Errorf("%d months from %s are %d days, and %d are asked for", n, from.Format(time.DateOnly), whole, days)
			}
		}
	}
}

// What is promised and not there is no pass.
func TestTamperUnavailable(t *testing.T) {
	for _, durations := range []map[string]time.Duration{
		{"backup.immutable for": day}, {"log.tamper-proof for": day}, {"data.sealed": 0}, {"backup.tested every": day},
	} {
		s := Scene{Cloud: connected(t), Estate: &estate.Estate{Name: "e", Declaration: promisesOf(durations)}}
		if _, err := buildTamper(t.Context(), s); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%v: %v", durations, err)
		}
	}
}
