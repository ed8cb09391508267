package runbooks

import (
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/manifest"
)

// What production has changed itself is no difference, unless it is gone from the
// restored data; and where it has changed everything, nothing has been seen.
func TestJudgeData(t *testing.T) {
	m := &manifest.Database{
		Tables:  []manifest.Table{{Name: "public.a", Rows: 3}, {Name: "public.b", Rows: 4}},
		Answers: map[string]string{"open": "7"},
	}
	differs := func(what, seen string) manifest.Difference {
		return manifest.Difference{What: what, Want: "3 rows", Seen: seen}
	}
	a, b, open := differs("table public.a", "4 rows"), differs("table public.b", "5 rows"), differs("query open", "8")
	lost := differs("table public.a", "none")
	for name, c := range map[string]struct {
		changed, seen []manifest.Difference
		ok            bool
		says          string
	}{
		"equal":                        {nil, nil, true, "7 rows in 2 tables, 1 queries"},
		"a difference":                 {nil, []manifest.Difference{a}, false, "7 rows"},
		"a change of production's":     {[]manifest.Difference{a}, []manifest.Difference{a}, true, "production itself has changed 1 of these since"},
		"one that came later":          {[]manifest.Difference{a, b, open}, []manifest.Difference{a, b}, true, "has changed 2 of these since"},
		"one of its and one that is":   {[]manifest.Difference{a}, []manifest.Difference{a, b}, false, "has changed 1"},
		"everything":                   {[]manifest.Difference{a, b, open}, []manifest.Difference{a, b, open}, false, "no data was compared"},
		"gone from what is restored":   {[]manifest.Difference{a}, []manifest.Difference{lost}, false, "7 rows"},
		"unreadable where restored":    {[]manifest.Difference{a}, []manifest.Difference{differs(a.What, "rows that cannot be read: bad page")}, false, "7 rows"},
		"gone from production as well": {[]manifest.Difference{lost}, []manifest.Difference{lost}, true, "has changed 1"},
	} {
		t.Run(name, func(t *testing.T) {
			want := expected{Manifest: m, Changed: map[string]manifest.Difference{}}
			for _, d := range c.changed {
				want.Changed[d.What] = d
			}
			checks := judgeData(want, c.seen)
			data, ok := checks[len(checks)-1], true
			for _, check := range checks {
				ok = ok && check.OK
			}
			if data.Name != "data" || ok != c.ok || data.OK != c.ok || !strings.Contains(data.Detail, c.says) {
				t.Errorf("%+v", checks)
			}
		})
	}
}
