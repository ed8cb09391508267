package inventory

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestReadStateGolden(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	got, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "state.golden.json")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the inventory differs from %s (-update rewrites it):\n%s", golden, got)
	}
	for _, secret := range []string{"hunter2", "v1:", "/home/ola"} {
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("the inventory shows %q", secret)
		}
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
		"two documents":           {plan("") + plan(""), "invalid character '{' after top-level value"},
		"a list":                  {"[]", "JSON but not an object; what can be read is an inventory"},
		"another object":          {`{"kind": "Pod"}`, "of no form that is known here; what can be read is an inventory (`tillit plan`) or an exported state"},
		"an old state":            {`{"version": 2, "deployment": {}}`, "deployment version 2"},
		"a state of nothing":      {`{"version": 3, "deployment": null}`, "it has no deployment"},
		"a pending operation":     {`{"version": 3, "deployment": {"pending_operations": [{"resource": {"urn": "urn:x"}, "type": "creating"}, {"resource": {"urn": "urn:y"}, "type": "creating"}]}}`, "cut short while creating urn:x and 1 more"},
		"a state's odd URN":       {state(`{"urn": "x", "type": "a:b:C"}`), `resources[0]: "x" is not a URN`},
		"a state without type":    {state(`{"urn": "urn:pulumi:e::p::a:b:C::n"}`), "has no type"},
		"a state twice":           {state(thing + "," + thing), "resources[1]: urn:pulumi:e::p::a:b:C::n is there twice"},
		"a state of wrong kinds":  {state(`{"urn": 7}`), "is a JSON number, which is of the wrong kind"},
		"a state of another kind": {state(`{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "inputs": {"a": {"4dabf18193072939515e22adb298388d": "new"}}}`), "inputs: property a: a value of an unknown kind"},
		"an inventory of nobody":  {`{"estate": "", "source": "plan", "resources": []}`, "estate is empty"},
		"an inventory's odd URN":  {plan(`{"urn": "x", "type": "a:b:C"}`), `resources[0]: "x" is not a URN`},
		"an inventory sans type":  {plan(`{"urn": "urn:pulumi:e::p::a:b:C::n"}`), "has no type"},
		"an inventory twice":      {plan(thing + "," + thing), "is there twice"},
		"deep":                    {plan(`{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "props": {"a": ` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}}`), "nested more than"},
		"very deep":               {strings.Repeat("[", 100_000), "not complete JSON"},
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

func FuzzRead(f *testing.F) {
	for _, file := range []string{"state.json", "state.golden.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"version": 3, "deployment": {"resources": [{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "id": "x"}]}}`))
	f.Add([]byte(`{"estate": "e", "source": "plan", "resources": [{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "props": {"a": [{"$unknown": true}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		inv, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		Resolve(inv, testSubscription)
		encoded, err := inv.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if inv.Estate == "" {
			return // an empty state
		}
		if _, err := Read(bytes.NewReader(encoded)); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, encoded)
		}
	})
}
