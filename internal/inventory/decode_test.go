package inventory

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
	"pgregory.net/rapid"
)

// wire encodes properties as SDKs do.
func wire(t interface{ Fatal(...any) }, props resource.PropertyMap) *structpb.Struct {
	s, err := plugin.MarshalProperties(props, plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDecode(t *testing.T) {
	text := resource.NewProperty("v")
	for name, c := range map[string]struct {
		in   resource.PropertyValue
		want any
	}{
		"text":                       {text, "v"},
		"number":                     {resource.NewProperty(1.5), 1.5},
		"bool":                       {resource.NewProperty(true), true},
		"list":                       {resource.NewProperty([]resource.PropertyValue{text, resource.NewProperty(2.0)}), []any{"v", 2.0}},
		"null in a list":             {resource.NewProperty([]resource.PropertyValue{resource.NewNullProperty()}), []any{nil}},
		"null in an object":          {resource.NewProperty(resource.PropertyMap{"a": resource.NewNullProperty(), "b": text}), map[string]any{"b": "v"}},
		"unknown text":               {resource.MakeComputed(text), Unknown()},
		"unknown object":             {resource.MakeComputed(resource.NewProperty(resource.PropertyMap{})), Unknown()},
		"secret":                     {resource.MakeSecret(text), Secret()},
		"secret of an unknown":       {resource.MakeSecret(resource.MakeComputed(text)), Secret()},
		"secret of an object":        {resource.MakeSecret(resource.NewProperty(resource.PropertyMap{"a": text})), Secret()},
		"known output":               {resource.NewProperty(resource.Output{Element: text, Known: true}), "v"},
		"known output of a secret":   {resource.NewProperty(resource.Output{Element: resource.MakeSecret(text), Known: true}), Secret()},
		"unknown output":             {resource.NewProperty(resource.Output{}), Unknown()},
		"secret output":              {resource.NewProperty(resource.Output{Element: text, Known: true, Secret: true}), Secret()},
		"secret and unknown output":  {resource.NewProperty(resource.Output{Secret: true}), Secret()},
		"reference":                  {resource.MakeCustomResourceReference("urn:pulumi:s::p::a:b:C::n", "the-id", ""), "the-id"},
		"reference without id yet":   {resource.MakeCustomResourceReference("urn:pulumi:s::p::a:b:C::n", "", ""), Unknown()},
		"reference to a component":   {resource.MakeComponentResourceReference("urn:pulumi:s::p::a:b:C::n", ""), "urn:pulumi:s::p::a:b:C::n"},
		"deep mix":                   {resource.NewProperty(resource.PropertyMap{"a": resource.NewProperty([]resource.PropertyValue{resource.MakeSecret(text), resource.MakeComputed(text)})}), map[string]any{"a": []any{Secret(), Unknown()}}},
		"a bridged provider's notes": {resource.NewProperty(resource.PropertyMap{"__defaults": text, "a": text}), map[string]any{"a": "v"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(wire(t, resource.PropertyMap{"p": c.in, "__meta": text}))
			if err != nil {
				t.Fatal(err)
			}
			if want := map[string]any{"p": c.want}; !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestDecodeAssetsKeepNoContents(t *testing.T) {
	for name, c := range map[string]struct {
		in   map[string]any
		want map[string]any
	}{
		"text": {
			map[string]any{sigKey: assetSig, "text": "hello"},
			map[string]any{"hash": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
		},
		"file":    {map[string]any{sigKey: assetSig, "path": "/home/ola/private/site.html", "hash": "abc"}, map[string]any{"hash": "abc", "file": "site.html"}},
		"address": {map[string]any{sigKey: archiveSig, "uri": "https://a/b?sig=secret"}, map[string]any{}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := structpb.NewStruct(map[string]any{"p": c.in})
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(s)
			if err != nil {
				t.Fatal(err)
			}
			if want := map[string]any{"p": map[string]any{"$asset": c.want}}; !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

const (
	sigKey     = resource.SigKey
	assetSig   = "c44067f5952c0a294b673a41bacd8c17"
	archiveSig = "0def7320c3a5731c473e5ecbe6d01bc7"
)

// What cannot be read is refused by the path to it.
func TestDecodeRefuses(t *testing.T) {
	deep := structpb.NewStringValue("x")
	for range maxDepth + 1 {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}
	object := func(fields map[string]*structpb.Value) *structpb.Value {
		return structpb.NewStructValue(&structpb.Struct{Fields: fields})
	}
	for name, c := range map[string]struct {
		in   *structpb.Value
		want string
	}{
		"unknown signature": {object(map[string]*structpb.Value{"a": object(map[string]*structpb.Value{sigKey: structpb.NewStringValue("new")})}), `property p.a: a value of an unknown kind (signature "new")`},
		"odd signature":     {object(map[string]*structpb.Value{sigKey: structpb.NewNumberValue(1)}), "a value of an unknown kind"},
		"too deep":          {deep, "nested more than 200 levels deep"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(&structpb.Struct{Fields: map[string]*structpb.Value{"p": c.in}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error with %q", got, err, c.want)
			}
		})
	}
}

// secretText is in every secret that values draws, and in nothing else.
const secretText = "s3cr3t"

// values draws what an SDK may send.
func values(depth int) *rapid.Generator[resource.PropertyValue] {
	return rapid.Custom(func(t *rapid.T) resource.PropertyValue {
		kinds := []string{"null", "bool", "number", "text", "unknown", "secret text", "secret output"}
		if depth > 0 {
			kinds = append(kinds, "list", "object", "secret", "output")
		}
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "bool":
			return resource.NewProperty(rapid.Bool().Draw(t, "bool"))
		case "number":
			return resource.NewProperty(rapid.Float64Range(-1e9, 1e9).Draw(t, "number"))
		case "text":
			return resource.NewProperty(rapid.StringMatching(`[a-z/.:{}" ]{0,12}`).Draw(t, "text"))
		case "unknown":
			return resource.MakeComputed(resource.NewProperty(""))
		case "secret text":
			return resource.MakeSecret(resource.NewProperty(secretText))
		case "secret output":
			return resource.NewProperty(resource.Output{Element: resource.NewProperty(secretText), Known: rapid.Bool().Draw(t, "known"), Secret: true})
		case "list":
			return resource.NewProperty(rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "list"))
		case "object":
			return resource.NewProperty(resource.PropertyMap(objects(depth-1).Draw(t, "object")))
		case "secret": // around anything, secrets too
			return resource.MakeSecret(values(depth-1).Draw(t, "secret"))
		case "output":
			return resource.NewProperty(resource.Output{Element: values(depth-1).Draw(t, "element"), Known: true})
		}
		return resource.NewNullProperty()
	})
}

func objects(depth int) *rapid.Generator[map[resource.PropertyKey]resource.PropertyValue] {
	keys := rapid.Custom(func(t *rapid.T) resource.PropertyKey {
		return resource.PropertyKey(rapid.StringMatching(`[a-z]{1,6}`).Draw(t, "key"))
	})
	return rapid.MapOfN(keys, values(depth), 0, 4)
}

// Whatever is sent, no secret survives, the result is JSON, and decoding the
// result again changes nothing.
func TestDecodeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		props := resource.PropertyMap(objects(4).Draw(t, "props"))
		got, err := Decode(wire(t, props))
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), secretText) {
			t.Fatalf("a secret survives: %s", data)
		}
		if strings.Contains(string(data), UnknownSentinel) || strings.Contains(string(data), sigKey) {
			t.Fatalf("something of the wire survives: %s", data)
		}
		again, err := canonicalProps(got)
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Fatalf("decoding twice differs (%v): %v, %v", err, got, again)
		}
		for key, v := range props { // every secret and unknown at the top is marked
			if v.IsSecret() && !IsSecret(got[string(key)]) {
				t.Fatalf("%s is secret and came as %v", key, got[string(key)])
			}
			if v.IsComputed() && !IsUnknown(got[string(key)]) {
				t.Fatalf("%s is unknown and came as %v", key, got[string(key)])
			}
		}
	})
}

func TestKnown(t *testing.T) {
	for _, v := range []any{nil, "x", 1.0, []any{"x"}, map[string]any{"a": []any{true}}} {
		if !Known(v) {
			t.Errorf("%v is known", v)
		}
	}
	for _, v := range []any{Unknown(), Secret(), []any{Unknown()}, map[string]any{"a": []any{Secret()}}} {
		if Known(v) {
			t.Errorf("%v is not known", v)
		}
	}
}
