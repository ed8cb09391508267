package arm

import (
	"net/http"
	"strings"

	"github.com/tillit-dev/tillit/internal/azure"
)

const (
	lifecyclePolicy = "Microsoft.Storage/storageAccounts/managementPolicies"
	blobService     = "Microsoft.Storage/storageAccounts/blobServices"
)

// contradictory reports settings of a storage account that do not go together.
// Sources: MicrosoftDocs/azure-docs articles/storage/blobs/
// lifecycle-management-policy-structure.md and point-in-time-restore-overview.md;
// the words of the refusals: github.com/pulumi/pulumi-azure-native/issues/2164,
// github.com/Azure/arm-template-whatif/issues/354.
func (s *Server) contradictory(id string, body map[string]any) *fault {
	switch kind := azure.TypeOf(id); {
	case strings.EqualFold(kind, lifecyclePolicy):
		return unruly(id, body)
	case strings.EqualFold(kind, blobService):
		return s.unrestorable(id, body)
	}
	return nil
}

// unruly reports a lifecycle policy under another name than default, without
// rules, or with a rule that applies to nothing, does nothing or is there twice.
func unruly(id string, body map[string]any) *fault {
	if !strings.HasSuffix(strings.ToLower(id), "/default") {
		return failf(http.StatusNotFound, "HttpResourceNotFound", "The request url %s is not found.", id)
	}
	properties, _ := body["properties"].(map[string]any)
	policy, _ := properties["policy"].(map[string]any)
	rules, _ := policy["rules"].([]any)
	if len(rules) == 0 || len(rules) > 100 {
		return invalidValue("policy.rules", len(rules), "A policy has 1 to 100 rules.")
	}
	names := map[string]bool{}
	for _, item := range rules {
		rule, _ := item.(map[string]any)
		name := dig(rule, "name")
		if name == "" || names[name] {
			return invalidValue("policy.rules.name", name, "It should be unique within the policy.")
		}
		names[name] = true
		definition, _ := rule["definition"].(map[string]any)
		if actions, _ := definition["actions"].(map[string]any); len(actions) == 0 {
			return invalidValue("policy.rules.definition.actions", name, "Each rule has an action.")
		}
		filters, _ := definition["filters"].(map[string]any)
		if types, _ := filters["blobTypes"].([]any); len(types) == 0 {
			return invalidValue("policy.rules.definition.filters.blobTypes", name, "Each rule names the types of blobs that it is for.")
		}
	}
	return nil
}

// unrestorable reports point-in-time restore without what it restores from, for
// longer than that is kept, or where blobs are write-once.
func (s *Server) unrestorable(id string, body map[string]any) *fault {
	if dig(body, "properties", "restorePolicy", "enabled") != "true" {
		return nil
	}
	for _, feature := range [][]string{{"isVersioningEnabled"}, {"changeFeed", "enabled"}, {"deleteRetentionPolicy", "enabled"}} {
		if dig(body, append([]string{"properties"}, feature...)...) != "true" {
			return invalidValue(strings.Join(feature, "."), false, "Restore policy needs it.")
		}
	}
	window := days(body, []string{"properties", "restorePolicy", "days"})
	if window <= 0 || window >= days(body, []string{"properties", "deleteRetentionPolicy", "days"}) {
		return invalidValue("restorePolicy.days", window, "It should be greater than zero and less than properties.deleteRetentionPolicy.days.")
	}
	account := s.resources[strings.ToLower(parentOf(id))]
	if account != nil && dig(account.body, "properties", "immutableStorageWithVersioning", "enabled") == "true" {
		return failf(http.StatusConflict, "ConflictFeatureEnabled", "Conflicting feature 'immutableStorageWithVersioning' is enabled. Please disable it and retry.")
	}
	return nil
}

func invalidValue(property string, value any, want string) *fault {
	return failf(http.StatusBadRequest, "InvalidValuesForRequestParameters", "Values for properties.%s is invalid: %v. %s", property, value, want)
}
