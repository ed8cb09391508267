package gate

import (
	"strings"
	"testing"
)

const tlsRule = "rules/crypto/tls/tls.rego"

// A rule that is not sound must stop the load and say where it is.
func TestLoadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		changes map[string]string
		want    []string // all in the error
	}{
		"a promise that does not exist": {
			change(t, tlsRule, "promise: crypto.transit", "promise: crypto.transitt"),
			[]string{"pack/" + tlsRule + ":1: ", "the catalogue has no promise crypto.transitt"},
		},
		"a constant that differs": {
			change(t, tlsRule, `promise := "crypto.transit"`, `promise := "crypto.rest"`),
			[]string{"pack/" + tlsRule + ":16: ", `promise is "crypto.rest" here and "crypto.transit" in METADATA`},
		},
		"no constant": {
			change(t, tlsRule, `promise := "crypto.transit"`, `pledge := "crypto.transit"`),
			[]string{tlsRule, "defines no promise"},
		},
		"a control that does not exist": {
			change(t, tlsRule, "[A.8.24]", "[A.8.99]"),
			[]string{tlsRule, "Annex A has no A.8.99"},
		},
		"no controls":          {change(t, tlsRule, "[A.8.24]", "[]"), []string{tlsRule, "at least one control"}},
		"controls left out":    {change(t, tlsRule, "#   controls: [A.8.24]\n", ""), []string{tlsRule, "custom.controls is missing"}},
		"controls no list":     {change(t, tlsRule, "[A.8.24]", "A.8.24"), []string{tlsRule, "custom.controls is missing or is no list"}},
		"a control no text":    {change(t, tlsRule, "[A.8.24]", "[8]"), []string{tlsRule, "8 is no text"}},
		"an unknown severity":  {change(t, tlsRule, "severity: high", "severity: huge"), []string{tlsRule, "huge is none of low"}},
		"no severity":          {change(t, tlsRule, "#   severity: high\n", ""), []string{tlsRule, "custom.severity is missing"}},
		"no remediation":       {change(t, tlsRule, "remediation: Raise the minimum TLS version.", `remediation: ""`), []string{tlsRule, "custom.remediation is missing"}},
		"no title":             {change(t, tlsRule, "# title: Stores speak current TLS\n", ""), []string{tlsRule, "title is missing"}},
		"no types":             {change(t, tlsRule, "[test:data:Store]", "[]"), []string{tlsRule, "one resource type or more"}},
		"a type that is none":  {change(t, tlsRule, "[test:data:Store]", "[Store]"), []string{tlsRule, `"Store" is no resource type`}},
		"an unknown fact":      {change(t, tlsRule, "facts: []", "facts: [moon]"), []string{tlsRule, "data.facts has no moon"}},
		"a fact used unlisted": {change(t, "rules/backup/points/points.rego", "[point_spacing]", "[]"), []string{"points.rego:18: ", "data.facts.point_spacing is used and not listed"}},
		"a scope that is none": {change(t, tlsRule, "#   facts: []", "#   facts: []\n#   scope: stack"), []string{tlsRule, "stack is not resource"}},
		"no METADATA":          {map[string]string{tlsRule: "package tillit.rules.crypto.tls\n"}, []string{tlsRule + ":1: ", "no METADATA"}},
		"a package elsewhere":  {change(t, tlsRule, "package tillit.rules.crypto.tls", "package tillit.crypto"), []string{tlsRule, "tillit.rules.<group>.<rule>"}},
		"a file elsewhere":     {change(t, tlsRule, "package tillit.rules.crypto.tls", "package tillit.rules.crypto.ssl"), []string{tlsRule, "belongs in rules/crypto/ssl/ssl.rego"}},
		"a witness that is no set": {
			change(t, tlsRule, `witness contains {"urn": r.urn, "designed": {"tls": v}} if`, `witness := r.urn if`),
			[]string{tlsRule + ":24: ", "witness must be a set"},
		},
		"no violation":    {change(t, tlsRule, "violation contains", "offence contains"), []string{tlsRule, "defines no violation"}},
		"bad syntax":      {change(t, tlsRule, "some [r, v] in _subject", "some [r, v in _subject"), []string{"pack/" + tlsRule + ":", "rego_parse_error"}},
		"an unused value": {change(t, tlsRule, "\tlib.promised(promise)\n", "\tx := 1\n"), []string{"pack/" + tlsRule + ":", "x unused"}},
		"an impure rule":  {change(t, tlsRule, "\tlib.promised(promise)\n", "\ttime.now_ns() > 0\n"), []string{"pack/" + tlsRule + ":", "undefined function time.now_ns"}},
		"an unknown function": {
			change(t, tlsRule, `lib.prop(r, "tls")`, `lib.property(r, "tls")`),
			[]string{"pack/" + tlsRule + ":", "undefined function data.tillit.lib.property"},
		},
		"no rules": {
			map[string]string{tlsRule: "", "rules/backup/points/points.rego": "", "rules/README": "none"},
			[]string{"pack: not a policy pack: it has no rules"},
		},
		"no rules folder": {
			map[string]string{tlsRule: "", "rules/backup/points/points.rego": ""},
			[]string{"pack: not a policy pack: it has no folder rules"},
		},
		"no report":         {map[string]string{"lib/report.rego": ""}, []string{"data.tillit.report.judged is not defined"}},
		"a fact unsourced":  {change(t, "data/facts.yaml", "source: made up for the tests", `source: ""`), []string{"pack/data", "point_spacing has no source"}},
		"data that is none": {map[string]string{"data/facts.yaml": "a: [b"}, []string{"pack/data/facts.yaml"}},
		"data said twice":   {map[string]string{"data/more.yaml": "facts: {point_spacing: {}}"}, []string{"data/more.yaml: facts.point_spacing is defined twice"}},
		"several at once": {
			with(change(t, tlsRule, "severity: high", "severity: huge"), change(t, "rules/backup/points/points.rego", "[A.8.13]", "[B.1]")),
			[]string{"huge is none of low", "Annex A has no B.1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(t.Context(), pack(t, test.changes), "pack")
			if err == nil {
				t.Fatal("loaded")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got\n%v\nwant %q in it", err, want)
				}
			}
		})
	}
}

func TestLoadReadsMetadata(t *testing.T) {
	g := load(t)
	rules := g.Rules()
	if len(rules) != 2 || rules[0].ID != "backup/points" || rules[1].ID != "crypto/tls" {
		t.Fatalf("rules %v", rules)
	}
	got := rules[1]
	if got.Promise != "crypto.transit" || got.Severity != High || got.Controls[0] != "A.8.24" ||
		got.Types[0] != "test:data:Store" || got.File != "pack/"+tlsRule || got.Line != 12 {
		t.Errorf("metadata %+v", got)
	}
}
