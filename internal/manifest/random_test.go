package manifest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// kinds are column types, each with what draws a value as SQL.
var kinds = map[string]func(*rapid.T) string{
	"int":  func(t *rapid.T) string { return fmt.Sprintf("'%d'", rapid.Int32().Draw(t, "int")) },
	"text": func(t *rapid.T) string { return quoted(drawText(t)) },
	"timestamptz": func(t *rapid.T) string {
		return fmt.Sprintf("to_timestamp(%d.%06d)", rapid.Int32().Draw(t, "seconds"), rapid.IntRange(0, 999999).Draw(t, "micro"))
	},
	"numeric": func(t *rapid.T) string {
		return fmt.Sprintf("'%d.%d'", rapid.Int64().Draw(t, "whole"), rapid.Uint32().Draw(t, "part"))
	},
	"float8": func(t *rapid.T) string { return fmt.Sprintf("'%g'", rapid.Float64().Draw(t, "float")) },
	"jsonb": func(t *rapid.T) string {
		return "jsonb_build_object(" + quoted(drawText(t)) + ", " + fmt.Sprint(rapid.Int32().Draw(t, "int")) + ")"
	},
	"bytea": func(t *rapid.T) string {
		return fmt.Sprintf(`'\x%x'`, rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes"))
	},
	"text[]": func(t *rapid.T) string {
		return "array[" + quoted(drawText(t)) + ", null, " + quoted(drawText(t)) + "]"
	},
	"bool": func(t *rapid.T) string { return fmt.Sprint(rapid.Bool().Draw(t, "bool")) },
}

func drawText(t *rapid.T) string {
	return strings.ReplaceAll(rapid.StringN(0, 8, 24).Draw(t, "text"), "\x00", "")
}

func quoted(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

func drawValue(t *rapid.T, kind string) string {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return "null"
	}
	return kinds[kind](t) + "::" + kind
}

// random is a table with a few rows.
type random struct {
	name  string
	kinds []string
	rows  int
}

func drawTable(t *rapid.T, name string) (random, string) {
	r := random{name: name}
	r.kinds = rapid.SliceOfN(rapid.SampledFrom(sorted(kinds)), 1, 4).Draw(t, "kinds")
	var columns []string
	for i, kind := range r.kinds {
		columns = append(columns, fmt.Sprintf("c%d %s", i, kind))
	}
	sql := fmt.Sprintf("create table %s (%s);", name, strings.Join(columns, ", "))
	r.rows = rapid.IntRange(1, 6).Draw(t, "rows")
	for range r.rows {
		sql += r.insert(t)
	}
	return r, sql
}

func (r random) insert(t *rapid.T) string {
	var values []string
	for _, kind := range r.kinds {
		values = append(values, drawValue(t, kind))
	}
	return fmt.Sprintf("insert into %s values (%s);", r.name, strings.Join(values, ", "))
}

// change draws one change of the table.
func (r random) change(t *rapid.T) string {
	at := fmt.Sprintf("ctid = '(0,%d)'", rapid.IntRange(1, r.rows).Draw(t, "row"))
	column := rapid.IntRange(0, len(r.kinds)-1).Draw(t, "column")
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		return r.insert(t)
	case 1:
		return "delete from " + r.name + " where " + at
	case 2:
		return "drop table " + r.name
	case 3:
		// What is null gets a value, and a value gets null.
		return fmt.Sprintf("update %s set c%d = case when c%d is null then %s::%s end where %s", r.name, column, column, kinds[r.kinds[column]](t), r.kinds[column], at)
	default:
		// Another value, to the letter.
		other := drawValue(t, r.kinds[column])
		return fmt.Sprintf("with other (v) as materialized (select %s::%s) update %s set c%d = v from other where %s and c%d::text is distinct from v::text",
			strings.TrimSuffix(other, "::"+r.kinds[column]), r.kinds[column], r.name, column, strings.ReplaceAll(at, "ctid", r.name+".ctid"), column)
	}
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Whatever the data, it is equal to itself, and any single change is found, in the
// table where it was made and in no other.
func TestAnyChangeIsFound(t *testing.T) {
	ctx := context.Background()
	c := database(t, server, "random")
	quick := soon
	quick.attempts = 1
	rapid.Check(t, func(t *rapid.T) {
		run := func(sql string) int64 {
			results, err := c.PgConn().Exec(ctx, sql).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			return results[len(results)-1].CommandTag.RowsAffected()
		}
		a, one := drawTable(t, "a")
		_, two := drawTable(t, "b")
		run("drop schema public cascade; create schema public;" + one + two)
		m, err := quick.take(ctx, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d, err := m.Compare(ctx, c, nil); err != nil || d != nil {
			t.Fatalf("the same data: %v, %v", d, err)
		}
		change := a.change(t)
		changed := run(change) > 0 || strings.HasPrefix(change, "drop")
		d, err := m.Compare(ctx, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if changed != (len(d) == 1 && d[0].What == "table public.a") || len(d) > 1 {
			t.Fatalf("%s: %v", change, d)
		}
	})
}
