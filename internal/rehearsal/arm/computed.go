package arm

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/netip"
	"strings"
)

// stableUUID makes a UUID out of words: the same words, the same UUID.
func stableUUID(words ...string) string {
	b := sha256.Sum256([]byte("tillit rehearsal\x00" + strings.Join(words, "\x00")))
	b[6] = b[6]&0x0f | 0x50 // version 5: from a name
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// computations add to a resource's properties what its provider works out, by
// ARM type in lower case. Where a real address would do, one under .invalid is
// given that nothing can reach.
var computations = map[string]func(r *resource, name string) map[string]any{
	"microsoft.managedidentity/userassignedidentities": func(r *resource, _ string) map[string]any {
		return map[string]any{"principalId": stableUUID("principal", r.key()), "clientId": stableUUID("client", r.key())}
	},
	"microsoft.keyvault/vaults": func(_ *resource, name string) map[string]any {
		return map[string]any{"vaultUri": "https://" + name + ".vault.rehearsal.invalid/"}
	},
	"microsoft.keyvault/vaults/keys": func(r *resource, name string) map[string]any {
		uri := "https://" + segmentAfter(r.id, "vaults") + ".vault.rehearsal.invalid/keys/" + name
		version := strings.ReplaceAll(stableUUID("key", r.key()), "-", "")
		return map[string]any{"keyUri": uri, "keyUriWithVersion": uri + "/" + version}
	},
	"microsoft.keyvault/vaults/secrets": func(r *resource, name string) map[string]any {
		uri := "https://" + segmentAfter(r.id, "vaults") + ".vault.rehearsal.invalid/secrets/" + name
		return map[string]any{"secretUri": uri, "secretUriWithVersion": uri + "/" + strings.ReplaceAll(stableUUID("secret", r.key()), "-", "")}
	},
	"microsoft.storage/storageaccounts": func(_ *resource, name string) map[string]any {
		endpoints := map[string]any{}
		for _, service := range []string{"blob", "dfs", "file", "queue", "table", "web"} {
			endpoints[service] = "https://" + name + "." + service + ".rehearsal.invalid/"
		}
		return map[string]any{"primaryEndpoints": endpoints}
	},
	"microsoft.storage/storageaccounts/blobservices/containers/immutabilitypolicies": func(r *resource, _ string) map[string]any {
		if dig(r.body, "properties", "state") == "Locked" {
			return nil
		}
		return map[string]any{"state": "Unlocked"}
	},
	"microsoft.storage/storageaccounts/objectreplicationpolicies": func(r *resource, name string) map[string]any {
		return map[string]any{"policyId": name}
	},
	"microsoft.operationalinsights/workspaces": func(r *resource, _ string) map[string]any {
		return map[string]any{"customerId": stableUUID("workspace", r.key())}
	},
	"microsoft.app/managedenvironments": func(r *resource, name string) map[string]any {
		return map[string]any{"defaultDomain": name + "." + plain(text(r.body["location"])) + ".apps.rehearsal.invalid", "staticIp": address(r)}
	},
	"microsoft.cdn/profiles": func(r *resource, _ string) map[string]any {
		return map[string]any{"frontDoorId": stableUUID("frontdoor", r.key())}
	},
	"microsoft.cdn/profiles/afdendpoints": func(r *resource, name string) map[string]any {
		return map[string]any{"hostName": name + "-" + stableUUID("endpoint", r.key())[:8] + ".z01.rehearsal.invalid"}
	},
	"microsoft.sql/servers": func(_ *resource, name string) map[string]any {
		return map[string]any{"fullyQualifiedDomainName": name + ".database.rehearsal.invalid"}
	},
	"microsoft.sql/servers/databases": func(r *resource, _ string) map[string]any {
		return map[string]any{"databaseId": stableUUID("database", r.key())}
	},
	"microsoft.dbforpostgresql/flexibleservers": func(_ *resource, name string) map[string]any {
		return map[string]any{"fullyQualifiedDomainName": name + ".postgres.rehearsal.invalid", "state": "Ready"}
	},
	"microsoft.network/publicipaddresses": func(r *resource, _ string) map[string]any {
		return map[string]any{"ipAddress": "198.51.100." + fmt.Sprint(1+number(r)%254)} // TEST-NET-2, RFC 5737
	},
	"microsoft.insights/components": func(r *resource, _ string) map[string]any {
		return map[string]any{"AppId": stableUUID("component", r.key()), "InstrumentationKey": stableUUID("instrumentation", r.key())}
	},
}

// computed returns a resource's body with what its provider adds.
func (s *Server) computed(r *resource) map[string]any {
	body := maps.Clone(r.body)
	if strings.EqualFold(r.arm, "Microsoft.DBforPostgreSQL/flexibleServers") {
		body = merged(s.inherited(r), body)
	}
	if compute := computations[strings.ToLower(r.arm)]; compute != nil {
		_, name, _ := cutLast(r.id)
		body = merged(body, map[string]any{"properties": compute(r, name)})
	}
	switch strings.ToLower(r.arm) {
	case "microsoft.managedidentity/userassignedidentities", "microsoft.keyvault/vaults":
		body = merged(body, map[string]any{"properties": map[string]any{"tenantId": s.options.Tenant}})
	}
	if strings.EqualFold(r.arm, "Microsoft.Network/azureFirewalls") {
		body = merged(body, map[string]any{"properties": s.firewallAddresses(r)})
	}
	if identity, ok := body["identity"].(map[string]any); ok {
		body["identity"] = s.identity(r, identity)
	}
	return body
}

// identity fills in the ids of a resource's identities.
func (s *Server) identity(r *resource, identity map[string]any) map[string]any {
	out := maps.Clone(identity)
	if strings.Contains(text(identity["type"]), "SystemAssigned") {
		out["principalId"], out["tenantId"] = stableUUID("principal", r.key()), s.options.Tenant
	}
	if ids, ok := identity["userAssignedIdentities"].(map[string]any); ok {
		assigned := map[string]any{}
		for id := range ids {
			key := strings.ToLower(id)
			assigned[id] = map[string]any{"principalId": stableUUID("principal", key), "clientId": stableUUID("client", key)}
		}
		out["userAssignedIdentities"] = assigned
	}
	return out
}

// firewallAddresses gives a firewall its private address: the fourth of its
// subnet, the first that Azure leaves free.
func (s *Server) firewallAddresses(r *resource) map[string]any {
	properties, _ := r.body["properties"].(map[string]any)
	items, _ := properties["ipConfigurations"].([]any)
	if len(items) == 0 {
		return nil
	}
	out := make([]any, len(items))
	for i, item := range items {
		part, _ := item.(map[string]any)
		private := address(r)
		if subnet := s.resources[strings.ToLower(dig(part, "properties", "subnet", "id"))]; subnet != nil {
			if prefix, err := netip.ParsePrefix(dig(subnet.body, "properties", "addressPrefix")); err == nil {
				private = prefix.Masked().Addr().Next().Next().Next().Next().String()
			}
		}
		out[i] = merged(part, map[string]any{"properties": map[string]any{"privateIPAddress": private}})
	}
	return map[string]any{"ipConfigurations": out}
}

// address makes up a private address from a resource's id.
func address(r *resource) string {
	n := number(r)
	return fmt.Sprintf("10.255.%d.%d", n%256, 4+n/256%250)
}

func number(r *resource) int {
	sum := sha256.Sum256([]byte(r.key()))
	return int(sum[0])<<8 | int(sum[1])
}

// segmentAfter returns the segment of an id that follows a word.
func segmentAfter(id, word string) string {
	segments := strings.Split(id, "/")
	for i, segment := range segments[:len(segments)-1] {
		if strings.EqualFold(segment, word) {
			return segments[i+1]
		}
	}
	return ""
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// dig reads a value deep in a body as text; "" when it is not there.
func dig(value any, path ...string) string {
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = m[name]
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func days(body map[string]any, path []string) float64 {
	var value any = body
	for _, name := range path {
		m, _ := value.(map[string]any)
		value = m[name]
	}
	n, _ := value.(float64)
	return n
}
