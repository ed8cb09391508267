package manifest

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/heartbeat"
)

// relation is a table as the server describes it.
type relation struct {
	name      string
	key       string // columns of the primary key, as SQL; empty when there is none
	estimated int64  // rows, since the table was analyzed; 0 before
}

// relations lists the tables with lasting rows, by name. A partitioned table is
// its partitions. Views, foreign tables and materialized views have no rows of
// their own; an unlogged table has none after a restore, by its nature.
func relations(ctx context.Context, db *pgx.Conn) ([]relation, error) {
	rows, err := db.Query(ctx, `
		select format('%I.%I', n.nspname, c.relname),
			coalesce((
				select string_agg(format('r.%I', a.attname), ', ' order by k.position)
				from pg_catalog.pg_index i cross join lateral unnest(i.indkey) with ordinality k (number, position)
				join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
				where i.indrelid = c.oid and i.indisprimary), ''),
			greatest(c.reltuples, 0)::bigint
		from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
		where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
			and format('%I.%I', n.nspname, c.relname) <> $1
		order by n.nspname, c.relname`, heartbeat.Table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r relation, err error) {
		err = row.Scan(&r.name, &r.key, &r.estimated)
		return r, err
	})
}

// scan is SQL for the rows of a table: h is the hash of one, s says that it is in
// the checksum, touched that transactions in flight may have made it.
func (r relation) scan(oneIn int64, touched string) string {
	sample := "true"
	if oneIn > 1 {
		sample = fmt.Sprintf(`hashtextextended(row(%s)::text collate "C", 1) %% %d = 0`, r.key, oneIn)
	}
	return fmt.Sprintf(`(select hashtextextended((r.*)::text collate "C", 0) as h, %s as s, %s as touched from only %s as r) rows`, sample, touched, r.name)
}

// once has a statement sent as it is and forgotten: each is for one table.
const once = pgx.QueryExecModeExec

const sums = "count(*), count(*) filter (where s), coalesce(sum(h) filter (where s), 0)::text"

// made holds for a row that a transaction of these has made.
func made(ids []int64) string { return "r.xmin = any (" + list(ids) + ")" }

// touched holds for a row that one of these has made or removed. A row that
// several transactions have a hold on names a list of them, in numbers of their
// own.
func touched(ids []int64) string {
	if len(ids) == 0 {
		return "false"
	}
	all := list(ids)
	return made(ids) + " or r.xmax = any (" + all + ") or case when r.xmax <> '0' and mxid_age(r.xmax) between 1 and (select max(mxid_age(datminmxid)) from pg_catalog.pg_database)" +
		" then exists (select from pg_get_multixact_members(r.xmax) m where m.xid = any (" + all + ")) else false end"
}

// mostLoose is how many rows may be changed by transactions in flight. They are
// listed one by one.
const mostLoose = 100_000

func (o options) takeTable(ctx context.Context, db *pgx.Conn, r relation, i instant) (*Table, error) {
	t := &Table{Name: r.name, OneIn: 1}
	if r.estimated > o.bound && r.key != "" {
		t.OneIn, t.Key = (r.estimated+o.bound-1)/o.bound, r.key
	}
	rows := r.scan(t.OneIn, touched(i.inFlight))
	var loose int64
	err := db.QueryRow(ctx, "select "+sums+", count(*) filter (where touched) from "+rows, once).Scan(&t.Rows, &t.Sampled, &t.Checksum, &loose)
	if err != nil || loose == 0 {
		return t, err
	}
	if loose > mostLoose {
		return nil, fmt.Errorf("transactions that have not ended have changed %d rows of it: wait for them", loose)
	}
	// Rows are told apart by their hashes, so that an equal one counts as loose too.
	found, err := db.Query(ctx, "select h, count(*), s from "+rows+" where h in (select h from "+rows+" where touched) group by h, s order by h", once)
	if err != nil {
		return nil, err
	}
	t.Loose, err = pgx.CollectRows(found, pgx.RowToStructByPos[Row])
	return t, err
}

// total reads the totals of a table.
func (r relation) total(ctx context.Context, db *pgx.Conn, oneIn int64) (t totals, err error) {
	err = db.QueryRow(ctx, "select "+sums+" from "+r.scan(oneIn, "false"), once).Scan(&t.rows, &t.sampled, &t.sum)
	return t, err
}

// settled reads the totals of a table without what transactions in flight have
// made, and without the loose rows.
func (r relation) settled(ctx context.Context, db *pgx.Conn, m *Database, of *Table) (t totals, err error) {
	hashes := make([]int64, len(of.Loose))
	for i, row := range of.Loose {
		hashes[i] = row.Hash
	}
	err = db.QueryRow(ctx, "select "+sums+" from "+r.scan(of.OneIn, made(m.InFlight))+" where not touched and h <> all ($1::bigint[])", once, hashes).
		Scan(&t.rows, &t.sampled, &t.sum)
	return t, err
}
