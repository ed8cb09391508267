package arm

import "strings"

// inherited is what a server gets from the one that it is made of, where it is not
// told otherwise, and what it has from the start. High availability, networks and
// firewall rules do not come along.
//
// Source: MicrosoftDocs/azure-databases-docs articles/postgresql/backup-restore/
// concepts-backup-restore.md.
func (s *Server) inherited(r *resource) map[string]any {
	properties := map[string]any{
		"highAvailability": map[string]any{"mode": "Disabled"},
		"network":          map[string]any{"publicNetworkAccess": "Enabled"},
	}
	out := map[string]any{"properties": properties}
	source := s.resources[strings.ToLower(dig(r.body, "properties", "sourceServerResourceId"))]
	if source == nil {
		return out
	}
	out["sku"] = source.body["sku"]
	of, _ := source.body["properties"].(map[string]any)
	for _, name := range []string{"version", "storage", "administratorLogin", "authConfig"} {
		if value, has := of[name]; has {
			properties[name] = value
		}
	}
	if days := dig(source.body, "properties", "backup", "backupRetentionDays"); days != "" {
		backup, _ := of["backup"].(map[string]any)
		properties["backup"] = map[string]any{"backupRetentionDays": backup["backupRetentionDays"]}
	}
	return merged(nil, out)
}
