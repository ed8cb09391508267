package azure

import (
	"maps"
	"slices"
	"strings"
)

// envelope lists what ARM keeps beside "properties" in a resource.
var envelope = []string{
	"location", "tags", "sku", "kind", "identity", "zones", "plan", "extendedLocation",
	"managedBy", "managedByExtended", "etag", "eTag", "id", "name", "type", "systemData",
}

// within lists, for types that differ, what ARM keeps inside "properties"
// although its name is one of the envelope's. From the REST specifications.
var within = map[string][]string{
	"azure-native:network:ApplicationGateway":    {"sku"},
	"azure-native:network:AzureFirewall":         {"sku"},
	"azure-native:network:FirewallPolicy":        {"sku"},
	"azure-native:network:VirtualNetworkGateway": {"sku"},
	"azure-native:operationalinsights:Table":     {"plan"},
	"azure-native:operationalinsights:Workspace": {"sku"},
}

// WriteOnly lists the properties that ARM takes from resources of a type, by
// its ARM name, and never shows.
func WriteOnly(arm string) []string {
	if strings.EqualFold(arm, "Microsoft.KeyVault/vaults/secrets") {
		return []string{"value"}
	}
	return []string{"administratorLoginPassword", "adminPassword", "password", "sharedKey"}
}

// Body gives the ARM request body of a resource: path parameters left out, and
// what azure-native lifted put back under "properties". The inputs are not
// changed. Values are shared with them, not copied.
func Body(token string, inputs map[string]any) map[string]any {
	token = Canonical(token)
	schema, _ := Properties(token)
	t, _ := Lookup(token)
	parameters := t.PathParameters()
	top := make(map[string]any, len(inputs))
	for name, value := range inputs {
		if !slices.Contains(parameters, name) {
			top[name] = lower(name, fieldOf(schema, name), value)
		}
	}
	if keepsProperties(token, inputs) {
		return top
	}
	body := nest(top, func(name string) bool {
		return slices.Contains(envelope, name) && !slices.Contains(within[token], name)
	})
	if properties, ok := body["properties"].(map[string]any); ok {
		wireNames(token, properties)
	}
	return body
}

// Lift gives azure-native's shape of a resource as ARM answers it: what is
// under "properties" moved up one level, here and in the parts that
// azure-native flattens. The id is left out, since Pulumi keeps it apart. The
// body is not changed. User-assigned identities stay a map by id, as
// azure-native's outputs have them.
func Lift(token string, body map[string]any) map[string]any {
	token = Canonical(token)
	schema, _ := Properties(token)
	out := maps.Clone(body)
	if out == nil {
		out = map[string]any{}
	}
	delete(out, "id")
	if _, known := Properties(token); !known || !keepsProperties(token, nil) {
		if inner, ok := out["properties"].(map[string]any); ok {
			out["properties"] = ownNames(token, schema, inner)
		}
		out = unnest(out)
	}
	out = ownNames("", schema, out)
	for name, value := range out {
		out[name] = raise(fieldOf(schema, name), value)
	}
	return out
}

// PathValues returns the inputs that a resource's id carries and its body does
// not, by azure-native's names.
func PathValues(token, id string) map[string]any {
	t, ok := Lookup(token)
	if !ok {
		return nil
	}
	values, _ := match(t.Path, id)
	out := map[string]any{}
	for name, value := range values {
		if name != "subscriptionId" {
			out[name] = value
		}
	}
	return out
}

func fieldOf(schema *Schema, name string) Field {
	if schema == nil {
		return Field{Kind: Any}
	}
	return schema.Fields[name]
}

// lower turns a nested value into ARM's shape. User-assigned identities are a
// list of ids to azure-native and a map with ids as keys to ARM.
func lower(name string, field Field, value any) any {
	if ids, ok := value.([]any); ok && name == "userAssignedIdentities" {
		out := map[string]any{}
		for _, id := range ids {
			if text, ok := id.(string); ok {
				out[text] = map[string]any{}
			}
		}
		return out
	}
	return walk(field, field.Wraps, value, func(schema *Schema, m map[string]any) map[string]any {
		out := make(map[string]any, len(m))
		for name, v := range m {
			out[name] = lower(name, schema.Fields[name], v)
		}
		wireNames(field.Of, out)
		if schema.Flattened {
			out = nest(out, func(name string) bool { return slices.Contains(envelope, name) })
		}
		return out
	})
}

// raise turns a nested value into azure-native's shape. It moves "properties"
// up wherever azure-native has no property of that name.
func raise(field Field, value any) any {
	return walk(field, field.Wraps, value, func(schema *Schema, m map[string]any) map[string]any {
		out := maps.Clone(m)
		if _, kept := schema.Fields["properties"]; !kept {
			out = unnest(out)
		}
		out = ownNames(field.Of, schema, out)
		for name, v := range out {
			out[name] = raise(schema.Fields[name], v)
		}
		return out
	})
}

// walk applies change to every object of a known type within the value.
func walk(field Field, wraps string, value any, change func(*Schema, map[string]any) map[string]any) any {
	switch v := value.(type) {
	case []any:
		if !strings.HasPrefix(wraps, "l") {
			return value
		}
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = walk(field, wraps[1:], item, change)
		}
		return out
	case map[string]any:
		if opaque(v) {
			return value
		}
		if strings.HasPrefix(wraps, "m") {
			out := make(map[string]any, len(v))
			for key, item := range v {
				out[key] = walk(field, wraps[1:], item, change)
			}
			return out
		}
		if schema := field.Object(); schema != nil && wraps == "" {
			return change(schema, v)
		}
	}
	return value
}

// nest puts what stays refuses under "properties".
func nest(m map[string]any, stays func(string) bool) map[string]any {
	out, properties := map[string]any{}, map[string]any{}
	for name, value := range m {
		if stays(name) {
			out[name] = value
		} else {
			properties[name] = value
		}
	}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	return out
}

// unnest moves what is under "properties" up one level. A name that is already
// there keeps its value.
func unnest(m map[string]any) map[string]any {
	properties, ok := m["properties"].(map[string]any)
	if !ok {
		return m
	}
	out := maps.Clone(properties)
	for name, value := range m {
		if name != "properties" {
			out[name] = value
		}
	}
	return out
}
