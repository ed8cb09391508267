package promises

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestChecks(t *testing.T) {
	for name, c := range map[string]struct{ written, want string }{
		"plain":                     {"select count(*) from invoices where paid is null", ""},
		"with":                      {"WITH a AS (SELECT 1) SELECT * FROM a", ""},
		"several lines":             {"select sum(amount)\nfrom invoices -- all; of them\n", "select sum(amount)\nfrom invoices -- all; of them"},
		"semicolon at the end":      {"select 1 ; ", "select 1"},
		"semicolon in a text":       {"select count(*) from t where a = 'x;''y;'", ""},
		"semicolon in an escape":    {`select e'\';' || ';'`, ""},
		"no escape without an e":    {`select '\' || ';'`, ""},
		"semicolon in a name":       {`select ";" from t`, ""},
		"semicolon in a dollar":     {"select $a$;$$;$a$ || $$;$$", ""},
		"semicolon in a remark":     {"select /* ; /* ; */ ; */ 1", ""},
		"a dollar that is no quote": {"select a$b from t where x = $$a$$", ""},
		"remark at the end":         {"select 1 -- one", ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := c.want
			if want == "" {
				want = c.written
			}
			if got, fault := readQuery(c.written); fault != "" || got != want {
				t.Errorf("%q, %q", got, fault)
			}
		})
	}
}

func TestChecksOfADeclaration(t *testing.T) {
	d, err := FromConfig("e", map[string]string{
		"tillit:promises": `{"backup.tested": {"every": "90d", "within": "4h"}}`,
		"tillit:settings": `{"checks": {"open-invoices": "select count(*) from invoices where paid is null;", "2nd": "with a as (select 1) select * from a"}}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Settings.Checks; len(got) != 2 || got["open-invoices"] != "select count(*) from invoices where paid is null" {
		t.Errorf("the checks are %q", got)
	}
}

func TestChecksFaults(t *testing.T) {
	checkFaults(t, "config:\n  tillit:promises: {crypto.rest: }\n", []fault{
		{"checks in a list", "  tillit:settings: {checks: [select 1]}", `f:3:29: checks must be a mapping of names to SQL, such as open-invoices: select count(*) from invoices; it is a list`},
		{"name in capitals", "  tillit:settings: {checks: {Open: select 1}}", `f:3:30: checks: "Open" is not a name of lower-case letters, digits and hyphens, such as open-invoices`},
		{"name that ends in a hyphen", "  tillit:settings: {checks: {open-: select 1}}", `f:3:30: checks: "open-" is not a name of lower-case letters, digits and hyphens, such as open-invoices`},
		{"no SQL", "  tillit:settings: {checks: {open: }}", `f:3:36: checks: open: it has no value`},
		{"empty SQL", "  tillit:settings: {checks: {open: ' '}}", `f:3:36: checks: open: it is empty: write a query, such as select count(*) from invoices`},
		{"a number", "  tillit:settings: {checks: {open: 17}}", `f:3:36: checks: open: a check begins with select or with; it only reads`},
		{"a list of SQL", "  tillit:settings: {checks: {open: [select 1]}}", `f:3:36: checks: open: it must be a single value, not a list`},
		{"what writes", "  tillit:settings: {checks: {open: delete from invoices}}", `f:3:36: checks: open: a check begins with select or with; it only reads`},
		{"what only looks like it", "  tillit:settings: {checks: {open: selected}}", `f:3:36: checks: open: a check begins with select or with; it only reads`},
		{"two statements", "  tillit:settings: {checks: {open: 'select 1; select 2'}}", `f:3:36: checks: open: it is more than one statement: give each a name of its own`},
		{"a statement behind a remark", "  tillit:settings: {checks: {open: \"select 1; -- so\\ndrop table a\"}}", `f:3:36: checks: open: it is more than one statement: give each a name of its own`},
		{"a text without an end", "  tillit:settings: {checks: {open: \"select 'a; select 2\"}}", `f:3:36: checks: open: it has a text without an end`},
		{"a name without an end", "  tillit:settings: {checks: {open: 'select \"a'}}", `f:3:36: checks: open: it has a quoted name without an end`},
		{"a remark without an end", "  tillit:settings: {checks: {open: 'select 1 /* /* */'}}", `f:3:36: checks: open: it has a remark without an end`},
		{"a dollar without an end", "  tillit:settings: {checks: {open: 'select $a$ $$'}}", `f:3:36: checks: open: it has a text in $a$ without an end`},
		{"a long one", "  tillit:settings: {checks: {open: 'select " + strings.Repeat("1+", 5000) + "1'}}", `f:3:36: checks: open: it is longer than 10,000 characters: make it a view, and select from that`},
	})
}

// Whatever is in a text, a name or a remark, a query is one statement; and never
// one with another behind it.
func TestOneStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inside := rapid.StringMatching(`[a-z;'"\\$/*\n -]{0,20}`).Draw(t, "inside")
		query := "select " + rapid.SampledFrom([]string{
			"'" + strings.ReplaceAll(inside, "'", "''") + "'",
			`"` + strings.ReplaceAll(inside, `"`, `""`) + `"`,
			"e'" + strings.ReplaceAll(strings.ReplaceAll(inside, `\`, `\\`), "'", `\'`) + "'",
			"$a1$" + inside + "$a1$",
			"/*" + strings.NewReplacer("*", "", "/", "").Replace(inside) + "*/ 1",
			"--" + strings.ReplaceAll(inside, "\n", "") + "\n1",
		}).Draw(t, "part") + " from t"
		if got, fault := readQuery(query); fault != "" || got != query {
			t.Fatalf("%q is %q, %q", query, got, fault)
		}
		if _, fault := readQuery(query + "; delete from t"); !strings.Contains(fault, "more than one statement") {
			t.Fatalf("%q and another: %q", query, fault)
		}
	})
}
