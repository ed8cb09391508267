package runbooks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tillit-dev/tillit/internal/drill"
	"github.com/tillit-dev/tillit/internal/heartbeat"
	"github.com/tillit-dev/tillit/internal/manifest"
)

// sqlSums is what was in a database at an instant.
type sqlSums struct {
	At     time.Time         `json:"at"`
	Tables map[string]string `json:"tables"`            // rows and checksum, by name
	Answer map[string]string `json:"answers,omitempty"` // by the query's name
	// Moving are the tables and queries that changed while they were taken down:
	// what they had at the instant is not known.
	Moving []string `json:"moving,omitempty"`
}

// sqlTables lists the tables with the columns to hash, in order. System-versioned
// history is a table like any other; what is no text or number by itself is hashed
// by its bytes. The heartbeats change all the time and are looked at apart.
const sqlTables = `
SELECT QUOTENAME(s.name) + N'.' + QUOTENAME(t.name),
	STRING_AGG(CAST(CASE
		WHEN y.name IN (N'geography', N'geometry', N'hierarchyid', N'timestamp', N'image') THEN N'CAST(r.' + QUOTENAME(c.name) + N' AS varbinary(max))'
		WHEN y.name IN (N'xml', N'sql_variant', N'text', N'ntext') THEN N'CAST(r.' + QUOTENAME(c.name) + N' AS nvarchar(max))'
		ELSE N'r.' + QUOTENAME(c.name)
	END + N' AS c' + CAST(c.column_id AS nvarchar(10)) AS nvarchar(max)), N', ') WITHIN GROUP (ORDER BY c.column_id)
FROM sys.tables t
JOIN sys.schemas s ON s.schema_id = t.schema_id
JOIN sys.columns c ON c.object_id = t.object_id
JOIN sys.types y ON y.user_type_id = c.system_type_id OR (c.system_type_id = 240 AND y.user_type_id = c.user_type_id)
WHERE t.is_ms_shipped = 0 AND t.is_external = 0 AND c.is_computed = 0 AND NOT (s.name = N'tillit' AND t.name = N'heartbeat')
GROUP BY s.name, t.name
ORDER BY 1`

// sumOver is T-SQL for a table's rows and checksum: the sum of the first eight
// bytes of each row's SHA-256, over its columns written as JSON. It does not depend
// on the order of rows. It is no proof against somebody who makes rows to fit, and
// two rows that exchange nothing but their places are the same; CHECKSUM_AGG over
// BINARY_CHECKSUM, which is shorter to write, misses far more.
func sumOver(table, columns string) string {
	return "SELECT COUNT_BIG(*), COALESCE(CAST(SUM(CAST(CAST(SUBSTRING(HASHBYTES('SHA2_256', (SELECT " + columns +
		" FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)), 1, 8) AS bigint) AS decimal(38, 0))) AS nvarchar(40)), N'0') FROM " + table + " AS r"
}

// read takes a database down once, in one snapshot.
func (w *sqlWork) read(ctx context.Context, c *sql.Conn) (*sqlSums, error) {
	tx, err := c.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSnapshot})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	sums := &sqlSums{Tables: map[string]string{}, Answer: map[string]string{}}
	columns, err := tablesOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, table := range slices.Sorted(maps.Keys(columns)) {
		var rows int64
		var sum string
		if err := tx.QueryRowContext(ctx, sumOver(table, columns[table])).Scan(&rows, &sum); err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
		sums.Tables[table] = fmt.Sprintf("%d rows, checksum %s", rows, sum)
	}
	for _, q := range w.queries {
		if sums.Answer[q.Name], err = answerTo(ctx, tx, q); err != nil {
			return nil, fmt.Errorf("query %s: %w", q.Name, err)
		}
	}
	return sums, nil
}

// tablesOf are the columns of each table, as SQL.
func tablesOf(ctx context.Context, tx *sql.Tx) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, sqlTables)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]string{}
	for rows.Next() {
		var name, columns string
		if err := rows.Scan(&name, &columns); err != nil {
			return nil, err
		}
		out[name] = columns
	}
	return out, rows.Err()
}

func answerTo(ctx context.Context, tx *sql.Tx, q manifest.Query) (string, error) {
	var value any
	if err := tx.QueryRowContext(ctx, q.SQL).Scan(&value); err != nil {
		return "", err
	}
	if b, ok := value.([]byte); ok {
		return string(b), nil
	}
	return fmt.Sprint(value), nil
}

// takeSums takes production down, and the newest heartbeat before. It reads all
// twice, with the instant between: what is the same both times was so at the
// instant, and what is not is left out.
func (w *sqlWork) takeSums(ctx context.Context, run *drill.Run) error {
	return w.with(ctx, w.db.Server.Host, w.db.Name, func(ctx context.Context, c *sql.Conn) error {
		newest, err := readBeat(ctx, c, sqlNewest)
		if err != nil {
			return fmt.Errorf("read the heartbeat of %s: %w", w.db.Server.Name, err)
		}
		before, err := w.read(ctx, c)
		if err != nil {
			return fmt.Errorf("take down what %s has: %w", w.db.Server.Name, err)
		}
		if err := c.QueryRowContext(ctx, "SELECT SYSUTCDATETIME()").Scan(&before.At); err != nil {
			return err
		}
		before.At = before.At.UTC()
		after, err := w.read(ctx, c)
		if err != nil {
			return fmt.Errorf("take down what %s has: %w", w.db.Server.Name, err)
		}
		before.settle(after)
		run.Say("%d tables and %d queries, %d of which are changing", len(before.Tables), len(before.Answer), len(before.Moving))
		return errors.Join(run.Put(keyBeat, newest), run.Put(keyManifest, before))
	})
}

// things are all that was taken down, by what it is called.
func (s *sqlSums) things() map[string]string {
	out := map[string]string{}
	for name, value := range s.Tables {
		out["table "+name] = value
	}
	for name, value := range s.Answer {
		out["query "+name] = value
	}
	return out
}

// settle finds what is not the same in a second look.
func (s *sqlSums) settle(again *sqlSums) {
	first, second := s.things(), again.things()
	for name, value := range first {
		if second[name] != value {
			s.Moving = append(s.Moving, name)
		}
	}
	for name := range second {
		if _, ok := first[name]; !ok {
			s.Moving = append(s.Moving, name)
		}
	}
	slices.Sort(s.Moving)
}

// compare lists what is otherwise in restored data.
func (s *sqlSums) compare(seen *sqlSums) []manifest.Difference {
	want, has := s.things(), seen.things()
	all := maps.Clone(want)
	maps.Copy(all, has)
	var out []manifest.Difference
	for _, name := range slices.Sorted(maps.Keys(all)) {
		w, wanted := want[name]
		h, there := has[name]
		if w == h && wanted == there || slices.Contains(s.Moving, name) {
			continue
		}
		if !wanted {
			w = "nothing"
		}
		if !there {
			h = "nothing"
		}
		out = append(out, manifest.Difference{What: name, Want: w, Seen: h})
	}
	return out
}

// examine looks at restored data and puts what it finds on record. Without sums
// to compare with, it says what there is.
func (w *sqlWork) examine(ctx context.Context, run *drill.Run, host, database string, known sqlSums, want expected) error {
	var newest heartbeat.Beat
	var checks []drill.Check
	err := w.with(ctx, host, database, func(ctx context.Context, c *sql.Conn) (err error) {
		newest, err = readBeat(ctx, c, sqlNewest)
		switch {
		case errors.Is(err, heartbeat.ErrNone):
			checks = append(checks, drill.Check{Name: "heartbeat", Detail: "there is none in the restored data"})
		case err != nil:
			return err
		default:
			checks = append(checks, judgeBeat(newest, want))
		}
		seen, err := w.read(ctx, c)
		if err != nil {
			return err
		}
		checks = append(checks, known.judge(seen)...)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at the restored database %s at %s: %w", database, host, err)
	}
	return record(run, newest, checks)
}

// judge makes a check of every difference, and one of all that is equal.
func (s *sqlSums) judge(seen *sqlSums) []drill.Check {
	detail := fmt.Sprintf("%d tables, %d queries", len(seen.Tables), len(seen.Answer))
	if s.At.IsZero() {
		return []drill.Check{{Name: "data", OK: len(seen.Tables) > 0, Detail: detail + " can be read; what there was at that instant is not known"}}
	}
	differences := s.compare(seen)
	var checks []drill.Check
	for _, d := range differences[:min(len(differences), mostDifferences)] {
		checks = append(checks, drill.Check{Name: d.What, Detail: fmt.Sprintf("seen %s, want %s", d.Seen, d.Want)})
	}
	if n := len(s.Moving); n > 0 {
		detail += fmt.Sprintf("; %d of them were changing and are left out", n)
	}
	return append(checks, drill.Check{Name: "data", OK: len(differences) == 0, Detail: detail})
}
