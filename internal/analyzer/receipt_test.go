package analyzer

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/inventory"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

// anyValue draws a canonical value, in which nothing is unknown unless it may be.
func anyValue(unknowns bool, depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := []string{"text", "number", "bool", "secret"}
		if unknowns {
			kinds = append(kinds, "unknown")
		}
		if depth > 0 {
			kinds = append(kinds, "list", "object")
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "text":
			return rapid.StringMatching(`[a-z]{0,5}`).Draw(t, "text")
		case "number":
			return float64(rapid.IntRange(0, 9).Draw(t, "number"))
		case "bool":
			return rapid.Bool().Draw(t, "bool")
		case "secret":
			return inventory.Secret()
		case "unknown":
			return inventory.Unknown()
		case "list":
			return rapid.SliceOfN(anyValue(unknowns, depth-1), 0, 3).Draw(t, "list")
		}
		return rapid.MapOfN(rapid.StringMatching(`[a-c]`), anyValue(unknowns, depth-1), 0, 3).Draw(t, "object")
	})
}

func anyProps(unknowns bool) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.StringMatching(`[a-e]`), anyValue(unknowns, 3), 0, 4)
}

// known replaces what is unknown in a value; an unknown property of an object may
// turn out not to be there.
func known(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if inventory.IsUnknown(v) {
			return anyValue(false, 2).Draw(t, "becomes")
		}
		object := map[string]any{}
		for name, e := range v {
			if !inventory.IsUnknown(e) || rapid.Bool().Draw(t, "there") {
				object[name] = known(t, e)
			}
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = known(t, v[i])
		}
		return list
	}
	return v
}

// What was known in the preview has to be the same in the update; what was not
// may be anything.
func TestSealedInputs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		props := anyProps(true).Draw(rt, "previewed")
		before := inventory.Resource{URN: urn("a"), Name: "a", Props: props}
		s, err := seal(testKey, before)
		if err != nil {
			rt.Fatal(err)
		}
		after := before
		after.Props = known(rt, props).(map[string]any)
		if names, err := s.differences(testKey, after); err != nil || len(names) > 0 {
			rt.Fatalf("%v becomes %v: %v differ, %v", props, after.Props, names, err)
		}
		// Any other value of a property that was all known differs.
		for name, value := range props {
			other := anyValue(false, 2).Draw(rt, "other")
			if len(unknowns(value, nil, nil)) > 0 || reflect.DeepEqual(other, value) {
				continue
			}
			changed := after
			changed.Props = map[string]any{}
			for n, v := range after.Props {
				changed.Props[n] = v
			}
			changed.Props[name] = other
			if names, _ := s.differences(testKey, changed); !slices.Equal(names, []string{name}) {
				rt.Fatalf("%s of %v becomes %v: %v differ", name, value, other, names)
			}
		}
	})
}

func TestDifferences(t *testing.T) {
	unknown := inventory.Unknown()
	previewed := inventory.Resource{URN: urn("store"), Name: "store", Provider: "p", Props: map[string]any{
		"tags": map[string]any{"a": "b"}, "ids": []any{"x", unknown}, "deep": map[string]any{"at": unknown, "fixed": true}, "late": unknown,
	}}
	s, err := seal(testKey, previewed)
	if err != nil {
		t.Fatal(err)
	}
	same := map[string]any{"tags": map[string]any{"a": "b"}, "ids": []any{"x", "y"}, "deep": map[string]any{"at": 1.0, "fixed": true}, "late": "here"}
	for name, test := range map[string]struct {
		change   map[string]any
		provider string
		want     []string
	}{
		"nothing":                             {nil, "p", nil},
		"a tag":                               {map[string]any{"tags": map[string]any{"a": "c"}}, "p", []string{"tags"}},
		"a tag more":                          {map[string]any{"tags": map[string]any{"a": "b", "c": "d"}}, "p", []string{"tags"}},
		"a property more":                     {map[string]any{"more": true}, "p", []string{"more"}},
		"a property less":                     {map[string]any{"tags": nil}, "p", []string{"tags"}},
		"beside an unknown":                   {map[string]any{"deep": map[string]any{"at": 1.0, "fixed": false}}, "p", []string{"deep"}},
		"more items":                          {map[string]any{"ids": []any{"x", "y", "z"}}, "p", []string{"ids"}},
		"fewer items":                         {map[string]any{"ids": []any{"x"}}, "p", []string{"ids"}},
		"a known item":                        {map[string]any{"ids": []any{"z", "y"}}, "p", []string{"ids"}},
		"no object any more":                  {map[string]any{"deep": "flat"}, "p", []string{"deep"}},
		"an object for a list":                {map[string]any{"ids": map[string]any{"1": "y"}}, "p", []string{"ids"}},
		"a list for an object":                {map[string]any{"deep": []any{true}}, "p", []string{"deep"}},
		"two":                                 {map[string]any{"tags": "x", "ids": "y"}, "p", []string{"ids", "tags"}},
		"a secret for an unknown":             {map[string]any{"late": inventory.Secret()}, "p", nil},
		"an unknown turned out to be nothing": {map[string]any{"late": nil}, "p", nil},
		"the provider":                        {nil, "q", []string{"its provider"}},
	} {
		props := map[string]any{}
		for n, v := range same {
			props[n] = v
		}
		for n, v := range test.change {
			props[n] = v
			if v == nil {
				delete(props, n)
			}
		}
		now := inventory.Resource{URN: urn("store"), Name: "store", Provider: test.provider, Props: props}
		if names, err := s.differences(testKey, now); err != nil || !slices.Equal(names, test.want) {
			t.Errorf("%s: %v differ, want %v; %v", name, names, test.want, err)
		}
	}
	if names, _ := s.differences([]byte("another key"), inventory.Resource{Name: "store", Provider: "p", Props: same}); len(names) == 0 {
		t.Error("digests do not depend on the key")
	}
}

// Until a resource exists, a provider makes up another random name in each
// preview and update.
func TestGeneric(t *testing.T) {
	for _, test := range []struct {
		name, a, b string
		same       bool
	}{
		{"store", "store-1a2b3c4", "store-5d6e7f8", true},
		{"store", "store1a2b3c4d", "store5d6e7f80", true},
		{"My-Store", "mystore1a2b3c4d", "mystore5d6e7f80", true},
		{"store", "store-1a2b3c4", "stone-1a2b3c4", false},
		{"store", "store-west", "store-north", false},
		{"store", "store", "store-1a2b3c4", false},
		{"", "1a2b3c4d", "5d6e7f80", false},
	} {
		if same := generic(test.name, test.a) == generic(test.name, test.b); same != test.same {
			t.Errorf("%s: %s and %s are the same: %v", test.name, test.a, test.b, same)
		}
	}
}

func TestRefuses(t *testing.T) {
	terms := map[string]string{"rules": "1", "promises": "2"}
	r := receipt{Judged: today(), Terms: terms}
	for name, test := range map[string]struct {
		terms map[string]string
		after time.Duration
		want  string
	}{
		"at once":            {terms, 0, ""},
		"just in time":       {terms, lifetime - 1, ""},
		"late":               {terms, lifetime, "the last preview that passed is of 2024-06-01 00:00:00 UTC, and holds for 1h0m0s"},
		"before the preview": {terms, -1, "the last preview that passed is of"},
		"other rules":        {map[string]string{"rules": "3", "promises": "2"}, 0, "judged by other rules"},
	} {
		if got := r.refuses(test.terms, today().Add(test.after)); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	pack := func(changes ...string) string {
		fsys := fstest.MapFS{}
		for _, file := range []string{"lib/a.rego", "rules/b/c/c.rego", "data/facts.yaml", "README.md"} {
			fsys[file] = &fstest.MapFile{Data: []byte("x")}
		}
		for _, file := range changes {
			fsys[file] = &fstest.MapFile{Data: []byte("y")}
		}
		sum, err := Fingerprint(fsys)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	for _, file := range []string{"lib/a.rego", "rules/b/c/c.rego", "data/facts.yaml", "data/more.json"} {
		if pack() == pack(file) {
			t.Errorf("a change of %s is not seen", file)
		}
	}
	if pack() != pack("README.md") {
		t.Error("a change of what the gate does not read is seen")
	}
	if _, err := Fingerprint(fstest.MapFS{}); err == nil {
		t.Error("an empty pack has a fingerprint")
	}
	if _, err := Fingerprint(fstest.MapFS{"lib/a.rego": {}, "rules/a.rego": {}}); err != nil {
		t.Errorf("a pack without data: %v", err)
	}
}
