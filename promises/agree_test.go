package promises

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"pgregory.net/rapid"
)

// engineConfig is what the engine hands to a program for a stack config file, by
// Pulumi's own code.
func engineConfig(data []byte) (map[string]string, error) {
	stack, err := workspace.LoadProjectStackBytes(nil, &workspace.Project{Name: "other"}, data, "Pulumi.e.yaml", encoding.YAML)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, value := range stack.Config {
		text, err := value.Value(config.NopDecrypter)
		if err != nil {
			return nil, err
		}
		values[key.String()] = text
	}
	return values, nil
}

// withoutPositions drops what only a file can tell.
func withoutPositions(d *Declaration) *Declaration {
	c := *d
	c.File = ""
	c.Promises = map[ID]Declared{}
	for id, p := range d.Promises {
		p.Line, p.Column = 0, 0
		c.Promises[id] = p
	}
	c.Waivers = nil
	for _, w := range d.Waivers {
		w.Line, w.Column = 0, 0
		c.Waivers = append(c.Waivers, w)
	}
	return &c
}

// checkAgreement fails unless the engine's values of a file that loads give the
// same declaration. Pulumi may refuse the file for what is not ours.
func checkAgreement(t interface{ Fatalf(string, ...any) }, data []byte, fromFile *Declaration) {
	values, err := engineConfig(data)
	if err != nil {
		return
	}
	fromEngine, err := FromConfig("e", values)
	if err != nil {
		t.Fatalf("the file loads, but the engine's values do not: %v\n%s\n%v", err, data, values)
	}
	if got, want := withoutPositions(fromEngine), withoutPositions(fromFile); !reflect.DeepEqual(got, want) {
		t.Fatalf("the engine's values give\n%+v\nthe file gives\n%+v\n%s", got, want, data)
	}
	if !reflect.DeepEqual(fromEngine.Canonical(), fromFile.Canonical()) {
		t.Fatalf("canonical promises differ\n%s", data)
	}
}

func TestEngineAgreesOnShippedEstate(t *testing.T) {
	data, err := readBounded("../stacks/Pulumi.ledger-no.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := parseFile("f", "e", data)
	if err != nil {
		t.Fatal(err)
	}
	checkAgreement(t, data, d)
}

// Whatever a person writes, in whatever YAML, the engine's values mean the same.
func TestEngineAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := []byte(drawFile(t))
		d, err := parseFile("f", "e", data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		checkAgreement(t, data, d)
	})
}

// onlyInFiles are the faults that lie in how a file is written, which the engine's
// values no longer show.
var onlyInFiles = []string{
	"put it in quotes", "the YAML tag", "a second YAML document", "stands outside config", "has no namespace", "is encrypted", "is not a day",
}

// A file that the engine's values would pass is refused only for how it is
// written; one that loads means the same.
func TestEngineRefusesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawFile(t)
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		data := []byte(text[:at] + rapid.StringMatching(`[a-z0-9 :{}\[\]'"&*~.-]{1,3}`).Draw(t, "inserted") + text[at:])
		checkEngineIsNoLaxer(t, data)
	})
}

func checkEngineIsNoLaxer(t interface{ Fatalf(string, ...any) }, data []byte) {
	d, fault := parseFile("f", "e", data)
	if fault == nil {
		checkAgreement(t, data, d)
		return
	}
	values, err := engineConfig(data)
	if err != nil {
		return
	}
	if _, err := FromConfig("e", values); err != nil {
		return
	}
	for _, reason := range onlyInFiles {
		if strings.Contains(fault.Error(), reason) {
			return
		}
	}
	t.Fatalf("the file is refused, the engine's values are not: %v\n%s\n%v", fault, data, values)
}

// drawFile draws a stack file without faults. Durations grow with the order in
// which contradictions compare them.
func drawFile(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("config:\n  other:thing: [1, {secure: x}]\n  tillit:promises:\n    crypto.rest: " + drawEmpty(t) + "\n")
	for _, p := range Catalogue() {
		if p.ID == "crypto.rest" || !rapid.Bool().Draw(t, string(p.ID)) {
			continue
		}
		fmt.Fprintf(&b, "    %s:%s\n", p.ID, drawParameters(t, p))
	}
	if rapid.Bool().Draw(t, "means") {
		b.WriteString("  tillit:means: {database: " + drawQuoted(t, rapid.SampledFrom([]string{"postgres", "sql"}).Draw(t, "database")) + "}\n")
	}
	if n := rapid.IntRange(0, 3).Draw(t, "waivers"); n > 0 {
		b.WriteString("  tillit:waivers:\n")
		for i := range n {
			expires := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "expires"), 0).UTC().Format(time.DateOnly)
			fmt.Fprintf(&b, "    - rule: backup/rule-%d\n      resource: '*::x'\n      reason: %s\n      owner: o\n      ticket: %s\n      expires: %s\n", i,
				drawQuoted(t, rapid.StringMatching(`[a-zæøå][a-zæøåäö ]{0,20}[a-z]`).Draw(t, "reason")),
				rapid.SampledFrom([]string{"OPS-1", "17", "true", "'17'", "NO"}).Draw(t, "ticket"),
				drawQuoted(t, expires))
		}
	}
	if rapid.Bool().Draw(t, "settings") {
		b.WriteString("  tillit:settings:\n    organisation: ledger\n    groups: {operators: 11111111-1111-4111-8111-111111111111}\n    images: {runbook: 'a:1.0'}\n    customers: {acme: {addresses: [203.0.113.7, '198.51.100.0/28'], users: 3}}\n    checks:\n      paid: 'select \"a;b\" from t;'\n      open-invoices: |\n        select count(*)\n        from invoices -- not paid; yet\n")
	}
	return b.String()
}

func drawEmpty(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", " {}", " ~", " null"}).Draw(t, "empty")
}

func drawParameters(t *rapid.T, p Promise) string {
	var parts []string
	for _, q := range p.Parameters {
		if q.Required || rapid.Bool().Draw(t, q.Name) {
			parts = append(parts, q.Name+": "+drawValue(t, p.ID, q))
		}
	}
	if len(parts) == 0 {
		return drawEmpty(t)
	}
	if rapid.Bool().Draw(t, "flow") {
		return " {" + strings.Join(parts, ", ") + "}"
	}
	return "\n      " + strings.Join(parts, "\n      ")
}

func drawValue(t *rapid.T, id ID, q Parameter) string {
	switch q.Type {
	case "duration":
		// Within every bound and in no contradiction.
		d := map[string]string{
			"backup.retention/for": "P1Y", "backup.interval/every": "PT10M", "continuity.standby/within": "10m",
			"continuity.plan/loss": "1h", "continuity.plan/within": "P1D", "backup.tested/within": "4h", "crypto.keys/undelete": "2mo",
		}[string(id)+"/"+q.Name]
		if d == "" {
			d = rapid.SampledFrom([]string{"1d", "24h", "1440m", "P1D", "PT24H", "23h60m"}).Draw(t, "duration")
			if q.Name == "rotation" {
				d = "7d"
			}
		}
		return drawQuoted(t, d)
	case "number":
		return drawQuoted(t, rapid.SampledFrom([]string{"2", "3", "4"}).Draw(t, "number"))
	case "list":
		return rapid.SampledFrom([]string{"[a, 27001, 1.5, NO, 'yes', true]", "['1.50', x]", "[2027]"}).Draw(t, "list")
	case "region":
		if id == "residency.in-country" {
			return "norwaywest"
		}
		return drawQuoted(t, rapid.SampledFrom([]string{"westeurope", "norwayeast", "polandcentral"}).Draw(t, "region"))
	case "country":
		return drawQuoted(t, "NO")
	case "version":
		return drawQuoted(t, rapid.SampledFrom(q.Values).Draw(t, "version"))
	case "url":
		return drawQuoted(t, "https://a.example/b/security.txt#c")
	default:
		return drawQuoted(t, rapid.SampledFrom(q.Values).Draw(t, "text"))
	}
}

// drawQuoted writes a text plain or in either quotes.
func drawQuoted(t *rapid.T, s string) string {
	quote := rapid.SampledFrom([]string{"", "'", `"`}).Draw(t, "quote")
	return quote + s + quote
}

func TestFromConfig(t *testing.T) {
	for name, c := range map[string]struct {
		config map[string]string
		want   string
	}{
		"nothing":            {map[string]string{"aws:region": "x"}, `tillit:promises: no tillit:promises under config: an estate that promises nothing cannot be judged`},
		"empty":              {map[string]string{"tillit:promises": ""}, `tillit:promises: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is nothing`},
		"a word":             {map[string]string{"tillit:promises": "backup"}, `tillit:promises: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is a single value`},
		"cut":                {map[string]string{"tillit:promises": `{"crypto.rest": {}`}, `tillit:promises: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is a single value`},
		"trailing":           {map[string]string{"tillit:promises": `{"crypto.rest": {}} {}`}, `tillit:promises: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is a single value`},
		"twice":              {map[string]string{"tillit:promises": `{"crypto.rest": {}, "crypto.rest": {}}`}, `tillit:promises: "crypto.rest" is given twice: keep one`},
		"two forms of a key": {map[string]string{"tillit:promises": "{}", "tillit:config:promises": "{}"}, `tillit:promises: tillit:promises is given twice: keep one`},
		"key cut":            {map[string]string{"tillit:promises": `{"a": 1, "b`}, `tillit:promises: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is a single value`},
		"list cut":           {map[string]string{"tillit:promises": `[1, `}, `tillit:promises: tillit:promises must be a mapping of promises, such as backup.retention: { for: 1y }; it is a single value`},
		"unknown key":        {map[string]string{"tillit:promises": `{"crypto.rest": {}}`, "tillit:waiver": "[]"}, `tillit:waiver: unknown key "tillit:waiver": did you mean "tillit:waivers"?`},
		"unknown promise":    {map[string]string{"tillit:promises": `{"crypto.rests": {}}`}, `tillit:promises: unknown promise "crypto.rests": did you mean "crypto.rest"?`},
		"fault in the means": {map[string]string{"tillit:promises": `{"crypto.rest": {}}`, "tillit:means": `{"database": "db2"}`}, `tillit:means: unknown means "db2" of database: use one of postgres, sql`},
		"contradiction":      {map[string]string{"tillit:promises": `{"backup.interval": {"every": "2h", "for": "1h"}}`}, `tillit:promises: backup.interval: every: 2h is longer than for of 1h: points that far apart do not fit into the time they reach back`},
		"deep":               {map[string]string{"tillit:promises": strings.Repeat(`{"a":`, 100)}, `tillit:promises: values are nested more than 16 deep; a declaration needs four levels`},
		"many":               {map[string]string{"tillit:promises": "[" + strings.Repeat(`1,`, maxNodes) + "1]"}, `tillit:promises: the declaration is too large: more than 10,000 values, aliases counted each time`},
		"large":              {map[string]string{"tillit:promises": strings.Repeat(" ", maxBytes) + "{}"}, `tillit:promises: the value is larger than 1 MiB`},
		"day with a time":    {map[string]string{"tillit:promises": `{"crypto.rest": {}}`, "tillit:waivers": `[{"rule":"a/b","resource":"*::x","reason":"r","owner":"o","ticket":"t","expires":"2027-01-31 10:00:00 +0000 UTC"}]`}, `tillit:waivers: waiver: expires: "2027-01-31 10:00:00 +0000 UTC" is not a day: write it as 2027-01-31`},
		"faults in two values": {map[string]string{"tillit:promises": `{"crypto.rest": 1}`, "tillit:settings": `{"a": 1}`}, `tillit:promises: crypto.rest takes its parameters as a mapping: write {}
tillit:settings: tillit:settings has no "a": use one of contact, hostname, organisation, groups, images, offProvider, customers, checks`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := FromConfig("e", c.config); err == nil || err.Error() != c.want {
				t.Errorf("\n got %v\nwant %s", err, c.want)
			}
		})
	}
}
