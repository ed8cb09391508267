package manifest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tillit-dev/tillit/internal/rehearsal/rehearsaltest"
)

// hundred is a database of about 100 MB of rows.
func hundred(b *testing.B) (c *pgx.Conn, size int64) {
	b.Helper()
	c = database(b, server, "hundred")
	execute(b, c, "drop table if exists invoices",
		"create table invoices (id bigint primary key, customer int, amount numeric(12,2), at timestamptz, note text)",
		"insert into invoices select g, g % 1000, g / 7.0, timestamptz '2026-01-01' + g * interval '1 second', repeat(md5(g::text), 4) from generate_series(1, 500000) g",
		"vacuum analyze invoices")
	must(b, c.QueryRow(context.Background(), "select pg_table_size('invoices')").Scan(&size))
	return c, size
}

func BenchmarkTakeDatabase(b *testing.B) {
	c, size := hundred(b)
	b.SetBytes(size)
	for b.Loop() {
		if _, err := soon.take(context.Background(), c, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompareDatabase(b *testing.B) {
	c, size := hundred(b)
	for name, bound := range map[string]int64{"whole": 1_000_000, "one in ten": 50_000} {
		o := soon
		o.bound = bound
		m, err := o.take(context.Background(), c, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				if d, err := m.Compare(context.Background(), c, nil); err != nil || d != nil {
					b.Fatal(d, err)
				}
			}
		})
	}
}

func BenchmarkCompareBlobs(b *testing.B) {
	c := rehearsaltest.Container(b, azure, account, "hundred")
	content := bytes.Repeat([]byte("tillit. "), 1<<17)
	for i := range 100 {
		put(b, c, fmt.Sprintf("document %d", i), string(content))
	}
	m, err := TakeBlobs(context.Background(), c, 100)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(100 << 20)
	for b.Loop() {
		if d, err := m.Compare(context.Background(), c); err != nil || d != nil {
			b.Fatal(d, err)
		}
	}
}
