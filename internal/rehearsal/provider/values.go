package provider

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/azure"
)

// unmarshal reads properties from the engine, unknown values and secrets kept.
func unmarshal(s *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(s, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipInternalKeys: true})
}

func marshal(p resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(p, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}

// plainMap gives properties as JSON-like values. Secrets are opened, since Azure
// needs them; unknown values become {"$unknown": true}.
func plainMap(p resource.PropertyMap) map[string]any {
	out := make(map[string]any, len(p))
	for name, value := range p {
		out[string(name)] = plain(value)
	}
	return out
}

func plain(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsComputed(), v.IsOutput():
		return map[string]any{"$unknown": true}
	case v.IsArray():
		out := []any{}
		for _, item := range v.ArrayValue() {
			out = append(out, plain(item))
		}
		return out
	case v.IsObject():
		return plainMap(v.ObjectValue())
	case v.IsBool():
		return v.BoolValue()
	case v.IsNumber():
		return v.NumberValue()
	case v.IsString():
		return v.StringValue()
	}
	return nil // null, or an asset, which no known type takes
}

// keepSecrets marks as secret in the outputs what is secret in the inputs.
func keepSecrets(inputs, outputs resource.PropertyMap) resource.PropertyMap {
	out := maps.Clone(outputs)
	for name, input := range inputs {
		if output, ok := out[name]; ok {
			out[name] = keepSecret(input, output)
		}
	}
	return out
}

func keepSecret(input, output resource.PropertyValue) resource.PropertyValue {
	switch {
	case input.IsSecret():
		return resource.MakeSecret(output)
	case input.IsObject() && output.IsObject():
		return resource.NewObjectProperty(keepSecrets(input.ObjectValue(), output.ObjectValue()))
	case input.IsArray() && output.IsArray():
		items := slices.Clone(output.ArrayValue())
		for i, item := range input.ArrayValue() {
			if i < len(items) {
				items[i] = keepSecret(item, items[i])
			}
		}
		return resource.NewArrayProperty(items)
	}
	return output
}

// current gives a resource's inputs as Azure now has them: the properties that
// the inputs set, with Azure's values. What Azure never shows keeps its old
// value; what it no longer has is left out, so that the engine sees the change.
func current(t azure.Type, inputs resource.PropertyMap, lifted map[string]any) resource.PropertyMap {
	parameters := t.PathParameters()
	out := project(inputs, lifted, azure.WriteOnly(t.ARM))
	for _, name := range parameters {
		if value, ok := inputs[resource.PropertyKey(name)]; ok {
			out[resource.PropertyKey(name)] = value
		}
	}
	return out
}

func project(inputs resource.PropertyMap, azures map[string]any, hidden []string) resource.PropertyMap {
	out := resource.PropertyMap{}
	for name, input := range inputs {
		value, ok := azures[string(name)]
		switch {
		case ok:
			out[name] = projectValue(input, value, hidden)
		case slices.Contains(hidden, string(name)) || input.IsNull():
			out[name] = input
		}
	}
	return out
}

func projectValue(input resource.PropertyValue, value any, hidden []string) resource.PropertyValue {
	switch v := value.(type) {
	case map[string]any:
		switch {
		case input.IsSecret():
			return resource.MakeSecret(projectValue(input.SecretValue().Element, v, hidden))
		case input.IsObject():
			return resource.NewObjectProperty(project(input.ObjectValue(), v, hidden))
		case input.IsArray(): // user-assigned identities: a list in, a map by id out
			return keysInOrder(input.ArrayValue(), v)
		}
	case []any:
		if input.IsArray() && len(input.ArrayValue()) == len(v) {
			items := make([]resource.PropertyValue, len(v))
			for i, item := range input.ArrayValue() {
				items[i] = projectValue(item, v[i], hidden)
			}
			return resource.NewArrayProperty(items)
		}
	}
	if input.IsSecret() {
		return resource.MakeSecret(resource.NewPropertyValue(value))
	}
	return resource.NewPropertyValue(value)
}

// keysInOrder lists a map's keys, those of the old list first and in its order.
func keysInOrder(old []resource.PropertyValue, byKey map[string]any) resource.PropertyValue {
	var out []resource.PropertyValue
	seen := map[string]bool{}
	for _, item := range old {
		if key, _ := plain(item).(string); byKey[key] != nil {
			out, seen[key] = append(out, item), true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		if !seen[key] {
			out = append(out, resource.NewStringProperty(key))
		}
	}
	return resource.NewArrayProperty(out)
}

// imported gives the inputs of a resource that Pulumi did not make: what Azure
// shows and azure-native takes.
func imported(t azure.Type, id string, lifted map[string]any) resource.PropertyMap {
	inputs := azure.PathValues(t.Token, id)
	if schema, ok := azure.Properties(t.Token); ok {
		for name := range schema.Fields {
			if value, has := lifted[name]; has {
				inputs[name] = value
			}
		}
	}
	return resource.NewPropertyMapFromMap(inputs)
}
