package manifest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Compare looks at restored data and lists every difference: tables that are
// missing or too many, tables with other rows, other answers, and settings that
// were lost. What cannot be looked at is an error.
func (m *Database) Compare(ctx context.Context, db *pgx.Conn, queries []Query) (differences []Difference, err error) {
	defer func() {
		if err != nil {
			differences, err = nil, fmt.Errorf("compare the database %s with what was taken down: %w", db.Config().Database, explain(err))
		}
	}()
	if err := idle(db); err != nil {
		return nil, err
	}
	c := &comparison{m: m, db: db}
	defer func() { err = errors.Join(err, end(ctx, db)) }()
	for _, part := range []func(context.Context) error{
		c.tables,
		func(ctx context.Context) error { return c.queries(ctx, queries) },
		c.settings,
	} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return c.differences, nil
}

// comparison is one under way.
type comparison struct {
	m           *Database
	db          *pgx.Conn
	differences []Difference
	straddled   *bool // the answer of straddles, once it was asked
}

func (c *comparison) differ(what, want, seen string) {
	c.differences = append(c.differences, Difference{what, want, seen})
}

// begin begins a transaction, anew where the last has failed.
func (c *comparison) begin(ctx context.Context, more string) error {
	if err := end(ctx, c.db); err != nil {
		return err
	}
	// Nobody else works on a restored server yet: it may scan with all it has.
	_, err := c.db.PgConn().Exec(ctx, begin+"set local max_parallel_workers_per_gather = 16;"+more).ReadAll()
	return err
}

func (c *comparison) tables(ctx context.Context) error {
	if err := c.begin(ctx, ""); err != nil {
		return err
	}
	found, err := relations(ctx, c.db)
	if err != nil {
		return err
	}
	there := map[string]relation{}
	for _, r := range found {
		there[r.name] = r
	}
	for i := range c.m.Tables {
		t := &c.m.Tables[i]
		r, ok := there[t.Name]
		delete(there, t.Name)
		if !ok {
			c.differ("table "+t.Name, t.all().String(), absent)
			continue
		}
		if err := c.table(ctx, t, r); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		t, err := there[name].total(ctx, c.db, 1)
		if err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
		c.differ("table "+name, absent, t.String())
	}
	return nil
}

func (c *comparison) table(ctx context.Context, t *Table, r relation) error {
	what := "table " + t.Name
	if t.OneIn > 1 && t.Key != r.key {
		c.differ(what, "primary key "+t.Key, "primary key "+r.key)
		return nil
	}
	want := t.all()
	seen, err := r.total(ctx, c.db, t.OneIn)
	if broken(err) {
		c.differ(what, want.String(), unreadable+err.Error())
		return c.begin(ctx, "")
	}
	if err != nil || seen == want {
		return err
	}
	// They differ: because of what was in flight, and only of that?
	straddles, err := c.straddles(ctx)
	if err != nil {
		return err
	}
	if straddles {
		want, err := t.settled()
		if err != nil {
			return err
		}
		settled, err := r.settled(ctx, c.db, c.m, t)
		if err != nil || settled == want {
			return err
		}
	}
	c.differ(what, want.String(), seen.String())
	return nil
}

// broken reports that the server found its own data damaged (class XX), or files
// of it missing (class 58).
func broken(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (strings.HasPrefix(refused.Code, "XX") || strings.HasPrefix(refused.Code, "58"))
}

// straddles reports that the restored server has transactions which the snapshot
// has not, since they were being committed at the instant. Only of a physical copy
// can that be told; any other has to be equal.
func (c *comparison) straddles(ctx context.Context) (bool, error) {
	if c.straddled == nil {
		var there bool
		err := c.db.QueryRow(ctx, `
			select (select system_identifier::text from pg_control_system()) = $1 and exists (
				select from unnest($2::bigint[]) x
				where not pg_visible_in_snapshot(x::text::xid8, $3::text::pg_snapshot)
					and case when x < pg_snapshot_xmax(pg_current_snapshot())::text::bigint then pg_xact_status(x::text::xid8) = 'committed' else false end)`,
			c.m.System, c.m.InFlight, c.m.Snapshot).Scan(&there)
		if err != nil {
			return false, err
		}
		c.straddled = &there
	}
	return *c.straddled, nil
}

func (c *comparison) queries(ctx context.Context, queries []Query) error {
	if err := c.begin(ctx, asking); err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, q := range queries {
		asked[q.Name] = true
		want, ok := c.m.Answers[q.Name]
		if !ok {
			want = "not asked"
		}
		seen, err := ask(ctx, c.db, q)
		var refused *pgconn.PgError
		switch {
		case errors.As(err, &refused) && (broken(err) || slices.Contains([]string{noTable, noColumn, noFunction}, refused.Code)):
			seen, ok = "the error "+refused.Message, false
			if err := c.begin(ctx, asking); err != nil {
				return err
			}
		case err != nil:
			return fmt.Errorf("query %s: %w", q.Name, err)
		}
		if !ok || seen != want {
			c.differ("query "+q.Name, want, seen)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.m.Answers)) {
		if !asked[name] {
			c.differ("query "+name, c.m.Answers[name], "not asked")
		}
	}
	return nil
}

func (c *comparison) settings(ctx context.Context) error {
	if err := end(ctx, c.db); err != nil {
		return err
	}
	now, err := readSettings(ctx, c.db, "true")
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.m.Settings)) {
		seen, ok := now[name]
		if !ok {
			seen = absent
		}
		if want := c.m.Settings[name]; seen != want {
			c.differ("setting "+name, want, seen)
		}
	}
	return nil
}
