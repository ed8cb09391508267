package manifest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
)

// instant is a snapshot and the moment that a restore to it is aimed at. The
// package's comment says why the two fit.
type instant struct {
	at       time.Time
	snapshot string
	quiet    bool    // the snapshot has all that began before the moment
	inFlight []int64 // ids of transactions and their parts, unless it was quiet
}

// mostOpen is how many transactions may have begun since the oldest that is still
// open.
const mostOpen = 10_000_000

// session are the settings that the text of a row depends on, and what keeps the
// taking down from being cut short. Rows that a policy would hide are an error.
const session = `
	set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local timezone = 'UTC'; set local extra_float_digits = 1;
	set local bytea_output = 'hex'; set local lc_monetary = 'C'; set local xmlbinary = 'base64'; set local quote_all_identifiers = off;
	set local search_path = ''; set local row_security = off;
	set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0;`

const begin = "begin isolation level repeatable read read only;" + session

// instant begins a transaction and takes its snapshot, just before a whole step of
// the server's clock.
func (o options) instant(ctx context.Context, db *pgx.Conn, tables []relation) (instant, error) {
	sent := clock.Now()
	if err := db.Ping(ctx); err != nil {
		return instant{}, err
	}
	step := strconv.FormatFloat(o.step.Seconds(), 'f', -1, 64)
	next := "to_timestamp((floor(extract(epoch from clock_timestamp()) / " + step + ") + 1) * " + step + ")"

	// Three messages go to the server before the snapshot is there.
	lead := strconv.FormatFloat((3*clock.Since(sent) + 2*time.Millisecond).Seconds(), 'f', 6, 64)
	if _, err := db.Exec(ctx, "select pg_sleep(extract(epoch from "+next+" - clock_timestamp()) - "+lead+")"); err != nil {
		return instant{}, err
	}
	var oldest, unborn int64
	var inFlight []int64
	err := db.QueryRow(ctx, `
		select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint, coalesce((
			select array_agg(x)
			from generate_series(greatest(pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint - $1), pg_snapshot_xmax(s)::text::bigint - 1) x
			where pg_xact_status(x::text::xid8) = 'in progress'), '{}')
		from pg_current_snapshot() s`, mostOpen).Scan(&oldest, &unborn, &inFlight)
	if err != nil {
		return instant{}, err
	}
	if unborn-oldest > mostOpen {
		return instant{}, fmt.Errorf("transaction %d has been open while more than %d others began: end it (see pg_stat_activity.backend_xid and pg_prepared_xacts)", oldest, mostOpen)
	}
	statements := begin
	if len(tables) > 0 {
		names := make([]string, len(tables))
		for i, t := range tables {
			names[i] = "only " + t.name
		}
		statements += "set local lock_timeout = " + strconv.FormatInt(o.wait.Milliseconds(), 10) + "; lock table " + strings.Join(names, ", ") + " in access share mode;"
	}
	statements += `
		with i as materialized (select pg_current_snapshot() as s, ` + next + ` as at)
		select s::text, (extract(epoch from at) * 1000000)::bigint::text, pg_snapshot_xmax(s)::text,
			(select count(*) from pg_snapshot_xip(s))::text, pg_sleep(extract(epoch from at - clock_timestamp()) + 0.0005) from i;
		select pg_current_xact_id()::text, (extract(epoch from clock_timestamp()) * 1000000)::bigint::text`
	results, err := db.PgConn().Exec(ctx, statements).ReadAll()
	if err != nil {
		return instant{}, err
	}
	seen, fence := results[len(results)-2].Rows[0], results[len(results)-1].Rows[0]
	var n [5]int64
	for i, text := range [][]byte{seen[1], seen[2], seen[3], fence[0], fence[1]} {
		if n[i], err = strconv.ParseInt(string(text), 10, 64); err != nil {
			return instant{}, err
		}
	}
	at, later, open, own, now := n[0], n[1], n[2], n[3], n[4]
	if now <= at {
		return instant{}, fmt.Errorf("the server's clock ran backwards, by %v", time.Duration(at-now)*time.Microsecond)
	}
	i := instant{at: time.UnixMicro(at).UTC(), snapshot: string(seen[0]), quiet: open == 0 && later == own}
	if !i.quiet {
		for x := unborn; x < own; x++ {
			inFlight = append(inFlight, x)
		}
		i.inFlight = inFlight
	}
	return i, nil
}

// list writes transaction ids as an array of the 32-bit ones that rows carry.
func list(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatUint(uint64(uint32(id)), 10)
	}
	return "'{" + strings.Join(texts, ",") + "}'::xid[]"
}
