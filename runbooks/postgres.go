package runbooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	pg "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/postgresql/armpostgresqlflexibleservers/v4"
	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/cloud"
	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/estate"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// The means of a database, as stack files name them.
const (
	meansPostgres = "postgres"
	meansSQL      = "sql"
)

// postgres is a PostgreSQL database that a drill works on, and the workbench in
// which it makes copies.
type postgres struct {
	Scene
	db      estate.Database
	source  *pg.Server // the server that the database is on, as it is deployed
	who     cloud.Identity
	queries []manifest.Query
	size    int64 // bytes of data, or of what they have room in where that cannot be asked
}

// openPostgres looks at the database that the scene names.
func openPostgres(ctx context.Context, s Scene) (*postgres, error) {
	db, err := s.Estate.Database(s.Database)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if db.Means != meansPostgres {
		return nil, fmt.Errorf("%w: %s is kept by the means %q, and this drill restores PostgreSQL", ErrUnavailable, db.Server.Name, db.Means)
	}
	if s.Estate.Workbench.Name == "" {
		return nil, fmt.Errorf("%w: the estate has no resource group for drills: promise backup.tested and deploy it again", ErrUnavailable)
	}
	p := &postgres{Scene: s, db: *db}
	checks := s.Estate.Declaration.Settings.Checks
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		p.queries = append(p.queries, manifest.Query{Name: name, SQL: checks[name]})
	}
	if p.who, err = s.Cloud.Who(ctx); err != nil {
		return nil, cloud.Explain(err)
	}
	if p.source, err = p.look(ctx, db.Server.Group, db.Server.Name); err != nil {
		return nil, err
	}
	p.size = p.measure(ctx)
	return p, nil
}

// look reads a server.
func (p *postgres) look(ctx context.Context, group, name string) (*pg.Server, error) {
	got, err := p.Cloud.Postgres.NewServersClient().Get(ctx, group, name, nil)
	if err != nil {
		return nil, fmt.Errorf("read server %s: %w", name, cloud.Explain(err))
	}
	if got.Properties == nil {
		return nil, fmt.Errorf("read server %s: Azure tells nothing of it", name)
	}
	return &got.Server, nil
}

// measure is how large the database is; where it does not answer, how much room
// its server has.
func (p *postgres) measure(ctx context.Context) int64 {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var size int64
	err := p.with(ctx, p.db.Server.Host, func(c *pgx.Conn) error {
		return c.QueryRow(ctx, "select pg_database_size(current_database())").Scan(&size)
	})
	if err == nil {
		return size
	}
	return int64(room(p.source)) << 30
}

// connect signs in to the database on a server as the drills' identity.
func (p *postgres) connect(ctx context.Context, host string) (*pgx.Conn, error) {
	return p.Cloud.Database(ctx, host, p.db.Name)
}

// with does something over a connection of its own.
func (p *postgres) with(ctx context.Context, host string, do func(*pgx.Conn) error) error {
	c, err := p.connect(ctx, host)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	return do(c)
}

// hangUp ends a connection. What it was for has been done or has failed by then.
func hangUp(ctx context.Context, c *pgx.Conn) { _ = c.Close(context.WithoutCancel(ctx)) }

// await connects to a server that a run has made as soon as it answers and, with
// writable, has ended its recovery.
func (p *postgres) await(ctx context.Context, name string, writable bool) (*pgx.Conn, error) {
	return p.awaitDatabase(ctx, name, p.db.Name, writable)
}

func (p *postgres) awaitDatabase(ctx context.Context, name, database string, writable bool) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("server %s takes no connections after %v", name, patience))
	defer cancel()
	for gap := 25 * time.Millisecond; ; gap = min(gap*3/2, time.Second) {
		c, err := p.reach(ctx, name, database, writable)
		if err == nil {
			return c, nil
		}
		if errors.Is(err, cloud.ErrForbidden) || errors.Is(err, cloud.ErrCredentials) || errors.Is(err, cloud.ErrNotFound) {
			return nil, err
		}
		if wait(ctx, gap) != nil {
			return nil, errors.Join(context.Cause(ctx), err)
		}
	}
}

// patience is how long a server may take until it answers, after Azure has said
// that it is ready: its name has to be known, and WAL may be left to replay.
const patience = 30 * time.Minute

func (p *postgres) reach(ctx context.Context, name, database string, writable bool) (*pgx.Conn, error) {
	host, err := p.host(ctx, name)
	if err != nil {
		return nil, err
	}
	c, err := p.Cloud.Database(ctx, host, database)
	if err != nil {
		return nil, err
	}
	var recovering bool
	if err := c.QueryRow(ctx, "select pg_is_in_recovery()").Scan(&recovering); err != nil || writable && recovering {
		hangUp(ctx, c)
		return nil, errors.Join(fmt.Errorf("server %s is still replaying its log", name), err)
	}
	return c, nil
}

// host is the address of a server in the workbench.
func (p *postgres) host(ctx context.Context, name string) (string, error) {
	s, err := p.look(ctx, p.Estate.Workbench.Name, name)
	if err != nil {
		return "", err
	}
	host := text(s.Properties.FullyQualifiedDomainName)
	if host == "" {
		return "", fmt.Errorf("server %s has no name in the network yet", name)
	}
	return host, nil
}

// wait waits, or returns why it must not.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// target is where clean-ups delete.
func (p *postgres) target() drill.Target { return p.Cloud.Target(p.Estate.Workbench.Name) }

func to[T any](v T) *T { return &v }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
