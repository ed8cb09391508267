package inventory

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// slow reads an inventory the general way.
func slow(data []byte) (*Inventory, error) {
	if _, err := open(data); err != nil {
		return nil, err
	}
	return readInventory(data)
}

func TestQuickReadsWhatIsEncoded(t *testing.T) {
	for _, pattern := range []string{"*.golden.json", "engine/*.golden.json"} {
		found, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, file := range found {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := quick(data)
			if !ok || !looksQuick(data) {
				t.Errorf("%s is not read quickly", file)
				continue
			}
			if want, err := slow(data); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v\ngot  %+v\nwant %+v", file, err, got, want)
			}
		}
	}
}

// Whatever the text, what is read quickly is what is read the general way.
func TestQuickIsTheGeneralWay(t *testing.T) {
	const head = `{"estate": "e", "source": "plan", "promises": {"a": {"b": 1}}, "means": {"database": "sql"}, "resources": [`
	const thing = `{"urn": "urn:pulumi:e::p::a:b:C::n", "type": "a:b:C", "name": "n", "custom": true, "props": {"p": VALUE}, "dependsOn": ["x"], "propertyDependsOn": {"p": ["y"]}}`
	words := []string{
		`{`, `}`, `[`, `]`, `,`, `:`, `"a"`, `"b"`, `"\u00e5\n"`, `"å"`, "\"\xff\"", `"1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"`,
		`"4dabf18193072939515e22adb298388d"`, `"__defaults"`, `null`, `true`, `false`, `1`, `-0.5e3`, `01`, `1e999`, `{"$unknown": true}`, ` `, "\n", `"`, `\`,
	}
	rapid.Check(t, func(t *rapid.T) {
		value := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 9).Draw(t, "value"), "")
		text := head + strings.Replace(thing, "VALUE", value, 1) + "]}"
		if rapid.Bool().Draw(t, "cut") {
			at := rapid.IntRange(0, len(text)).Draw(t, "at")
			text = text[:at] + rapid.SampledFrom(words).Draw(t, "word") + text[min(len(text), at+rapid.IntRange(0, 3).Draw(t, "less")):]
		}
		got, ok := quick([]byte(text))
		if !ok {
			return
		}
		if want, err := slow([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n%v\ngot  %+v\nwant %+v", text, err, got, want)
		}
	})
}

// What is not beyond doubt is left to the general way.
func TestQuickLeaves(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":             ``,
		"half":                `{"estate": "e", "source": "plan", "resources": [`,
		"a field unknown":     `{"estate": "e", "x": 1, "resources": []}`,
		"a key twice":         `{"estate": "e", "estate": "e", "resources": []}`,
		"no resources":        `{"estate": "e"}`,
		"two documents":       `{"estate": "e", "resources": []} {}`,
		"many keys":           `{"estate": "e", "resources": [], "promises": {` + strings.Repeat(`"a": 1, `, 64) + `"b": 1}}`,
		"a control character": "{\"estate\": \"e\t\", \"resources\": []}",
		"deep":                `{"estate": "e", "resources": [], "promises": {"a": ` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}}`,
	} {
		if inv, ok := quick([]byte(text)); ok {
			t.Errorf("%s: got %+v", name, inv)
		}
	}
}
