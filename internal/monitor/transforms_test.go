package monitor

import (
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

// SDKs that send output values tell what an added property depends on.
func TestTransformedDependencies(t *testing.T) {
	known := map[string]*pulumirpc.RegisterResourceRequest_PropertyDependencies{
		"kept": {Urns: []string{"a"}}, "gone": {Urns: []string{"b"}},
	}
	output := signed(sig.OutputValue, map[string]any{"dependencies": []any{"c", "d"}})
	properties, err := structpb.NewStruct(map[string]any{"kept": "x", "added": []any{map[string]any{"deep": output}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for key, d := range dependencies(known, properties) {
		got[key] = d.GetUrns()
	}
	if want := map[string][]string{"kept": {"a"}, "added": {"c", "d"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTransformsAreServedHere(t *testing.T) {
	for target, want := range map[string]string{
		"192.0.2.1:443": "which is not this machine", "example.org:443": "which is not this machine", "nonsense": "missing port",
	} {
		if _, err := newTransforms().client(target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: err = %v, want %q", target, err, want)
		}
	}
}
