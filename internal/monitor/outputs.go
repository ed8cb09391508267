package monitor

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

const stackReferenceType = "pulumi:pulumi:StackReference"

// outputs is what a program is told of a resource that does not exist yet: its
// inputs where a provider leaves them as they are, and for Azure what follows
// from the id. SDKs take everything that is left out for unknown.
func outputs(inputs *structpb.Struct, resource inventory.Resource) *structpb.Struct {
	fields := map[string]*structpb.Value{}
	for key, v := range inputs.GetFields() {
		if resource.Custom {
			fields[key] = echo(key, v)
		} else {
			fields[key] = v
		}
	}
	if resource.Custom && resource.ID != "" {
		for key, v := range derived(resource) {
			fields[key] = v
		}
	}
	return &structpb.Struct{Fields: fields}
}

var unknown = structpb.NewStringValue(inventory.UnknownSentinel)

// echo is an input as it comes back: texts, numbers and lists of them as they
// are, an object as unknown, since its provider may add to it. Tags are the
// exception: they are wholly the program's.
func echo(key string, v *structpb.Value) *structpb.Value {
	plain := v
	object := v.GetStructValue()
	switch object.GetFields()[sig.Key].GetStringValue() {
	case sig.Secret:
		plain = object.GetFields()["value"]
	case sig.OutputValue:
		plain = object.GetFields()["value"] // absent when unknown
	case sig.ResourceReference:
		return v
	}
	tags := key == "tags" && flat(plain.GetStructValue())
	if !simple(plain) && !tags {
		return unknown
	}
	if object.GetFields()["secret"].GetBoolValue() { // an output value; a response says it the plain way
		return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			sig.Key: structpb.NewStringValue(sig.Secret), "value": plain,
		}})
	}
	if plain != v && object.GetFields()[sig.Key].GetStringValue() == sig.OutputValue {
		return plain
	}
	return v
}

// simple tells whether a value is a scalar or a list of scalars.
func simple(v *structpb.Value) bool {
	switch kind := v.GetKind().(type) {
	case nil, *structpb.Value_StructValue:
		return false
	case *structpb.Value_ListValue:
		for _, e := range kind.ListValue.GetValues() {
			if !simple(e) {
				return false
			}
		}
	}
	return true
}

// flat tells whether an object's values are all simple.
func flat(s *structpb.Struct) bool {
	if s == nil {
		return false
	}
	for _, v := range s.GetFields() {
		if !simple(v) {
			return false
		}
	}
	return true
}

// derived is what Azure will say of a resource that follows from its id.
func derived(resource inventory.Resource) map[string]*structpb.Value {
	t, ok := azure.Lookup(resource.Type)
	if !ok {
		return nil
	}
	name := resource.ID[strings.LastIndexByte(resource.ID, '/')+1:]
	known := map[string]*structpb.Value{
		"name": structpb.NewStringValue(name),
		"type": structpb.NewStringValue(t.ARM),
	}
	switch resource.Type {
	case "azure-native:keyvault:Vault":
		if properties, ok := resource.Props["properties"].(map[string]any); ok && inventory.Known(properties) {
			whole, err := structpb.NewStruct(properties)
			if err == nil {
				whole.Fields["vaultUri"] = structpb.NewStringValue("https://" + name + ".vault.azure.net/")
				known["properties"] = structpb.NewStructValue(whole)
			}
		}
	case "azure-native:keyvault:Key":
		if vault, ok := resource.Props["vaultName"].(string); ok {
			known["keyUri"] = structpb.NewStringValue("https://" + vault + ".vault.azure.net/keys/" + name)
		}
	}
	return known
}

// stackOutputs is another stack's outputs, none of which a plan knows. Go's SDK
// wants an object and takes what is not in it for unknown; the others want the
// whole to be unknown.
func stackOutputs(ctx context.Context) *structpb.Value {
	md, _ := metadata.FromIncomingContext(ctx)
	for _, agent := range md.Get("user-agent") {
		if strings.Contains(agent, "grpc-go/") {
			return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{}})
		}
	}
	return unknown
}
