package manifest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// soon takes a database down without waiting for a whole second.
var soon = options{step: time.Millisecond, attempts: 2, wait: 300 * time.Millisecond, bound: usual.bound}

func take(t *testing.T, c *pgx.Conn, o options, queries ...Query) *Database {
	t.Helper()
	m, err := o.take(context.Background(), c, queries)
	must(t, err)
	return m
}

// compare returns what differs, as "what: want -> seen".
func compare(t *testing.T, m *Database, c *pgx.Conn, queries ...Query) []string {
	t.Helper()
	differences, err := m.Compare(context.Background(), c, queries)
	must(t, err)
	var lines []string
	for _, d := range differences {
		lines = append(lines, d.What+": "+d.Want+" -> "+d.Seen)
	}
	return lines
}

// starts fails unless the lines begin with these.
func starts(t *testing.T, lines []string, want ...string) {
	t.Helper()
	if len(lines) != len(want) {
		t.Fatalf("got %q, want %q", lines, want)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("got %q, want %q", lines[i], want[i])
		}
	}
}

func TestTake(t *testing.T) {
	c := database(t, server, "taken")
	execute(t, c,
		`create schema "Odd ""name"`, `create table "Odd ""name"."select" (r text, "primary" int primary key)`, `insert into "Odd ""name"."select" values ('a', 1)`,
		"create schema tillit", "create table tillit.heartbeat (a int)", "create table tillit.other ()",
		"create table parts (a int, b text) partition by list (a)", "create table part1 partition of parts for values in (1)", "create table part2 partition of parts for values in (2)",
		"insert into parts values (1, 'x'), (2, 'y'), (2, 'z')",
		"create table parent (a int)", "create table child () inherits (parent)", "insert into child values (1)",
		"create unlogged table fleeting (a int)", "create temporary table passing (a int)", "create view seen as select 1", "create materialized view kept as select 1")
	before := clock.Now()
	m := take(t, c, usual, Query{"sum", "select sum(a) from parts"}, Query{"nothing", "select null::int"}, Query{"when", "select timestamptz '2026-11-22 10:00+01'"})
	if m.At.Nanosecond() != 0 || m.At.Before(before) || m.At.After(clock.Now()) {
		t.Errorf("the instant is %v", m.At)
	}
	counts := map[string]int64{}
	for _, table := range m.Tables {
		counts[table.Name] = table.Rows
		if table.Sampled != table.Rows || table.Key != "" {
			t.Errorf("%+v is sampled", table)
		}
	}
	if want := map[string]int64{`"Odd ""name"."select"`: 1, "public.part1": 1, "public.part2": 2, "public.parent": 0, "public.child": 1, "tillit.other": 0}; !reflect.DeepEqual(counts, want) {
		t.Errorf("the tables are %v, want %v", counts, want)
	}
	if want := map[string]string{"sum": "5", "nothing": "(null)", "when": "2026-11-22 09:00:00+00"}; !reflect.DeepEqual(m.Answers, want) {
		t.Errorf("the answers are %v", m.Answers)
	}
	if m.Settings["shared_buffers"] != "16384" || m.Settings["port"] != "" || m.Settings["ssl_key_file"] != "" || m.Settings["archive_command"] != "" {
		t.Errorf("the settings are %v", m.Settings)
	}

	t.Run("it keeps in JSON", func(t *testing.T) {
		b, err := json.Marshal(m)
		must(t, err)
		var again Database
		must(t, json.Unmarshal(b, &again))
		if !reflect.DeepEqual(&again, m) {
			t.Errorf("%s", b)
		}
	})
	t.Run("by one who may only read", func(t *testing.T) {
		must(t, server.Exec(context.Background(), "taken", "create role reader login password '"+strings.ReplaceAll(azure.Password(), "'", "''")+"' in role pg_read_all_data, pg_read_all_settings"))
		reader := rehearsaltest.SignIn(t, azure, server, "reader", "taken")
		if d := compare(t, take(t, reader, soon), c); d != nil {
			t.Error(d)
		}
		if d := compare(t, m, reader, Query{"sum", "select sum(a) from parts"}); len(d) != 2 {
			t.Error(d)
		}
	})
	t.Run("the connection is as it was", func(t *testing.T) {
		execute(t, c, "set timezone = 'Europe/Oslo'", "set work_mem = '5MB'")
		must(t, func() error { _, err := m.Compare(context.Background(), c, nil); return err }())
		take(t, c, soon)
		var zone, path string
		must(t, c.QueryRow(context.Background(), "select current_setting('timezone'), current_setting('search_path')").Scan(&zone, &path))
		if zone != "Europe/Oslo" || path != `"$user", public` || c.PgConn().TxStatus() != 'I' {
			t.Errorf("%s, %s, %c", zone, path, c.PgConn().TxStatus())
		}
	})
}

// What a session is set to does not change what a row is.
func TestSettingsOfTheSession(t *testing.T) {
	c := database(t, server, "sessions")
	execute(t, c, "create type pair as (a float8, b timestamptz)",
		"create table odd (f float8, g real, t timestamptz, d date, i interval, b bytea, m money, p pair, x xml, k regclass, r tstzrange)",
		"insert into odd select 1.0/3, 0.1, '2026-11-22 10:00+01', '2026-02-03', interval '1 year -2 days 3:04:05.678', bytea '\\x00ff', 12.5::money, (row(1e-300, now()))::pair, '<a>&lt;</a>', 'odd', tstzrange(now(), null)")
	m := take(t, c, soon)
	execute(t, c, "set datestyle = 'SQL, DMY'", "set intervalstyle = 'iso_8601'", "set timezone = 'Pacific/Auckland'", "set extra_float_digits = -10",
		"set bytea_output = 'escape'", "set search_path = pg_catalog, public", "set quote_all_identifiers = on")
	if d := compare(t, m, c); d != nil {
		t.Error(d)
	}
}

func TestCompareListsEverything(t *testing.T) {
	ctx := context.Background()
	c := database(t, server, "everything")
	execute(t, c, "create table a (id int primary key, v text)", "insert into a select g, 'v' || g from generate_series(1, 100) g",
		"create table b as select * from a", "create table c as select * from a", "create table d as select * from a", "create table e as select * from a")
	must(t, server.Parameter(ctx, "work_mem", "7MB"))
	must(t, server.Parameter(ctx, "log_min_duration_statement", "250"))
	queries := []Query{{"count", "select count(*) from a"}, {"gone", "select max(v) from c"}, {"dropped", "select 1"}}
	m := take(t, c, soon, queries...)
	if d := compare(t, m, c, queries...); d != nil {
		t.Fatal(d)
	}
	execute(t, c, "delete from a where id = 7", "update b set v = v || ' ' where id = 7", "drop table c", "create table f as select * from a", "insert into e select * from e where id = 1")
	must(t, server.Exec(ctx, "postgres", "alter system reset work_mem", "select pg_reload_conf()"))
	for range 100 {
		var v string
		must(t, c.QueryRow(ctx, "show work_mem").Scan(&v))
		if v != "7MB" {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	lines := compare(t, m, c, append(queries[:2:2], Query{"new", "select 1"})...)
	starts(t, lines,
		"table public.a: 100 rows, checksum ", "table public.b: 100 rows, checksum ", "table public.c: 100 rows, checksum ", "table public.e: 100 rows, checksum ", "table public.f: none -> 99 rows, ",
		"query count: 100 -> 99", `query gone: v99 -> the error relation "c" does not exist`, "query new: not asked -> 1", "query dropped: 1 -> not asked",
		"setting work_mem: 7168 -> 4096")
	for i, seen := range []string{"-> 99 rows, checksum ", "-> 100 rows, checksum ", "-> none", "-> 101 rows, checksum "} {
		if !strings.Contains(lines[i], seen) {
			t.Errorf("%s, want %s", lines[i], seen)
		}
	}
	must(t, server.Exec(ctx, "postgres", "alter system reset all", "select pg_reload_conf()"))
}

// Rows that were only moved about, on pages and between versions, are the same.
func TestOrderDoesNotMatter(t *testing.T) {
	c := database(t, server, "order")
	execute(t, c, "create table a (id int primary key, v text)", "insert into a select g, 'v' || g from generate_series(1, 1000) g",
		"create table twice (v text)", "insert into twice select 'same' from generate_series(1, 10)")
	m := take(t, c, soon)
	execute(t, c, "update a set v = v where id % 3 = 0", "create index on a (v)", "cluster a using a_v_idx", "vacuum full twice", "analyze")
	if d := compare(t, m, c); d != nil {
		t.Error(d)
	}
	execute(t, c, "delete from twice where ctid = '(0,1)'")
	if d := compare(t, m, c); len(d) != 1 {
		t.Errorf("one of equal rows is gone: %v", d)
	}
}

func TestSample(t *testing.T) {
	c := database(t, server, "sample")
	execute(t, c, `create table big (a int, "B" text, v text, primary key ("B", a))`, "insert into big select g, 'k' || g % 7, 'v' || g from generate_series(1, 10000) g", "analyze big",
		"create table keyless as select * from big", "analyze keyless")
	o := soon
	o.bound = 1000
	m := take(t, c, o)
	big, keyless := m.Tables[0], m.Tables[1]
	if big.OneIn != 10 || big.Rows != 10000 || big.Sampled < 800 || big.Sampled > 1200 || big.Key != `r."B", r.a` {
		t.Errorf("the sample is %+v", big)
	}
	if keyless.OneIn != 1 || keyless.Sampled != 10000 {
		t.Errorf("without a key: %+v", keyless)
	}
	execute(t, c, `create index on big (v)`, `cluster big using big_v_idx`)
	if d := compare(t, m, c); d != nil {
		t.Error(d)
	}
	execute(t, c, "delete from big where a = 5000")
	starts(t, compare(t, m, c), "table public.big: 10000 rows, checksum of ")
	execute(t, c, "insert into big values (5000, 'k2', 'v5000')")
	if d := compare(t, m, c); d != nil {
		t.Errorf("put back: %v", d)
	}
	execute(t, c, `update big set v = 'x' where hashtextextended(row("B", a)::text collate "C", 1) % 10 = 0 and a > 9000`)
	starts(t, compare(t, m, c), "table public.big: ")
	execute(t, c, "alter table big drop constraint big_pkey")
	starts(t, compare(t, m, c), `table public.big: primary key r."B", r.a -> primary key `)
}

func TestFaults(t *testing.T) {
	ctx := context.Background()
	c := database(t, server, "faults")
	execute(t, c, "create table a (id int)", "insert into a values (1), (2)")
	fails := func(name, want string, f func() error) {
		t.Helper()
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.PgConn().TxStatus() != 'I' {
			t.Errorf("%s: the transaction is still there", name)
			execute(t, c, "rollback")
		}
	}
	with := func(sql string) func() error {
		return func() error { _, err := soon.take(ctx, c, []Query{{"mine", sql}}); return err }
	}
	fails("several rows", "query mine: it returned 2 rows of 1 columns", with("select id from a"))
	fails("no rows", "query mine: it returned 0 rows", with("select id from a where false"))
	fails("several columns", "query mine: it returned 1 rows of 2 columns", with("select 1, 2"))
	fails("long", "query mine: its answer has 10001 bytes", with("select repeat('x', 10001)"))
	fails("wrong", `query mine: ERROR: relation "b" does not exist`, with("select * from b"))
	fails("two statements", "query mine: ERROR: cannot insert multiple commands", with("select 1; select 2"))
	fails("what writes", "query mine: ERROR: cannot execute", with("with x as (delete from a returning 1) select count(*) from x"))

	m := take(t, c, soon)
	fails("a comparison whose query is wrong", "query mine: it returned 2 rows", func() error { _, err := m.Compare(ctx, c, []Query{{"mine", "select id from a"}}); return err })

	t.Run("hidden rows", func(t *testing.T) {
		must(t, server.Exec(ctx, "faults", "create table hidden (id int)", "alter table hidden enable row level security"))
		fails("take", "BYPASSRLS", with("select 1"))
		must(t, server.Exec(ctx, "faults", "drop table hidden"))
	})
	t.Run("in a transaction", func(t *testing.T) {
		other := connect(t, server, "faults")
		execute(t, other, "begin")
		if _, err := soon.take(ctx, other, nil); err == nil || !strings.Contains(err.Error(), "transaction") {
			t.Errorf("take: %v", err)
		}
		if _, err := m.Compare(ctx, other, nil); err == nil || !strings.Contains(err.Error(), "transaction") {
			t.Errorf("compare: %v", err)
		}
	})
	t.Run("given up", func(t *testing.T) {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		other := connect(t, server, "faults")
		if _, err := soon.take(short, other, []Query{{"slow", "select 1 from pg_sleep(60)"}}); err == nil {
			t.Error("it waits")
		}
	})
	t.Run("the connection breaks", func(t *testing.T) {
		other := connect(t, server, "faults")
		go func() {
			<-time.After(300 * time.Millisecond)
			_ = server.Exec(ctx, "faults", fmt.Sprintf("select pg_terminate_backend(%d)", other.PgConn().PID()))
		}()
		if _, err := soon.take(ctx, other, []Query{{"slow", "select 1 from pg_sleep(60)"}}); err == nil || !strings.Contains(err.Error(), "query slow: ") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a damaged manifest", func(t *testing.T) {
		m := take(t, c, soon)
		m.Tables[0].Checksum = "wrong"
		if lines := compare(t, m, c); len(lines) != 1 {
			t.Errorf("got %q", lines)
		}
		m.InFlight = []int64{1 << 40} // not begun yet, as far as this server knows
		if lines := compare(t, m, c); len(lines) != 1 {
			t.Errorf("got %q", lines)
		}
	})
	t.Run("no right", func(t *testing.T) {
		must(t, server.Exec(ctx, "faults", "create table secret (id int)", "revoke pg_read_all_data from azure_pg_admin"))
		fails("take", "have the administrator", with("select 1"))
		must(t, server.Exec(ctx, "faults", "grant pg_read_all_data to azure_pg_admin", "drop table secret"))
	})
	t.Run("somebody migrates", func(t *testing.T) {
		other := connect(t, server, "faults")
		execute(t, other, "begin", "lock table a in access exclusive mode")
		fails("take", "migration", with("select 1"))
	})
}
