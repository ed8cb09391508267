package azure

import (
	"maps"
	"slices"
	"strings"
)

// renamed lists the properties that azure-native calls otherwise than ARM does,
// by the type under whose "properties" or the object in which they are: ARM's
// name, then azure-native's. The
// REST specifications tell clients of these names (x-ms-client-name). Names that
// differ in case alone are found without a table.
var renamed = map[string][][2]string{
	"azure-native:authorization:RoleDefinition": {{"type", "roleType"}},
	"azure-native:insights:Component": {
		{"Application_Type", "applicationType"}, {"Flow_Type", "flowType"}, {"Request_Source", "requestSource"},
	},
	"azure-native:storage:StorageAccount": {
		{"isNfsV3Enabled", "enableNfsV3"}, {"networkAcls", "networkRuleSet"}, {"supportsHttpsTrafficOnly", "enableHttpsTrafficOnly"},
	},
	"keyvault.KeyAttributes":    {{"exp", "expires"}, {"nbf", "notBefore"}},
	"keyvault.KeyProperties":    {{"release_policy", "releasePolicy"}},
	"keyvault.SecretAttributes": {{"exp", "expires"}, {"nbf", "notBefore"}},
	"storage.Encryption":        {{"identity", "encryptionIdentity"}},
	"storage.EncryptionIdentity": {
		{"federatedIdentityClientId", "encryptionFederatedIdentityClientId"}, {"userAssignedIdentity", "encryptionUserAssignedIdentity"},
	},
	"storage.IPRule":             {{"value", "iPAddressOrRange"}},
	"storage.VirtualNetworkRule": {{"id", "virtualNetworkResourceId"}},
}

// wireNames changes the names of an object's properties to those that ARM has for
// them, where ARM's is not there already.
func wireNames(of string, m map[string]any) {
	for _, pair := range renamed[of] {
		if value, ok := m[pair[1]]; ok && m[pair[0]] == nil {
			m[pair[0]] = value
			delete(m, pair[1])
		}
	}
}

// ownNames undoes wireNames, and writes names that differ from azure-native's in
// case alone as azure-native does. A name that is there already keeps its value.
// The object is not changed.
func ownNames(of string, schema *Schema, m map[string]any) map[string]any {
	if schema == nil {
		return m
	}
	out, copied := m, false
	move := func(from, to string) {
		if _, taken := out[to]; taken {
			return
		}
		if !copied {
			out, copied = maps.Clone(m), true
		}
		out[to] = out[from]
		delete(out, from)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if own, ok := ownName(of, name); ok {
			move(name, own)
		} else if _, ok := schema.Fields[name]; !ok && schema.folded[strings.ToLower(name)] != "" {
			move(name, schema.folded[strings.ToLower(name)])
		}
	}
	return out
}

// OwnName returns azure-native's name for what ARM calls so under the
// "properties" of a type's resource, or the name itself.
func OwnName(token, wire string) string {
	schema, ok := Properties(token)
	if !ok {
		return wire
	}
	for name := range ownNames(Canonical(token), schema, map[string]any{wire: nil}) {
		wire = name
	}
	return wire
}

// ownName finds azure-native's name for one of ARM's in the table.
func ownName(of, wire string) (string, bool) {
	for _, pair := range renamed[of] {
		if pair[0] == wire {
			return pair[1], true
		}
	}
	return "", false
}
