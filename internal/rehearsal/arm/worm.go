package arm

import (
	"net/http"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

const containerPolicy = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"

// wormLocked refuses to delete a locked immutability policy.
func wormLocked(r *resource) *fault {
	if strings.EqualFold(r.arm, containerPolicy) && dig(r.body, "properties", "state") == "Locked" {
		return failf(http.StatusConflict, "ContainerImmutabilityPolicyFailure", "The immutability policy '%s' is locked and cannot be deleted.", r.id)
	}
	return nil
}

// latches are settings that ARM lets only be tightened: once a value is set, it
// stays.
var latches = []struct {
	arm, value string
	path       []string
}{
	{"Microsoft.KeyVault/vaults", "true", []string{"properties", "enablePurgeProtection"}},
	{"Microsoft.RecoveryServices/vaults", "Locked", []string{"properties", "securitySettings", "immutabilitySettings", "state"}},
	{"Microsoft.RecoveryServices/vaults", "AlwaysON", []string{"properties", "securitySettings", "softDeleteSettings", "softDeleteState"}},
	{"Microsoft.DataProtection/backupVaults", "Locked", []string{"properties", "securitySettings", "immutabilitySettings", "state"}},
	{"Microsoft.DataProtection/backupVaults", "AlwaysOn", []string{"properties", "securitySettings", "softDeleteSettings", "state"}},
	{"Microsoft.Storage/storageAccounts", "Locked", []string{"properties", "immutableStorageWithVersioning", "immutabilityPolicy", "state"}},
	{containerPolicy, "Locked", []string{"properties", "state"}},
}

// periods are retention periods that may not be shortened once their policy is
// locked.
var periods = []struct {
	arm           string
	state, period []string
}{
	{
		"Microsoft.Storage/storageAccounts",
		[]string{"properties", "immutableStorageWithVersioning", "immutabilityPolicy", "state"},
		[]string{"properties", "immutableStorageWithVersioning", "immutabilityPolicy", "immutabilityPeriodSinceCreationInDays"},
	},
	{containerPolicy, []string{"properties", "state"}, []string{"properties", "immutabilityPeriodSinceCreationInDays"}},
}

// weakened reports a change that takes back what cannot be taken back.
func (s *Server) weakened(id string, current *resource, body map[string]any) *fault {
	if current == nil {
		return nil
	}
	for _, l := range latches {
		if strings.EqualFold(current.arm, l.arm) && dig(current.body, l.path...) == l.value && dig(body, l.path...) != l.value {
			return failf(http.StatusConflict, "ImmutableSetting", "'%s' of '%s' is %s, which cannot be undone.", strings.Join(l.path, "."), id, l.value)
		}
	}
	for _, p := range periods {
		if !strings.EqualFold(current.arm, p.arm) || dig(current.body, p.state...) != "Locked" {
			continue
		}
		if days(body, p.period) < days(current.body, p.period) {
			return failf(http.StatusConflict, "ImmutabilityPeriodShortened", "The immutability policy of '%s' is locked: its period cannot be shortened.", id)
		}
	}
	return nil
}

// keepsLess reports a backup policy that would keep copies for less time, in a
// vault that is immutable. Sources: MicrosoftDocs/azure-docs articles/backup/
// backup-azure-immutable-vault-concept.md; which code Azure gives for it is not
// published, and this is that of its other refusals on such a vault:
// github.com/Azure/azure-rest-api-specs/issues/32688.
func (s *Server) keepsLess(id string, current *resource, body map[string]any) *fault {
	owner, _, found := strings.Cut(strings.ToLower(id), "/backuppolicies/")
	if current == nil || !found {
		return nil
	}
	vault := s.resources[owner]
	if vault == nil {
		return nil
	}
	state := dig(vault.body, "properties", "securitySettings", "immutabilitySettings", "state")
	if state != "Locked" && state != "Unlocked" {
		return nil
	}
	after := kept(body)
	for name, days := range kept(current.body) {
		if after[name] < days {
			return failf(http.StatusConflict, "UserErrorOperationDeniedOnImmutableItem", "The vault of '%s' is in Immutable state (%s), in which a policy cannot keep copies for less time: the rule '%s' keeps them for %d days.", id, state, name, days)
		}
	}
	return nil
}

// kept are the days for which the rules of a Backup vault's policy keep copies in
// the vault, by rule, counted from one day of reckoning.
func kept(policy map[string]any) map[string]int {
	out := map[string]int{}
	properties, _ := policy["properties"].(map[string]any)
	rules, _ := properties["policyRules"].([]any)
	for _, rule := range rules {
		whole, _ := rule.(map[string]any)
		cycles, _ := whole["lifecycles"].([]any)
		for _, cycle := range cycles {
			ends, err := fields.Period(dig(cycle, "deleteAfter", "duration"))
			if err != nil || dig(cycle, "sourceDataStore", "dataStoreType") != "VaultStore" {
				continue
			}
			from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			out[dig(whole, "name")] += int(ends(from).Sub(from).Hours() / 24)
		}
	}
	return out
}

// lock makes an immutability policy one that nobody takes back.
func (s *Server) lock(owner string, r *http.Request) (answer, error) {
	if err := s.checkVersion(containerPolicy, r.URL.Query().Get("api-version")); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.resources[strings.ToLower(owner)]
	if current == nil {
		return answer{}, notFound(owner)
	}
	if r.Header.Get("If-Match") == "" {
		return answer{}, failf(http.StatusBadRequest, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified: If-Match.")
	}
	if err := preconditions(r, current); err != nil {
		return answer{}, err
	}
	current.body = merged(current.body, map[string]any{"properties": map[string]any{"state": "Locked"}})
	current.etag = s.nextETag()
	return answer{status: http.StatusOK, header: map[string]string{"ETag": current.etag}, body: current.view()}, nil
}
