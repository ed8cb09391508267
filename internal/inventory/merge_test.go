package inventory

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What cannot be one estate at one moment is refused, with the name of the input
// that does not fit.
func TestReadAllRefuses(t *testing.T) {
	state := func(estate, resources string) string {
		return `{"version": 3, "deployment": {"resources": [{"urn": "urn:pulumi:` + estate + `::p::a:b:C::n", "type": "a:b:C", ` + resources + `}]}}`
	}
	planned := func(promises string) string {
		return `{"estate": "e", "source": "plan", "promises": ` + promises + `, "resources": []}`
	}
	update := `{"manifest": {}, "resourcePlans": {"urn:pulumi:e::p::a:b:C::gone": {"steps": ["delete"]}}}`
	for name, c := range map[string]struct {
		in   []string
		want string
	}{
		"nothing":              {nil, "there is no input"},
		"two estates":          {[]string{state("e", `"id": "1"`), state("f", `"id": "1"`)}, "input 1: it is of the estate f, and an input before it of e"},
		"two moments":          {[]string{state("e", `"outputs": {"a": {"b": [1, 2]}}`), state("e", `"outputs": {"a": {"b": [1, 3]}}`)}, "input 1: urn:pulumi:e::p::a:b:C::n differs from what input 0 says of it, in a.b.1"},
		"other promises":       {[]string{planned(`{"a": {}}`), planned(`{"b": {}}`)}, "input 1: it was planned with other promises"},
		"a plan alone":         {[]string{update}, "input 0: an update plan of a stack that is deployed holds only what changes (1 resources are there already"},
		"a plan and a preview": {[]string{update, `{"steps": [], "changeSummary": {"create": 1}}`}, "holds only what changes"},
		"another's state":      {[]string{state("e", `"id": "1"`), update}, "input 1: it changes urn:pulumi:e::p::a:b:C::gone, which the state does not have"},
		"one that is broken":   {[]string{state("e", `"id": "1"`), "{"}, "input 1: read: not complete JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			var inputs []Input
			for i, text := range c.in {
				inputs = append(inputs, Input{"input " + string(rune('0'+i)), strings.NewReader(text)})
			}
			inv, err := ReadAll(inputs...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error with %q", inv, err, c.want)
			}
		})
	}
}

// A preview that leaves resources out, as it does unless told otherwise, tells
// nothing of them.
func TestPartialPreview(t *testing.T) {
	_, err := files(t, "engine/second.partial.json")
	if err == nil || !strings.Contains(err.Error(), "it leaves out 4 resources that do not change; run `pulumi preview --json --show-sames`") {
		t.Errorf("got %v", err)
	}
}

// However Pulumi tells of one deployment, it is the same deployment.
func TestFormsAgree(t *testing.T) {
	byURN := func(inv *Inventory) map[string]Resource {
		m := map[string]Resource{}
		for _, r := range inv.Resources {
			r.Position = "" // a plan has none
			if len(r.PropertyDependsOn) == 0 {
				r.PropertyDependsOn = nil
			}
			m[r.URN] = r
		}
		return m
	}
	for _, c := range []struct{ one, other []string }{
		{[]string{"engine/first.preview.json"}, []string{"engine/first.plan.json"}},
		{[]string{"engine/second.preview.json"}, []string{"engine/second.plan.json", "engine/first.state.json"}},
		{[]string{"engine/second.preview.json"}, []string{"engine/first.state.json", "engine/second.plan.json"}},
	} {
		one, other := byURN(mustRead(t, c.one...)), byURN(mustRead(t, c.other...))
		if !reflect.DeepEqual(one, other) {
			t.Errorf("%v and %v differ:\n%v\n%v", c.one, c.other, one, other)
		}
	}
	// Events leave out what depends on what, and where it was written.
	events := byURN(mustRead(t, "engine/second.events.json"))
	digest := byURN(mustRead(t, "engine/second.preview.json"))
	if len(events) != len(digest) {
		t.Errorf("events tell of %d resources, the digest of %d", len(events), len(digest))
	}
	for urn, r := range digest {
		if !reflect.DeepEqual(events[urn].Props, r.Props) || events[urn].Type != r.Type || events[urn].ID != r.ID {
			t.Errorf("events tell of %s %v, the digest %v", urn, events[urn], r)
		}
	}
}

func TestEventsWithUnknowns(t *testing.T) {
	_, err := files(t, "engine/first.events.json")
	if err == nil || !strings.Contains(err.Error(), "is not known yet, and events do not say what it depends on; unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW") {
		t.Errorf("got %v", err)
	}
}

// Reading a document twice changes nothing.
func TestMergeWithItself(t *testing.T) {
	for _, name := range []string{"state.json", "engine/second.preview.json", "arm/list.json", "arm/graph.json", "arm/template.json"} {
		once, err := mustRead(t, name).Encode()
		if err != nil {
			t.Fatal(err)
		}
		twice, err := mustRead(t, name, name).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if string(once) != string(twice) {
			t.Errorf("%s: once\n%s\ntwice\n%s", name, once, twice)
		}
	}
}

// hidden draws a value with parts of it unknown.
func hidden(t *rapid.T, v any) any {
	if rapid.IntRange(0, 3).Draw(t, "hide") == 0 {
		return Unknown()
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, key := range []string{"a", "b", "c"} {
			if e, ok := v[key]; ok {
				out[key] = hidden(t, e)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = hidden(t, v[i])
		}
		return out
	}
	return v
}

func plain(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
		case kind == 0 && depth > 0:
			return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), plain(depth-1), 0, 3).Draw(t, "object")
		case kind == 1 && depth > 0:
			return rapid.SliceOfN(plain(depth-1), 0, 3).Draw(t, "list")
		case kind == 2:
			return rapid.Bool().Draw(t, "bool")
		case kind == 3:
			return float64(rapid.IntRange(0, 3).Draw(t, "number"))
		}
		return rapid.SampledFrom([]string{"", "x", "Y"}).Draw(t, "text")
	})
}

// Two views of one value never contradict each other, in either order, and join
// to no more than the value.
func TestJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := plain(3).Draw(t, "value")
		a, b := hidden(t, v), hidden(t, v)
		ab, path, ok := join(a, b)
		if !ok {
			t.Fatalf("%v and %v differ in %s", a, b, path)
		}
		if ba, _, ok := join(b, a); !ok || !reflect.DeepEqual(ab, ba) {
			t.Fatalf("%v one way, %v the other", ab, ba)
		}
		if back, _, ok := join(ab, v); !ok || !reflect.DeepEqual(back, v) {
			t.Fatalf("%v holds more than %v", ab, v)
		}
	})
}

func TestJoinWords(t *testing.T) {
	for _, c := range []struct {
		a, b, want any
		ok         bool
	}{
		{"West Europe", "westeurope", "West Europe", true},
		{"a", "b", nil, false},
		{"1", 1.0, nil, false},
		{Secret(), "clear", Secret(), true},
		{nil, "x", "x", true},
		{Unknown(), nil, nil, true},
		{nil, Unknown(), nil, true},
		{map[string]any{"etag": "1"}, map[string]any{"etag": "2"}, map[string]any{"etag": "1"}, true},
		{map[string]any{"a": 1.0}, []any{}, nil, false},
		{[]any{1.0}, []any{}, nil, false},
	} {
		got, _, ok := join(c.a, c.b)
		if ok != c.ok || ok && !reflect.DeepEqual(got, c.want) {
			t.Errorf("join(%v, %v) = %v, %v", c.a, c.b, got, ok)
		}
	}
}
