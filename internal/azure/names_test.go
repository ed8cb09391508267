package azure_test

import (
	"reflect"
	"testing"

	"github.com/tillit-dev/tillit/internal/azure"
)

// azure-native calls some properties otherwise than ARM does, and ARM itself is
// not strict about case.
func TestNamesThatDiffer(t *testing.T) {
	for _, test := range []struct {
		name, token  string
		inputs, body map[string]any
	}{
		{
			"in a type and in its parts", "azure-native:storage:StorageAccount",
			map[string]any{
				"enableHttpsTrafficOnly": true,
				"networkRuleSet":         map[string]any{"virtualNetworkRules": []any{map[string]any{"virtualNetworkResourceId": "/v"}}},
				"encryption":             map[string]any{"encryptionIdentity": map[string]any{"encryptionUserAssignedIdentity": "/i"}},
			},
			map[string]any{"properties": map[string]any{
				"supportsHttpsTrafficOnly": true,
				"networkAcls":              map[string]any{"virtualNetworkRules": []any{map[string]any{"id": "/v"}}},
				"encryption":               map[string]any{"identity": map[string]any{"userAssignedIdentity": "/i"}},
			}},
		},
		{
			"a name that the envelope has too", "azure-native:authorization:RoleDefinition",
			map[string]any{"type": "Microsoft.Authorization/roleDefinitions", "roleType": "CustomRole"},
			map[string]any{"type": "Microsoft.Authorization/roleDefinitions", "properties": map[string]any{"type": "CustomRole"}},
		},
		{
			"under properties that stay", "azure-native:keyvault:Key",
			map[string]any{"properties": map[string]any{"attributes": map[string]any{"expires": 1.0}}},
			map[string]any{"properties": map[string]any{"attributes": map[string]any{"exp": 1.0}}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := azure.Body(test.token, test.inputs); !reflect.DeepEqual(got, test.body) {
				t.Errorf("Body = %v\nwant   %v", got, test.body)
			}
			if got := azure.Lift(test.token, test.body); !reflect.DeepEqual(got, test.inputs) {
				t.Errorf("Lift = %v\nwant   %v", got, test.inputs)
			}
		})
	}
}

func TestLiftHeedsNoCase(t *testing.T) {
	got := azure.Lift("azure-native:storage:StorageAccount", map[string]any{"properties": map[string]any{
		"MinimumTLSVersion": "TLS1_2",
		"encryption":        map[string]any{"keyvaultproperties": map[string]any{"keyvaulturi": "u"}},
		"accessTier":        "Hot", "AccessTier": "Cool",
	}})
	want := map[string]any{
		"minimumTlsVersion": "TLS1_2",
		"encryption":        map[string]any{"keyVaultProperties": map[string]any{"keyVaultUri": "u"}},
		"accessTier":        "Hot", "AccessTier": "Cool",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A type's own names stay when ARM's are not there: the type beside "properties"
// is no role's.
func TestLiftLeavesTheEnvelope(t *testing.T) {
	body := map[string]any{"type": "Microsoft.Authorization/roleDefinitions", "properties": map[string]any{"roleName": "r"}}
	if got := azure.Lift("azure-native:authorization:RoleDefinition", body); got["roleType"] != nil {
		t.Errorf("got %v", got)
	}
}

func TestOwnName(t *testing.T) {
	for wire, want := range map[string]string{
		"networkAcls": "networkRuleSet", "MinimumTLSVersion": "minimumTlsVersion", "minimumTlsVersion": "minimumTlsVersion", "nonsense": "nonsense",
	} {
		if got := azure.OwnName("azure-native:storage/v20220901:StorageAccount", wire); got != want {
			t.Errorf("OwnName(%q) = %q, want %q", wire, got, want)
		}
	}
	if got := azure.OwnName("azure-native:quantum:Workspace", "a"); got != "a" {
		t.Errorf("a type that is not known: %q", got)
	}
}
