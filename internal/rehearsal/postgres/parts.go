package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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
	name := last(id)
	if foreign(name) {
		return nil, nil
	}
	properties, _ := body["properties"].(map[string]any)
	return nil, s.Parameter(ctx, name, text(properties["value"]))
}

// Delete puts a parameter back to its default, unless its server has gone.
func (p configurationsPlane) Delete(ctx context.Context, id string) error {
	s, err := p.host.of(id)
	if err != nil || foreign(last(id)) {
		return nil
	}
	return s.reset(ctx, last(id))
}

// List is every parameter of a server, as it is.
func (p configurationsPlane) List(ctx context.Context, parent string) ([]map[string]any, error) {
	s := p.host.Server(last(parent))
	if s == nil {
		return nil, nil // it is being made
	}
	c, err := s.connect(ctx, "postgres")
	if err != nil {
		return nil, err
	}
	defer hangUp(ctx, c)
	// What the host itself sets counts as the default.
	rows, err := c.Query(ctx, `select name, setting, case when overridden then boot_val else setting end, overridden
		from (select *, sourcefile like '%postgresql.auto.conf' is true as overridden from pg_settings) s order by name`)
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	add := func(name, value, byDefault string, overridden bool) {
		source := "system-default"
		if overridden {
			source = "user-override"
		}
		out = append(out, map[string]any{
			"id": parent + "/configurations/" + name, "name": name, "type": "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
			"properties": map[string]any{"value": value, "defaultValue": byDefault, "source": source},
		})
	}
	var name, value string
	var byDefault *string
	var overridden bool
	_, err = pgx.ForEachRow(rows, []any{&name, &value, &byDefault, &overridden}, func() error {
		if foreign(name) {
			return nil
		}
		if byDefault == nil {
			byDefault = new(string)
		}
		add(name, value, *byDefault, overridden)
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(azures)) {
		add(name, azures[name], azures[name], false)
	}
	return out, err
}

type backupsPlane struct{ host *Host }

const backupType = "Microsoft.DBforPostgreSQL/flexibleServers/backups"

// Put takes a backup on demand.
func (p backupsPlane) Put(ctx context.Context, id string, _ map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	taken, err := s.take(ctx, last(id))
	if err != nil {
		return nil, err
	}
	return taken.properties(), nil
}

// Delete does nothing: a backup that was asked for goes with its server.
func (backupsPlane) Delete(context.Context, string) error { return nil }

// List is the backups that a server has.
func (p backupsPlane) List(ctx context.Context, parent string) ([]map[string]any, error) {
	s := p.host.Server(last(parent))
	if s == nil {
		return nil, fmt.Errorf("there is no server %s", last(parent))
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
