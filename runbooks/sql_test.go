package runbooks

import (
	"flag"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The statements are what is told to a server that no test has: they are read by
// people.
func TestSQLText(t *testing.T) {
	setup, err := SQLSetup("id-o'neill]-drill")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join([]string{
		"-- what the database's administrator runs", strings.Join(setup, "\nGO\n"),
		"-- heartbeats", sqlNewest, sqlBeat,
		"-- the tables and their columns", strings.TrimSpace(sqlTables),
		"-- one table", sumOver("[dbo].[invoices]", "r.[number] AS c1, CAST(r.[place] AS varbinary(max)) AS c2"),
	}, "\n") + "\n"
	const file = "testdata/sql.golden"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the statements are\n%s\nwant\n%s", text, want)
	}
	for _, login := range []string{"", strings.Repeat("x", 129), "a\x00b"} {
		if _, err := SQLSetup(login); err == nil {
			t.Errorf("%q is a user's name", login)
		}
	}
}

// Whatever a name is, it stays within its quotes.
func TestSQLQuotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		inside := bracketed(name)
		if inside[0] != '[' || inside[len(inside)-1] != ']' || strings.ReplaceAll(inside[1:len(inside)-1], "]]", "]") != name || strings.Count(inside[1:len(inside)-1], "]")%2 != 0 {
			t.Fatalf("%q in brackets is %s", name, inside)
		}
		word := literal(name)
		if !strings.HasPrefix(word, "N'") || strings.ReplaceAll(word[2:len(word)-1], "''", "'") != name || strings.Count(word, "'")%2 != 0 {
			t.Fatalf("%q as text is %s", name, word)
		}
	})
}

// What differs is found, unless it was changing when production was taken down.
func TestSQLSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), rapid.SampledFrom([]string{"1", "2", "3"}))
		first := sqlSums{Tables: table.Draw(t, "first"), Answer: table.Draw(t, "answers")}
		second := sqlSums{Tables: table.Draw(t, "second"), Answer: first.Answer}
		seen := sqlSums{Tables: table.Draw(t, "seen"), Answer: table.Draw(t, "seen answers")}
		first.settle(&second)
		found := map[string]bool{}
		for _, d := range first.compare(&seen) {
			found[d.What] = true
		}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			one, there := first.Tables[name]
			two, again := second.Tables[name]
			three, restored := seen.Tables[name]
			steady := one == two && there == again
			if want := steady && (one != three || there != restored); want != found["table "+name] {
				t.Fatalf("%s: %q, %q, then %q: found %v", name, one, two, three, found)
			}
			if want := first.Answer[name] != seen.Answer[name]; want != found["query "+name] {
				t.Fatalf("query %s: %q, then %q: found %v", name, first.Answer[name], seen.Answer[name], found)
			}
		}
	})
}

// Judging says what differs and what was left out; without sums it says what can
// be read, and that is not nothing.
func TestSQLJudge(t *testing.T) {
	seen := &sqlSums{Tables: map[string]string{"[dbo].[a]": "1 rows", "[dbo].[b]": "2 rows"}}
	same := &sqlSums{Tables: seen.Tables}
	same.At = same.At.AddDate(2026, 0, 0)
	if checks := same.judge(seen); len(checks) != 1 || !checks[0].OK {
		t.Errorf("equal: %+v", checks)
	}
	other := &sqlSums{At: same.At, Tables: map[string]string{"[dbo].[a]": "3 rows", "[dbo].[c]": "1 rows"}, Moving: []string{"table [dbo].[c]"}}
	checks := other.judge(seen)
	if len(checks) != 3 || checks[0].Name != "table [dbo].[a]" || checks[1].Name != "table [dbo].[b]" || checks[2].OK || !strings.Contains(checks[2].Detail, "left out") {
		t.Errorf("different: %+v", checks)
	}
	var none sqlSums
	if checks := none.judge(seen); len(checks) != 1 || !checks[0].OK {
		t.Errorf("unknown: %+v", checks)
	}
	if checks := none.judge(&sqlSums{}); len(checks) != 1 || checks[0].OK {
		t.Errorf("no tables: %+v", checks)
	}
}
