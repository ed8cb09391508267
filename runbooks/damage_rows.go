package runbooks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// join makes the drills' identity a member of a role, since only its owner may
// drop or copy a thing. On a restored server the identity administers the roles.
func join(ctx context.Context, db *pgx.Conn, role string) error {
	var member bool
	if err := db.QueryRow(ctx, "select pg_has_role($1, 'usage')", role).Scan(&member); err != nil || member {
		return err
	}
	_, err := db.Exec(ctx, "grant "+pgx.Identifier{role}.Sanitize()+" to "+pgx.Identifier{db.Config().User}.Sanitize())
	if err != nil {
		return fmt.Errorf("become a member of %s, who owns it: %w", role, err)
	}
	return nil
}

// victimOf picks the table to damage: the smallest whose every row is in the
// manifest's checksum. The name is the manifest's.
func victimOf(ctx context.Context, db *pgx.Conn, m *manifest.Database) (string, error) {
	tables := slices.DeleteFunc(slices.Clone(m.Tables), func(t manifest.Table) bool {
		return t.Rows == 0 || t.Sampled != t.Rows || t.Name == heartbeat.Table
	})
	slices.SortStableFunc(tables, func(a, b manifest.Table) int { return int(a.Rows - b.Rows) })
	for _, t := range tables {
		if _, err := locate(ctx, db, t.Name); err == nil {
			return t.Name, nil
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: the database has no table with rows that could be damaged", ErrUnavailable)
}

// table is one that may be damaged.
type table struct {
	oid    uint32
	quoted string
	owner  string
}

func locate(ctx context.Context, db *pgx.Conn, name string) (table, error) {
	var t table
	err := db.QueryRow(ctx, `select c.oid, format('%I.%I', n.nspname, c.relname), pg_get_userbyid(c.relowner)
		from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1) and c.relkind = 'r'`, name).
		Scan(&t.oid, &t.quoted, &t.owner)
	return t, err
}

// dropTable loses a table.
func dropTable(ctx context.Context, db *pgx.Conn, victim string, _ heartbeat.Beat) (string, error) {
	t, err := locate(ctx, db, victim)
	if err != nil {
		return "", err
	}
	if err := join(ctx, db, t.owner); err != nil {
		return "", err
	}
	_, err = db.Exec(ctx, "drop table "+t.quoted+" cascade")
	return "table " + victim + " dropped", err
}

// changed is an expression for another value of a column, by the type's name.
var changed = map[string]string{
	"text": "overlay(%[1]s placing case when left(%[1]s, 1) = '~' then '!' else '~' end from 1 for 1)",
	"int2": "%[1]s + 1", "int4": "%[1]s + 1", "int8": "%[1]s + 1", "numeric": "%[1]s + 1", "float4": "%[1]s + 1", "float8": "%[1]s + 1",
	"date": "%[1]s + 1", "timestamp": "%[1]s + interval '1 day'", "timestamptz": "%[1]s + interval '1 day'",
	"bool": "not %[1]s", "uuid": "gen_random_uuid()",
}

// alterRow changes one value of one row, in the first column where the table's own
// rules allow it.
func alterRow(ctx context.Context, db *pgx.Conn, victim string, _ heartbeat.Beat) (string, error) {
	t, err := locate(ctx, db, victim)
	if err != nil {
		return "", err
	}
	if err := join(ctx, db, t.owner); err != nil {
		return "", err
	}
	rows, err := db.Query(ctx, `select quote_ident(a.attname), case when y.typcategory = 'S' then 'text' else y.typname end
		from pg_attribute a join pg_type y on y.oid = a.atttypid
		where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
		order by exists (select from pg_constraint k where k.conrelid = $1 and a.attnum = any (k.conkey)), a.attnum`, t.oid)
	if err != nil {
		return "", err
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Name, Type string }])
	if err != nil {
		return "", err
	}
	refusals := fmt.Errorf("no column of %s can be given another value", victim)
	for _, c := range columns {
		form := changed[c.Type]
		if form == "" {
			continue
		}
		done, err := db.Exec(ctx, fmt.Sprintf("update %[2]s set %[1]s = "+form+" where ctid = (select ctid from %[2]s where %[1]s is not null limit 1)", c.Name, t.quoted))
		if err == nil && done.RowsAffected() == 1 {
			return "column " + c.Name + " of one row of " + victim + " altered", nil
		}
		refusals = errors.Join(refusals, err)
	}
	return "", refusals
}

// forgetBeats takes the newest heartbeats away.
func forgetBeats(ctx context.Context, db *pgx.Conn, _ string, earlier heartbeat.Beat) (string, error) {
	t, err := locate(ctx, db, heartbeat.Table)
	if err != nil {
		return "", err
	}
	if err := join(ctx, db, t.owner); err != nil {
		return "", err
	}
	done, err := db.Exec(ctx, "delete from "+t.quoted+" where sequence > $1", earlier.Sequence)
	return fmt.Sprintf("%d heartbeats deleted", done.RowsAffected()), err
}
