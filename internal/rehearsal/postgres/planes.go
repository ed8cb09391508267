package postgres

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/fields"
)

// Planes are what stands behind Microsoft.DBforPostgreSQL, by ARM type.
func Planes(h *Host) map[string]arm.Plane {
	return map[string]arm.Plane{
		servers:                     serversPlane{h},
		servers + "/databases":      databasesPlane{h},
		servers + "/administrators": administratorsPlane{h},
		servers + "/configurations": configurationsPlane{h},
		servers + "/backups":        backupsPlane{h},
	}
}

const servers = "Microsoft.DBforPostgreSQL/flexibleServers"

// Actions are what can be done to servers, by ARM type and name.
func Actions(h *Host) map[string]arm.Action {
	return map[string]arm.Action{
		servers + "/restart": func(ctx context.Context, id string, _ map[string]any) (map[string]any, error) {
			s := h.Server(path.Base(id))
			if s == nil {
				return nil, fmt.Errorf("there is no server %s", path.Base(id))
			}
			return nil, s.Restart(ctx)
		},
	}
}

type serversPlane struct{ host *Host }

// Put makes a server in the way that its createMode says. Of one that is there,
// only a replica's promotion changes anything here; the rest is the Resource
// Manager's.
func (p serversPlane) Put(ctx context.Context, id string, body map[string]any) (map[string]any, error) {
	properties, _ := body["properties"].(map[string]any)
	name := path.Base(id)
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
	return view(s), nil
}

func (p serversPlane) create(ctx context.Context, name string, properties map[string]any) (*Server, error) {
	source := path.Base(fields.Text(properties["sourceServerResourceId"]))
	switch mode := fields.Text(properties["createMode"]); mode {
	case "", "Default", "Create":
		return p.host.Create(ctx, name)
	case "PointInTimeRestore":
		point, err := time.Parse(time.RFC3339, fields.Text(properties["pointInTimeUTC"]))
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
	mode := fields.Text(replica["promoteMode"])
	switch {
	case mode == "":
		return nil
	case !strings.EqualFold(mode, "standalone"):
		return fmt.Errorf("the rehearsal promotes a replica to a server of its own, not by %q", mode)
	}
	return s.Promote(ctx)
}

// Read gives what changes without a request: a replica's role, and the earliest
// restore once there is a backup.
func (p serversPlane) Read(_ context.Context, id, _ string) (map[string]any, error) {
	if s := p.host.Server(path.Base(id)); s != nil {
		return view(s), nil
	}
	return nil, nil
}

// view is what the Resource Manager says of a server beside what was put.
func view(s *Server) map[string]any {
	out := map[string]any{
		"fullyQualifiedDomainName": "localhost:" + s.Port,
		"state":                    "Ready",
		"replicationRole":          "Primary",
		"replica":                  map[string]any{"role": "Primary", "promoteMode": nil, "promoteOption": nil},
	}
	if s.follows() {
		out["replicationRole"] = "AsyncReplica"
		out["replica"] = map[string]any{"role": "AsyncReplica", "replicationState": "Active"}
	}
	if earliest, err := s.Earliest(); err == nil {
		out["backup"] = map[string]any{"earliestRestoreDate": earliest.Format(time.RFC3339)}
	}
	return out
}

func (p serversPlane) Delete(ctx context.Context, id string) error {
	if s := p.host.Server(path.Base(id)); s != nil {
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
	return nil, s.Database(ctx, path.Base(id))
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
	login := fields.Text(properties["principalName"])
	if login == "" {
		login = path.Base(id)
	}
	return nil, s.Administrator(ctx, login)
}

func (administratorsPlane) Delete(context.Context, string) error { return nil }

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
