package monitor

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/inventory"
)

func value(t *testing.T, v any) *structpb.Value {
	t.Helper()
	s, err := structpb.NewValue(v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func signed(signature string, more map[string]any) map[string]any {
	more[sig.Key] = signature
	return more
}

// A program is told its inputs again only where a provider leaves them alone.
func TestOutputsEcho(t *testing.T) {
	for name, c := range map[string]struct {
		key      string
		in, want any
	}{
		"text":                     {"p", "x", "x"},
		"list of texts":            {"p", []any{"x", 1.0}, []any{"x", 1.0}},
		"object":                   {"p", map[string]any{"a": "x"}, inventory.UnknownSentinel},
		"list of objects":          {"p", []any{map[string]any{}}, inventory.UnknownSentinel},
		"tags":                     {"tags", map[string]any{"a": "x"}, map[string]any{"a": "x"}},
		"tags that nest":           {"tags", map[string]any{"a": map[string]any{}}, inventory.UnknownSentinel},
		"unknown":                  {"p", inventory.UnknownSentinel, inventory.UnknownSentinel},
		"secret text":              {"p", signed(sig.Secret, map[string]any{"value": "x"}), signed(sig.Secret, map[string]any{"value": "x"})},
		"secret object":            {"p", signed(sig.Secret, map[string]any{"value": map[string]any{}}), inventory.UnknownSentinel},
		"output":                   {"p", signed(sig.OutputValue, map[string]any{"value": "x"}), "x"},
		"unknown output":           {"p", signed(sig.OutputValue, map[string]any{}), inventory.UnknownSentinel},
		"secret output":            {"p", signed(sig.OutputValue, map[string]any{"value": "x", "secret": true}), signed(sig.Secret, map[string]any{"value": "x"})},
		"reference":                {"p", signed(sig.ResourceReference, map[string]any{"urn": "u"}), signed(sig.ResourceReference, map[string]any{"urn": "u"})},
		"an object with that word": {"p", map[string]any{"secret": true, "value": "x"}, inventory.UnknownSentinel},
	} {
		t.Run(name, func(t *testing.T) {
			inputs := &structpb.Struct{Fields: map[string]*structpb.Value{c.key: value(t, c.in)}}
			got := outputs(inputs, inventory.Resource{Type: "a:b:C", Custom: true}).GetFields()[c.key]
			if !proto.Equal(got, value(t, c.want)) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// What follows from an id is known before the deployment; what a service makes
// up is not.
func TestOutputsDerived(t *testing.T) {
	vault := inventory.Resource{
		Type: "azure-native:keyvault:Vault", Custom: true, ID: "/subscriptions/s/resourceGroups/r/providers/Microsoft.KeyVault/vaults/kv",
		Props: map[string]any{"properties": map[string]any{"tenantId": "t"}},
	}
	got := outputs(nil, vault).AsMap()
	if got["name"] != "kv" || got["type"] != "Microsoft.KeyVault/vaults" {
		t.Errorf("got %v", got)
	}
	if p := got["properties"].(map[string]any); p["vaultUri"] != "https://kv.vault.azure.net/" || p["tenantId"] != "t" {
		t.Errorf("properties = %v", p)
	}
	vault.Props["properties"] = map[string]any{"tenantId": inventory.Unknown()}
	if got := outputs(nil, vault).AsMap(); got["properties"] != nil {
		t.Errorf("properties = %v, want them left unknown: an SDK takes an unknown within for empty", got["properties"])
	}
}

func TestStackOutputs(t *testing.T) {
	for agent, object := range map[string]bool{"grpc-go/1.84.0": true, "grpc-node-js/1.10.0": false, "": false} {
		ctx := metadata.NewIncomingContext(context.Background(), metadata.Pairs("user-agent", agent))
		if got := stackOutputs(ctx).GetStructValue() != nil; got != object {
			t.Errorf("%q is given an object: %v", agent, got)
		}
	}
}
