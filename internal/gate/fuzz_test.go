package gate

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
)

// smallest is a pack that holds what a pack must hold, and no rule.
const smallest = `package tillit.report

judged[promise] contains rule if some rule, promise in {}
violations contains v if some v in []
witnesses contains w if some w in []
undetermined contains u if some u in []
`

// FuzzLoad feeds the loader any rule and any data. What loads is complete; what
// does not names the pack.
func FuzzLoad(f *testing.F) {
	const rule = `# METADATA
# title: A title
# description: A description
# scope: package
# custom:
#   promise: crypto.transit
#   controls: [A.8.24]
#   severity: high
#   remediation: Raise it.
#   types: [test:data:Store]
#   facts: [moon]
#   scope: resource
package tillit.rules.crypto.tls

promise := "crypto.transit"

witness contains {"urn": r.urn, "designed": {}} if some r in input.resources

violation contains {"urn": r.urn, "msg": "m"} if {
	some r in input.resources
	r.props.tls < data.facts.moon.value
}
`
	const facts = "facts:\n  moon: {value: 7, unit: days, text: A fact., source: a book, dated: 2024-01-01}\n"
	for _, seed := range [][2]string{
		{rule, facts},
		{strings.ReplaceAll(rule, "\n", "\r\n"), "\xef\xbb\xbf" + facts},
		{"package tillit.rules.crypto.tls\n", "facts: {moon: 7}"},
		{"package p\nimport rego.v1\nallow if http.send({})\n", "facts: &a [*a]"},
		{strings.Replace(rule, "promise: crypto.transit", "promise: [crypto.transit]", 1), "a: !!binary aGk=\n? [x]\n: y\n"},
		{strings.Replace(rule, "scope: package", "scope: subpackages", 1), `{"facts": {"moon": {"value": {}, "text": 1, "source": 2, "dated": 3}}}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, rule, data []byte) {
		g, err := Load(context.Background(), fstest.MapFS{
			"lib/report.rego":           {Data: []byte(smallest)},
			"rules/crypto/tls/tls.rego": {Data: rule},
			"data/facts.yaml":           {Data: data},
		}, "pack")
		if err != nil {
			if !strings.Contains(err.Error(), "pack") {
				t.Fatalf("the error does not say where: %v", err)
			}
			return
		}
		for _, r := range g.Rules() {
			if r.ID != "crypto/tls" || r.Title == "" || r.Description == "" || r.Promise == "" || len(r.Controls) == 0 || len(r.Types) == 0 ||
				r.Severity == "" || r.Remediation == "" || r.Line < 1 {
				t.Fatalf("an incomplete rule loads: %+v", r)
			}
			for _, key := range r.Facts {
				if fact, ok := g.Fact(key); !ok || fact.Text == "" || fact.Source == "" || fact.Dated == "" {
					t.Fatalf("an incomplete fact loads: %+v", fact)
				}
			}
		}
	})
}
