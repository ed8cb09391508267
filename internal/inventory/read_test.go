package inventory

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares an inventory with a file, and looks for secrets in it.
func golden(t *testing.T, inv *Inventory, name string) {
	t.Helper()
	got, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".golden.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the inventory differs from %s (-update rewrites it):\n%s", file, got)
	}
	for _, secret := range []string{"hunter2", "v1:", "/home/ola", "clear text", "[secret]"} {
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("the inventory shows %q", secret)
		}
	}
}

// files reads documents of testdata as one estate.
func files(t *testing.T, names ...string) (*Inventory, error) {
	t.Helper()
	var inputs []Input
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, Input{name, bytes.NewReader(data)})
	}
	return ReadAll(inputs...)
}

func mustRead(t *testing.T, names ...string) *Inventory {
	t.Helper()
	inv, err := files(t, names...)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// Every form of document, and some of them together. Those in testdata/engine
// are what Pulumi 3.250 wrote of a small program in a rehearsal: first a stack
// that is new, then, deployed, one in which a property changes, a network is
// replaced, a subnet goes and a resource group is read. Configuration and most of
// each stack trace were cut.
func TestReadGolden(t *testing.T) {
	for name, inputs := range map[string][]string{
		"state":                 {"state.json"},
		"engine/first.preview":  {"engine/first.preview.json"},
		"engine/first.plan":     {"engine/first.plan.json"},
		"engine/second.preview": {"engine/second.preview.json"},
		"engine/second.events":  {"engine/second.events.json"},
		"engine/second.plan":    {"engine/second.plan.json", "engine/first.state.json"},
		"arm/list":              {"arm/list.json"},
		"arm/graph":             {"arm/graph.json"},
		"arm/show":              {"arm/show.json"},
		"arm/template":          {"arm/template.json"},
		"arm/together":          {"arm/list.json", "arm/graph.json"},
		"arm/with.state":        {"arm/list.json", "engine/first.state.json"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, mustRead(t, inputs...), name) })
	}
}

// What Encode writes, Read reads, and writes again as it was.
func TestReadWhatIsEncoded(t *testing.T) {
	inv := &Inventory{
		Estate: "e", Source: "plan", Promises: map[string]any{"backup.interval": map[string]any{}}, Means: map[string]string{"database": "postgres"},
		Resources: []Resource{
			custom("urn:pulumi:e::p::b:c:D::two", "b:c:D", map[string]any{"a": Unknown(), "b": []any{Secret(), 1.5, "<&>"}}, map[string][]string{"a": {"x"}}),
			custom("urn:pulumi:e::p::b:c:D::one", "b:c:D", map[string]any{}, nil),
		},
		External: []Resource{custom("urn:pulumi:e::p::b:c:D::far", "b:c:D", map[string]any{}, nil)},
	}
	first, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Read(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	second, err := back.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("first\n%s\nsecond\n%s", first, second)
	}
	if back.Resources[0].Name != inv.Resources[1].Name || !reflect.DeepEqual(back.Means, inv.Means) {
		t.Errorf("got %+v", back)
	}
}

func TestEncodeNothing(t *testing.T) {
	got, err := (&Inventory{Estate: "e", Source: "state"}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(got, []byte(`"resources": []`)) {
		t.Errorf("got %s, want an empty list", got)
	}
}

// A gate must not take a wrong file for an estate that breaks nothing.
func TestReadRefuses(t *testing.T) {
	state := func(resources string) string {
		return `{"version": 3, "deployment": {"resources": [` + resources + `]}}`
	}
	plan := func(resources string) string {
		return `{"estate": "e", "source": "plan", "resources": [` + resources + `]}`
	}
	const thing = `{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C"}`
	for name, c := range map[string]struct{ in, want string }{
		"nothing":                 {"", "the input is empty"},
		"blanks":                  {" \n\t", "the input is empty"},
		"binary":                  {"\x7fELF\xff\xfe", "the input is not text"},
		"prose":                   {"hello", "not complete JSON: line 1, column 1"},
		"truncated":               {"{\n  \"estate\": \"e\",\n  \"resou", "not complete JSON: line 3"},
		"two documents":           {plan("") + plan(""), "line 1, column 50: there is more than one document"},
		"a list":                  {"[]", "the list is empty, so there is nothing to judge"},
		"another object":          {`{"kind": "Pod"}`, "of no form that is known here; what can be read is an inventory (`tillit plan`), an exported state"},
		"an old state":            {`{"version": 2, "deployment": {}}`, "deployment version 2"},
		"a state of nothing":      {`{"version": 3, "deployment": null}`, "it has no deployment"},
		"a pending operation":     {`{"version": 3, "deployment": {"pending_operations": [{"resource": {"urn": "urn:x"}, "type": "creating"}, {"resource": {"urn": "urn:y"}, "type": "creating"}]}}`, "cut short while creating urn:x and 1 more"},
		"a state's odd URN":       {state(`{"urn": "x", "type": "a:b:C"}`), `resources[0]: "x" is not a URN`},
		"a state without type":    {state(`{"urn": "urn:pulumi:e::p::a:b:C::n"}`), "has no type"},
		"a state twice":           {state(thing + "," + thing), "resources[1]: urn:pulumi:e::p::a:b:C::n is there twice"},
		"a state of wrong kinds":  {state(`{"urn": 7}`), "is a JSON number, which is of the wrong kind"},
		"a state of another kind": {state(`{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "inputs": {"a": {"4dabf18193072939515e22adb298388d": "new"}}}`), "inputs: property a: a value of an unknown kind"},
		"an inventory of nobody":  {`{"estate": "", "source": "plan", "resources": []}`, "estate is empty"},
		"an inventory's odd URN":  {plan(`{"urn": "x", "type": "a:b:C"}`), `resources[0]: "x" is neither a URN nor an ARM id`},
		"an inventory sans type":  {plan(`{"urn": "urn:pulumi:e::p::a:b:C::n"}`), "has no type"},
		"an inventory twice":      {plan(thing + "," + thing), "is there twice"},
		"deep":                    {plan(`{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "props": {"a": ` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}}`), "nested more than"},
		"a key twice":             {`{"estate": "e", "source": "plan", "resources": [], "estate": "f"}`, `line 1, column 52: the key "estate" is there twice`},
		"a key twice, disguised":  {plan(`{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "props": {"tls": 1, "tl\u0073": 2}}`), `the key "tls" is there twice`},
		"UTF-16":                  {"\xff\xfe{\x00}\x00", "UTF-16; write it as UTF-8"},
		"a number":                {"7", "neither an object nor a list"},
		"deep in no resource":     {`{"estate": "e", "source": "plan", "resources": [], "x": ` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, "line 1, column 306: nested more than 250 levels deep"},

		"a preview cut short":       {`{"steps": []}`, "does not end with a summary of changes"},
		"a preview that failed":     {`{"steps": [], "changeSummary": {"create": 1}, "diagnostics": [{"severity": "error", "message": "\n  no such region\nmore"}]}`, "the preview failed, so it does not tell everything: no such region"},
		"a preview's odd step":      {`{"steps": [{"op": "explode", "urn": "urn:pulumi:e::p::a:b:C::n"}], "changeSummary": {"create": 1}}`, `steps[0]: urn:pulumi:e::p::a:b:C::n: the step "explode" is not known`},
		"a preview without a state": {`{"steps": [{"op": "create", "urn": "urn:pulumi:e::p::a:b:C::n"}], "changeSummary": {"create": 1}}`, "does not say what the resource becomes"},
		"a preview of two URNs":     {`{"steps": [{"op": "create", "urn": "urn:pulumi:e::p::a:b:C::m", "newState": ` + thing + `}], "changeSummary": {"create": 1}}`, "is not a URN, or not that of"},
		"a preview of wrong kinds":  {`{"steps": 7}`, "steps is a JSON number"},
		"events cut short":          {`{"sequence": 0, "timestamp": 0, "preludeEvent": {}}` + "\n", "the events end before their summary"},
		"events cut within":         {`{"sequence": 0, "timestamp": 0, "preludeEvent": {}}` + "\n" + `{"sequence": 1, "timest`, "not complete JSON: line 2, column 23: it is cut off"},
		"events of an update":       {`{"sequence": 0, "timestamp": 0, "summaryEvent": {"isPreview": false, "result": "succeeded"}}`, "the events of an update, not of a preview"},
		"events of a failure":       {`{"sequence": 0, "timestamp": 0, "summaryEvent": {"isPreview": true, "result": "failed"}}`, "the preview failed"},
		"events of an error":        {`{"sequence": 0, "timestamp": 0, "diagnosticEvent": {"severity": "error", "message": "no"}}`, "the preview failed"},
		"events and another":        {`{"sequence": 0, "timestamp": 0}{"version": 3, "deployment": {}}`, "there is more than one document"},
		"an update plan's odd URN":  {`{"manifest": {}, "resourcePlans": {"x": {}}}`, `"x" is not a URN`},
		"an update plan sans goal":  {`{"manifest": {}, "resourcePlans": {"urn:pulumi:e::p::a:b:C::n": {"steps": ["create"]}}}`, "has no goal"},

		"rows without ids":        {`[{"name": "docs", "type": "Microsoft.Storage/storageAccounts"}]`, `[0]: "" is no ARM id; every row needs its id`},
		"rows that are no object": {`[1]`, "wrong kind"},
		"rows that contradict":    {`[{"id": "` + armID + `", "properties": {"minimumTlsVersion": "TLS1_2"}}, {"id": "` + strings.ToUpper(armID) + `", "properties": {"minimumTlsVersion": "TLS1_0"}}]`, "in minimumTlsVersion"},
		"no rows":                 {`{"data": []}`, "the list is empty"},
		"a table of a graph":      {`{"data": {"columns": [], "rows": []}}`, "objectArray"},
		"a page of a graph":       {`{"data": [{"id": "` + armID + `"}], "count": 1, "total_records": 9}`, "one page of a longer answer (1 resources of 9)"},
		"a page with a token":     {`{"data": [{"id": "` + armID + `"}], "skip_token": "t"}`, "one page of a longer answer"},
		"a page with a link":      {`{"value": [{"id": "` + armID + `"}], "nextLink": "https://x"}`, "one page of a longer answer"},
		"another's schema":        {`{"$schema": "https://json-schema.org/draft/2020-12/schema", "resources": []}`, "is not that of an ARM deployment template"},
		"a template of nothing":   {`{"$schema": "deploymentTemplate.json", "resources": []}`, "it has no resources"},
		"a template's odd name":   {`{"$schema": "deploymentTemplate.json", "resources": [{"type": "A.B/c/d", "name": "e"}]}`, `do not have the same number of parts`},
		"a template sans type":    {`{"$schema": "deploymentTemplate.json", "resources": [{"name": "e"}]}`, "resources[0]: it has no type"},
		"a template of texts":     {`{"$schema": "deploymentTemplate.json", "resources": ["x"]}`, "it is no object"},

		"very deep": {strings.Repeat("[", 100_000), "not complete JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			inv, err := Read(strings.NewReader(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error with %q", inv, err, c.want)
			}
		})
	}
}

func TestReadTakesAByteOrderMark(t *testing.T) {
	if _, err := Read(strings.NewReader("\xef\xbb\xbf" + `{"estate": "e", "source": "plan", "resources": []}`)); err != nil {
		t.Error(err)
	}
}

// Nothing that is too large is read, whether it says so or not.
func TestReadLimit(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "large.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := file.Truncate(1 << 30); err != nil { // without a block on the disk
		t.Fatal(err)
	}
	if _, err := ReadAll(Input{"large.json", file}); err == nil || !strings.Contains(err.Error(), "large.json: read: the input is larger than 512 MB") {
		t.Errorf("got %v", err)
	}
	if n, err := file.Seek(0, io.SeekCurrent); n != 0 || err != nil {
		t.Errorf("%d bytes were read (%v)", n, err)
	}
	if data, err := readAll(strings.NewReader("12345"), 4); err == nil {
		t.Errorf("got %q of more than is allowed", data)
	}
	if data, err := readAll(strings.NewReader("1234"), 4); err != nil || string(data) != "1234" {
		t.Errorf("got %q, %v of what is just allowed", data, err)
	}
}
