package promises

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

const schemaFile = "../stacks/tillit.schema.json"

func TestSchemaFileIsCurrent(t *testing.T) {
	if *update {
		if err := os.WriteFile(schemaFile, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, Schema()) {
		t.Errorf("%s is not what the catalogue gives: run go test ./promises -update", schemaFile)
	}
}

// compileSchema reads the schema as an editor does; it checks it against the
// meta-schema of draft-07.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("tillit.schema.json", bytes.NewReader(Schema())); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("tillit.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON is a YAML text as an editor's schema check sees it: plain days are text.
func asJSON(t interface{ Fatal(...any) }, text string) any {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	daysAsText(&doc)
	var v any
	if err := doc.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func daysAsText(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		daysAsText(c)
	}
}

func TestSchemaTakesShippedEstate(t *testing.T) {
	text, err := os.ReadFile("../stacks/Pulumi.ledger-no.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := compileSchema(t).Validate(asJSON(t, string(text))); err != nil {
		t.Errorf("%#v", err)
	}
	if !strings.HasPrefix(string(text), "# yaml-language-server: $schema=tillit.schema.json\n") {
		t.Error("the stack file does not point to its schema")
	}
}

// An editor never marks what Load takes.
func TestSchemaTakesWhatLoads(t *testing.T) {
	schema := compileSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		text := drawFile(t)
		if err := schema.Validate(asJSON(t, text)); err != nil {
			t.Fatalf("%#v\n%s", err, text)
		}
	})
}

func TestSchemaRefuses(t *testing.T) {
	schema := compileSchema(t)
	const promises = "config:\n  tillit:promises: {crypto.rest: }\n"
	for name, text := range map[string]string{
		"no config":             "encryptionsalt: x",
		"no promises":           "config: {other:a: 1}",
		"empty promises":        "config: {tillit:promises: {}}",
		"unknown promise":       "config: {tillit:promises: {backup.intervals: {}}}",
		"unknown parameter":     "config: {tillit:promises: {crypto.rest: {for: 1y}}}",
		"missing parameters":    "config: {tillit:promises: {backup.interval: }}",
		"wrong unit":            "config: {tillit:promises: {backup.retention: {for: 10 bananas}}}",
		"number for a duration": "config: {tillit:promises: {backup.retention: {for: 10}}}",
		"no layers":             "config: {tillit:promises: {perimeter.firewalls: {layers: 0}}}",
		"unknown region":        "config: {tillit:promises: {residency.primary: {region: westeurop}}}",
		"old TLS":               "config: {tillit:promises: {crypto.transit: {tls: 1.1}}}",
		"unknown key":           promises + "  tillit:waiver: []",
		"key without namespace": promises + "  waivers: []",
		"unknown means":         promises + "  tillit:means: {database: oracle}",
		"waiver without owner":  promises + "  tillit:waivers: [{rule: a/b, resource: x, reason: r, ticket: t, expires: 2027-01-31}]",
		"unknown setting":       promises + "  tillit:settings: {host: a.example}",
		"check that writes":     promises + "  tillit:settings: {checks: {a: delete from t}}",
		"check in capitals":     promises + "  tillit:settings: {checks: {A: select 1}}",
		"group by name":         promises + "  tillit:settings: {groups: {operators: Drift}}",
	} {
		if err := schema.Validate(asJSON(t, text)); err == nil {
			t.Errorf("%s: the schema takes it", name)
		}
	}
	if err := schema.Validate(asJSON(t, promises+"  other:x: {a: 1}\n  bare: 2\nencryptionsalt: x\nenvironment: [a]\n")); err != nil {
		t.Errorf("the schema refuses other keys: %v", err)
	}
}
