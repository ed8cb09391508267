package postgres

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

type configurationsPlane struct{ host *Host }

// azures are server parameters that only Azure's own build of PostgreSQL has, or
// that need its extensions, with their defaults. They are kept by the Resource
// Manager and do nothing.
var azures = map[string]string{
	"azure.extensions": "", "connection_throttle.enable": "off", "pgaudit.log": "none",
	"require_secure_transport": "on", "shared_preload_libraries": "pg_cron,pg_stat_statements",
}

// foreign reports such a parameter.
func foreign(name string) bool {
	_, known := azures[name]
	return known || slices.ContainsFunc([]string{"azure.", "pgaudit.", "connection_throttle.", "pgbouncer.", "pg_qs.", "metrics."}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

func (p configurationsPlane) Put(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	name := path.Base(id)
	if foreign(name) {
		return nil, nil
	}
	properties, _ := body["properties"].(map[string]any)
	return nil, s.Parameter(ctx, name, fields.Text(properties["value"]))
}

// Delete puts a parameter back to its default, unless its server has gone.
func (p configurationsPlane) Delete(ctx context.Context, id string) error {
	s, err := p.host.of(id)
	if err != nil || foreign(path.Base(id)) {
		return nil
	}
	return s.reset(ctx, path.Base(id))
}

// List is every parameter of a server, as it is.
func (p configurationsPlane) List(ctx context.Context, parent string) ([]map[string]any, error) {
	s := p.host.Server(path.Base(parent))
	if s == nil {
		return nil, nil // it is being made
	}
	all, err := s.parameters(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(azures)) {
		all = append(all, parameter{name, map[string]any{"value": azures[name], "defaultValue": azures[name], "source": sources[false]}})
	}
	var out []map[string]any
	for _, one := range all {
		out = append(out, map[string]any{
			"id": parent + "/configurations/" + one.name, "name": one.name, "type": servers + "/configurations", "properties": one.properties,
		})
	}
	return out, nil
}

// Read is one parameter, as it is.
func (p configurationsPlane) Read(ctx context.Context, id, _ string) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil || foreign(path.Base(id)) {
		return nil, nil // it is being made, or Azure's
	}
	found, err := s.parameters(ctx, path.Base(id))
	if err != nil || len(found) != 1 {
		return nil, err
	}
	return found[0].properties, nil
}

// parameter is one as the Resource Manager shows it.
type parameter struct {
	name       string
	properties map[string]any
}

// parameters are those of PostgreSQL itself, or the one with a name. What the host
// sets counts as the default. A value that waits for a restart is shown as it will
// be.
func (s *Server) parameters(ctx context.Context, name string) ([]parameter, error) {
	c, err := s.connect(ctx, "postgres")
	if err != nil {
		return nil, err
	}
	defer hangUp(ctx, c)
	rows, err := c.Query(ctx, `select s.name,
			case when s.pending_restart then coalesce(f.setting, s.boot_val) else s.setting end,
			case when f.name is null then s.setting else s.boot_val end,
			f.name is not null, s.pending_restart, s.context = 'internal', s.context <> 'postmaster'
		from pg_settings s
		left join (select distinct on (name) name, setting from pg_file_settings where sourcefile like '%postgresql.auto.conf' order by name, seqno desc) f using (name)
		where lower(s.name) = lower($1) or $1 = '' order by s.name`, name)
	if err != nil {
		return nil, err
	}
	var out []parameter
	var value, byDefault *string
	var overridden, waits, readOnly, dynamic bool
	_, err = pgx.ForEachRow(rows, []any{&name, &value, &byDefault, &overridden, &waits, &readOnly, &dynamic}, func() error {
		if !foreign(name) {
			out = append(out, parameter{name, map[string]any{
				"value": deref(value), "defaultValue": deref(byDefault), "source": sources[overridden],
				"isConfigPendingRestart": waits, "isReadOnly": readOnly, "isDynamicConfig": dynamic,
			}})
		}
		return nil
	})
	return out, err
}

// sources are what Azure calls where a parameter's value is from.
var sources = map[bool]string{false: "system-default", true: "user-override"}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

type backupsPlane struct{ host *Host }

const backupType = servers + "/backups"

// Put takes a backup on demand.
func (p backupsPlane) Put(ctx context.Context, id string, _ map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	taken, err := s.take(ctx, path.Base(id))
	if err != nil {
		return nil, err
	}
	return taken.properties(), nil
}

// Delete does nothing: a backup that was asked for goes with its server.
func (backupsPlane) Delete(context.Context, string) error { return nil }

// List is the backups that a server has.
func (p backupsPlane) List(ctx context.Context, parent string) ([]map[string]any, error) {
	s := p.host.Server(path.Base(parent))
	if s == nil {
		return nil, fmt.Errorf("there is no server %s", path.Base(parent))
	}
	backups, err := s.Backups(ctx)
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for _, b := range backups {
		name := b.Label
		if b.Name != "" {
			name = b.Name
		}
		out = append(out, map[string]any{"id": parent + "/backups/" + name, "name": name, "type": backupType, "properties": b.properties()})
	}
	return out, nil
}

func (b Backup) properties() map[string]any {
	source := "Automatic"
	if b.Name != "" {
		source = "Customer Initiated"
	}
	return map[string]any{"backupType": "Full", "completedTime": b.Stop.Format(time.RFC3339), "source": source}
}
