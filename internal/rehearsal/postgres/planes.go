package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
)

// Planes are what stands behind Microsoft.DBforPostgreSQL, by ARM type.
func Planes(h *Host) map[string]arm.Plane {
	const servers = "Microsoft.DBforPostgreSQL/flexibleServers"
	return map[string]arm.Plane{
		servers:                     serversPlane{h},
		servers + "/databases":      databasesPlane{h},
		servers + "/administrators": administratorsPlane{h},
		servers + "/configurations": configurationsPlane{h},
		servers + "/backups":        backupsPlane{h},
	}
}

type serversPlane struct{ host *Host }

// Put makes a server in the way that its createMode says. Of one that is there,
// only a replica's promotion changes anything here; the rest is the Resource
// Manager's.
func (p serversPlane) Put(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	properties, _ := body["properties"].(map[string]any)
	name := last(id)
	s := p.host.Server(name)
	var err error
	if s == nil {
		s, err = p.create(ctx, name, properties)
	} else {
		err = promote(ctx, s, properties)
	}
	if err != nil {
		return nil, err
	}
	return p.view(ctx, s)
}

func (p serversPlane) create(ctx context.Context, name string, properties map[string]any) (*Server, error) {
	source := last(text(properties["sourceServerResourceId"]))
	switch mode := text(properties["createMode"]); mode {
	case "", "Default", "Create":
		return p.host.Create(ctx, name)
	case "PointInTimeRestore":
		point, err := time.Parse(time.RFC3339, text(properties["pointInTimeUTC"]))
		if err != nil {
			return nil, fmt.Errorf("pointInTimeUTC: %w", err)
		}
		return p.host.Restore(ctx, name, source, point, clock.Now())
	case "GeoRestore":
		return p.host.GeoRestore(ctx, name, source)
	case "Replica":
		return p.host.Replica(ctx, name, source)
	default:
		return nil, fmt.Errorf("the rehearsal makes no server by createMode %q", mode)
	}
}

// promote makes a replica a server of its own when that is asked for.
func promote(ctx context.Context, s *Server, properties map[string]any) error {
	replica, _ := properties["replica"].(map[string]any)
	mode := text(replica["promoteMode"])
	switch {
	case mode == "":
		return nil
	case !strings.EqualFold(mode, "standalone"):
		return fmt.Errorf("the rehearsal promotes a replica to a server of its own, not by %q", mode)
	}
	return s.Promote(ctx)
}

// view is what the Resource Manager says of a server beside what was put.
func (p serversPlane) view(ctx context.Context, s *Server) (map[string]any, error) {
	out := map[string]any{
		"fullyQualifiedDomainName": "localhost:" + s.Port,
		"state":                    "Ready",
		"replicationRole":          "Primary",
		"replica":                  map[string]any{"role": "Primary", "promoteMode": nil, "promoteOption": nil},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.replica {
		out["replicationRole"] = "AsyncReplica"
		out["replica"] = map[string]any{"role": "AsyncReplica", "replicationState": "Active"}
		return out, nil
	}
	if s.done == closed || s.ended() {
		earliest, err := s.earliest(ctx)
		if err != nil {
			return nil, err
		}
		out["backup"] = map[string]any{"earliestRestoreDate": earliest.Format(time.RFC3339)}
	}
	return out, nil
}

// ended reports that the background has done its work.
func (s *Server) ended() bool {
	if s.done == nil {
		return false
	}
	select {
	case <-s.done:
		return s.fault == nil
	default:
		return false
	}
}

func (p serversPlane) Delete(ctx context.Context, id string) error {
	if s := p.host.Server(last(id)); s != nil {
		return s.Delete(ctx)
	}
	return nil
}

type databasesPlane struct{ host *Host }

func (p databasesPlane) Put(ctx context.Context, id string, _ map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	return nil, s.Database(ctx, last(id))
}

// Delete leaves the database: it goes with its server, and an estate has no other
// way to be rid of it.
func (databasesPlane) Delete(context.Context, string) error { return nil }

type administratorsPlane struct{ host *Host }

func (p administratorsPlane) Put(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	properties, _ := body["properties"].(map[string]any)
	login := text(properties["principalName"])
	if login == "" {
		login = last(id)
	}
	return nil, s.Administrator(ctx, login)
}

func (administratorsPlane) Delete(context.Context, string) error { return nil }

type configurationsPlane struct{ host *Host }

// azures are server parameters that only Azure's own build of PostgreSQL has, or
// that need its extensions. They are kept by the Resource Manager and do nothing.
var azures = []string{"azure.", "pgaudit.", "connection_throttle.", "pgbouncer.", "pg_qs.", "metrics.", "require_secure_transport", "shared_preload_libraries"}

func (p configurationsPlane) Put(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	name := last(id)
	if slices.ContainsFunc(azures, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		return nil, nil
	}
	properties, _ := body["properties"].(map[string]any)
	return nil, s.Parameter(ctx, name, text(properties["value"]))
}

func (configurationsPlane) Delete(context.Context, string) error { return nil }

type backupsPlane struct{ host *Host }

// Put takes a backup on demand.
func (p backupsPlane) Put(ctx context.Context, id string, _ map[string]any) (map[string]any, error) {
	s, err := p.host.of(id)
	if err != nil {
		return nil, err
	}
	return nil, s.Backup(ctx)
}

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
		out = append(out, map[string]any{
			"id": parent + "/backups/" + b.Label, "name": b.Label, "type": "Microsoft.DBforPostgreSQL/flexibleServers/backups",
			"properties": map[string]any{"backupType": "Full", "completedTime": b.Stop.Format(time.RFC3339), "source": "Automatic"},
		})
	}
	return out, nil
}

// of finds the server that a part of one belongs to.
func (h *Host) of(id string) (*Server, error) {
	segments := strings.Split(id, "/")
	if len(segments) < 3 {
		return nil, fmt.Errorf("%q is no part of a server", id)
	}
	name := segments[len(segments)-3]
	if s := h.Server(name); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("there is no server %s", name)
}

func last(id string) string { return id[strings.LastIndex(id, "/")+1:] }

func text(value any) string {
	s, _ := value.(string)
	return s
}
