package runbooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// fresh is how old the newest heartbeat of production may be: the estate's job
// writes one every five minutes and takes a while to start.
const fresh = 6 * time.Minute

// The keys under which runs keep values.
const (
	keyManifest   = "manifest"
	keyBeat       = "heartbeat-before"
	keyParameters = "parameters"
	keyPoint      = "restore-point"
)

// beat sees to it that production has a heartbeat that is fresh.
func (p *postgres) beat(ctx context.Context, run *drill.Run) error {
	return p.with(ctx, p.db.Server.Host, func(c *pgx.Conn) error {
		newest, err := heartbeat.Newest(ctx, c)
		switch {
		case errors.Is(err, heartbeat.ErrNone):
			run.Say("production has no heartbeat yet: writing one")
		case err != nil:
			return fmt.Errorf("read the heartbeat of %s: %w", p.db.Server.Name, err)
		default:
			age := p.Now().Sub(newest.At)
			if age <= fresh {
				return nil
			}
			run.Say("the newest heartbeat of production is %s old: writing one", age.Round(time.Second))
		}
		if _, err := heartbeat.Write(ctx, c); err != nil {
			return fmt.Errorf("write a heartbeat to %s: %w", p.db.Server.Name, err)
		}
		return nil
	})
}

// takeManifest takes down what production has: its parameters, the newest
// heartbeat, and in one snapshot after it the data.
func (p *postgres) takeManifest(ctx context.Context, run *drill.Run) error {
	set, _, err := p.parameters(ctx, p.db.Server.Group, p.db.Server.Name)
	if err != nil {
		return err
	}
	if err := run.Put(keyParameters, set); err != nil {
		return err
	}
	return p.with(ctx, p.db.Server.Host, func(c *pgx.Conn) error {
		newest, err := heartbeat.Newest(ctx, c)
		if err != nil {
			return fmt.Errorf("read the heartbeat of %s: %w", p.db.Server.Name, err)
		}
		m, err := manifest.TakeDatabase(ctx, c, p.queries)
		if err != nil {
			return fmt.Errorf("take down what %s has: %w", p.db.Server.Name, err)
		}
		run.Say("%s", summary(m))
		return errors.Join(run.Put(keyBeat, newest), run.Put(keyManifest, m))
	})
}

// taken reads back what takeManifest has put.
func taken(run *drill.Run) (*manifest.Database, heartbeat.Beat, error) {
	var m manifest.Database
	var b heartbeat.Beat
	gotManifest, err1 := run.Get(keyManifest, &m)
	gotBeat, err2 := run.Get(keyBeat, &b)
	if err := errors.Join(err1, err2); err != nil {
		return nil, b, err
	}
	if !gotManifest || !gotBeat {
		return nil, b, errors.New("the journal has no manifest of production")
	}
	return &m, b, nil
}

// summary says how much a manifest has taken down.
func summary(m *manifest.Database) string {
	var rows int64
	for _, t := range m.Tables {
		rows += t.Rows
	}
	parts := []string{fmt.Sprintf("%d rows in %d tables", rows, len(m.Tables))}
	if n := len(m.Answers); n > 0 {
		parts = append(parts, fmt.Sprintf("%d queries", n))
	}
	if n := len(m.Settings); n > 0 {
		parts = append(parts, fmt.Sprintf("%d settings", n))
	}
	return strings.Join(parts, ", ")
}

// missing lists the names whose values are not as wanted, in order.
func missing(wanted, has map[string]string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if value, ok := has[name]; !ok || value != wanted[name] {
			names = append(names, name)
		}
	}
	return names
}
