package inventory

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/internal/azure"
)

// Whatever a resource may have, what ARM makes of it reads back as it was, in
// whatever case ARM writes the id.
func TestReadUndoesBody(t *testing.T) {
	tokens := slices.DeleteFunc(azure.Tokens(), func(token string) bool {
		_, ok := azure.Properties(token)
		return !ok
	})
	rapid.Check(t, func(t *rapid.T) {
		typ, _ := azure.Lookup(rapid.SampledFrom(tokens).Draw(t, "token"))
		schema, _ := azure.Properties(typ.Token)
		props := drawObject(t, schema, 0)
		for i, name := range typ.PathParameters() {
			props[name] = rapid.StringMatching(`[a-z][a-z0-9-]{0,8}`).Draw(t, name)
			if i == 0 && strings.HasPrefix(typ.Path, "/{") {
				props[name] = "/subscriptions/s/resourceGroups/g"
			}
		}
		id, err := typ.ID(props, azure.Subscription)
		if err != nil {
			t.Fatal(err)
		}
		row := azure.Body(typ.Token, props)
		for _, name := range []string{"id", "type", "etag"} { // ARM's own
			delete(row, name)
			delete(props, name)
		}
		if row["properties"] == nil {
			row["properties"] = map[string]any{}
		}
		if _, parameter := props["name"]; !parameter || !slices.Contains(typ.PathParameters(), "name") {
			row["name"] = "n"
			props["name"] = "n"
		}
		row["id"], row["type"] = strings.Replace(id, "/providers/Microsoft.", "/providers/MICROSOFT.", 1), strings.ToLower(typ.ARM)
		data, err := json.Marshal([]any{row})
		if err != nil {
			t.Fatal(err)
		}
		inv, err := Read(strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		if len(inv.Resources) != 1 {
			t.Fatalf("%d resources of %s", len(inv.Resources), data)
		}
		got := inv.Resources[0]
		if got.Type != typ.Token || got.ID != row["id"] {
			t.Fatalf("got %s %s, want %s", got.Type, got.ID, typ.Token)
		}
		for _, within := range []any{props, props["properties"]} {
			if m, ok := within.(map[string]any); ok {
				hideWriteOnly(azure.WriteOnly(typ.ARM), m)
			}
		}
		if _, kept := schema.Fields["properties"]; !kept || props["properties"] != nil {
			delete(got.Props, "properties")
			delete(props, "properties")
		} else {
			delete(got.Props, "properties")
		}
		if !reflect.DeepEqual(got.Props, props) {
			t.Fatalf("%s\nreads as %v\nwant     %v", data, got.Props, props)
		}
	})
}

// drawObject draws some of the properties that an object can have. Identities
// are left out: a list for azure-native's inputs is a map in its outputs.
func drawObject(t *rapid.T, s *azure.Schema, depth int) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Fields)) {
		field := s.Fields[name]
		if name != "userAssignedIdentities" && rapid.IntRange(0, 1+depth).Draw(t, name) == 0 {
			out[name] = drawValue(t, field, field.Wraps, depth)
		}
	}
	return out
}

func drawValue(t *rapid.T, f azure.Field, wraps string, depth int) any {
	switch {
	case strings.HasPrefix(wraps, "l"):
		return []any{drawValue(t, f, wraps[1:], depth)}
	case strings.HasPrefix(wraps, "m"):
		return map[string]any{"key": drawValue(t, f, wraps[1:], depth)}
	case f.Kind == azure.Object && depth < 3:
		return drawObject(t, f.Object(), depth+1)
	case f.Kind == azure.Object:
		return map[string]any{}
	case f.Kind == azure.Boolean:
		return rapid.Bool().Draw(t, "bool")
	case f.Kind == azure.Integer || f.Kind == azure.Number:
		return float64(rapid.IntRange(0, 9).Draw(t, "number"))
	}
	return rapid.SampledFrom([]string{"a", "b"}).Draw(t, "text")
}

func TestArmName(t *testing.T) {
	for id, want := range map[string]string{
		"/subscriptions/s/resourceGroups/g":                                                                                         "g",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v":                                           "v",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/x":                                 "v/x",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/providers/Microsoft.Insights/diagnosticSettings/d": "d",
	} {
		if got := armName(id); got != want {
			t.Errorf("armName(%q) = %q, want %q", id, got, want)
		}
	}
}

const armID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/docs"

// What was not asked for is unknown; what was asked for and is not there is
// absent.
func TestWhatARMDoesNotTell(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		unknown []string
		absent  []string
	}{
		"az resource list":       {`[{"id": "` + armID + `", "tags": null, "identity": null, "properties": null}]`, []string{"minimumTlsVersion", "sku"}, []string{"tags", "identity"}},
		"a whole resource":       {`[{"id": "` + armID + `", "properties": {}}]`, nil, []string{"minimumTlsVersion", "tags"}},
		"a flattened resource":   {`[{"id": "` + armID + `", "accessTier": "Hot"}]`, nil, []string{"minimumTlsVersion", "tags"}},
		"a graph's columns":      {`{"data": [{"id": "` + armID + `", "properties": {}}]}`, []string{"tags", "sku", "kind"}, []string{"minimumTlsVersion"}},
		"a graph sans contents":  {`{"data": [{"id": "` + armID + `", "tags": null, "tls": "TLS1_2"}]}`, []string{"minimumTlsVersion"}, []string{"tags"}},
		"an expression's object": {`{"$schema": "deploymentTemplate.json#", "resources": [{"type": "Microsoft.Storage/storageAccounts", "name": "d", "properties": "[parameters('p')]"}]}`, []string{"minimumTlsVersion"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inv, err := Read(strings.NewReader(c.in))
			if err != nil {
				t.Fatal(err)
			}
			props := inv.Resources[0].Props
			for _, property := range c.unknown {
				if !IsUnknown(props[property]) {
					t.Errorf("%s is %v, want it unknown", property, props[property])
				}
			}
			for _, property := range c.absent {
				if v, ok := props[property]; ok {
					t.Errorf("%s is %v, want it absent", property, v)
				}
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	e := newEvaluator(map[string]parameter{
		"Name": {Type: "string", Default: "docs"}, "list": {Type: "array", Default: []any{"a", "b"}}, "late": {Type: "string"},
		"object": {Default: map[string]any{"Key": map[string]any{"deep": "x"}}}, "secret": {Type: "SecureObject", Default: "s"},
	}, map[string]any{"both": "[concat(parameters('name'), '-', 1)]", "loop": "[variables('loop')]"})
	e.scope = "/subscriptions/" + azure.Subscription + "/resourceGroups/" + templateGroup
	for expression, want := range map[string]any{
		"plain":                                  "plain",
		"[[escaped]":                             "[escaped]",
		"[open":                                  "[open",
		"[parameters('name')]":                   "docs",
		"[ PARAMETERS( 'NAME' ) ]":               "docs",
		"['it''s']":                              "it's",
		"[variables('both')]":                    "docs-1",
		"[parameters('list')[1]]":                "b",
		"[parameters('object').key.deep]":        "x",
		"[parameters('object')['KEY'].deep]":     "x",
		"[parameters('secret').password]":        Secret(),
		"[concat('a', parameters('secret'))]":    Secret(),
		"[toUpper(format('{0}{1}', 'a', 2))]":    "A2",
		"[true()]":                               true,
		"[parameters('late')]":                   Unknown(),
		"[concat('a', parameters('late'))]":      Unknown(),
		"[parameters('nobody')]":                 Unknown(),
		"[parameters('list')[7]]":                Unknown(),
		"[variables('loop')]":                    Unknown(),
		"[newGuid()]":                            Unknown(),
		"[concat('a'":                            "[concat('a'",
		"[concat('a']":                           Unknown(),
		"[concat('a') 'b']":                      Unknown(),
		"[]":                                     Unknown(),
		"[resourceGroup().location]":             Unknown(),
		"[subscription().subscriptionId]":        azure.Subscription,
		"[resourceId('A.B/c', 'd')]":             e.scope + "/providers/A.B/c/d",
		"[resourceId('g', 'A.B/c/d', 'e', 'f')]": "/subscriptions/" + azure.Subscription + "/resourceGroups/g/providers/A.B/c/e/d/f",
		"[resourceId('s', 'g', 'A.B/c', 'd')]":   "/subscriptions/s/resourceGroups/g/providers/A.B/c/d",
		"[resourceId('A.B/c/d', 'e')]":           Unknown(),
		"[subscriptionResourceId('A.B/c', 'd')]": "/subscriptions/" + azure.Subscription + "/providers/A.B/c/d",
		"[extensionResourceId(resourceId('A.B/c', 'd'), 'E.F/g', 'h')]": e.scope + "/providers/A.B/c/d/providers/E.F/g/h",
		"[resourceId('A.B/c', parameters('late'))]":                     Unknown(),
	} {
		if got := e.value(expression); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, want %v", expression, got, want)
		}
	}
	_, refs := e.with("[reference(resourceId('A.B/c', 'd')).x]")
	if !slices.Equal(refs, []string{e.scope + "/providers/A.B/c/d"}) {
		t.Errorf("refs = %v", refs)
	}
}

// A template of a few hundred bytes must not fill the memory.
func TestTemplateThatGrows(t *testing.T) {
	for name, double := range map[string]string{
		"texts": `"[concat(variables('v%'), variables('v%'))]"`,
		"lists": `["[variables('v%')]", "[variables('v%')]"]`,
	} {
		t.Run(name, func(t *testing.T) {
			variables := `"v0": "0123456789"`
			for i := range 60 {
				n := strings.Repeat("i", i)
				variables += `, "v` + n + `i": ` + strings.ReplaceAll(double, "%", n)
			}
			variables = strings.ReplaceAll(variables, `"v0"`, `"v"`)
			_, err := Read(strings.NewReader(`{"$schema": "deploymentTemplate.json", "variables": {` + variables + `}, "resources": [
				{"type": "Microsoft.Network/routeTables", "name": "r", "tags": "[variables('v` + strings.Repeat("i", 60) + `')]"}]}`))
			if err == nil || !strings.Contains(err.Error(), "its expressions make more than 128 MB") {
				t.Errorf("got %v", err)
			}
		})
	}
}
