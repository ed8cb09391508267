package provider_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/rehearsal/arm"
	"github.com/tillit-dev/tillit/internal/rehearsal/provider"
)

// environment leads to a running rehearsal.
func environment(t *testing.T) (map[string]string, *arm.Server) {
	t.Helper()
	server, err := arm.Start(context.Background(), arm.Options{Duration: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return map[string]string{
		provider.EndpointVariable: server.URL(),
		provider.CAVariable:       writeFile(t, server.CA()),
		provider.TokenVariable:    server.Token(),
	}, server
}

func writeFile(t *testing.T, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func connect(t *testing.T) (*provider.Provider, *arm.Server) {
	t.Helper()
	env, server := environment(t)
	p, err := provider.Connect(t.Context(), func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return p, server
}

// The stand-in serves nobody who does not bring a rehearsal with him.
func TestConnectRefusesWithoutARehearsal(t *testing.T) {
	impostor := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"rehearsal":true}`)) // the words without the mark
	}))
	defer impostor.Close()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: impostor.Certificate().Raw})
	for name, test := range map[string]struct {
		change map[string]string
		want   string
	}{
		"no endpoint":     {map[string]string{provider.EndpointVariable: ""}, "TILLIT_REHEARSAL_ENDPOINT is not set"},
		"no authority":    {map[string]string{provider.CAVariable: ""}, "TILLIT_REHEARSAL_CA is not set"},
		"no token":        {map[string]string{provider.TokenVariable: ""}, "TILLIT_REHEARSAL_TOKEN is not set"},
		"plain http":      {map[string]string{provider.EndpointVariable: "http://127.0.0.1:1"}, "no https address"},
		"Azure itself":    {map[string]string{provider.EndpointVariable: "https://management.azure.com"}, "loopback"},
		"another machine": {map[string]string{provider.EndpointVariable: "https://192.0.2.1:443"}, "loopback"},
		"no file":         {map[string]string{provider.CAVariable: "/nowhere/ca.pem"}, "no such file"},
		"an empty file":   {map[string]string{provider.CAVariable: writeFile(t, nil)}, "no certificate"},
		"another token":   {map[string]string{provider.TokenVariable: "other"}, "InvalidAuthenticationToken"},
		"nobody":          {map[string]string{provider.EndpointVariable: "https://" + nobody.Addr().String()}, "refused"},
		"an impostor": {
			map[string]string{provider.EndpointVariable: impostor.URL, provider.CAVariable: writeFile(t, certificate)},
			"lacks the mark of a rehearsal",
		},
	} {
		t.Run(name, func(t *testing.T) {
			env, _ := environment(t)
			for variable, value := range test.change {
				env[variable] = value
			}
			_, err := provider.Connect(t.Context(), func(name string) string { return env[name] })
			if !errors.Is(err, provider.ErrNoRehearsal) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

const urn = "urn:pulumi:small::tillit::azure-native:"

func pack(t *testing.T, values resource.PropertyMap) *structpb.Struct {
	t.Helper()
	s, err := plugin.MarshalProperties(values, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func unpack(t *testing.T, s *structpb.Struct) resource.PropertyMap {
	t.Helper()
	values, err := plugin.UnmarshalProperties(s, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func of(values map[string]any) resource.PropertyMap { return resource.NewPropertyMapFromMap(values) }

func TestConfigure(t *testing.T) {
	p, _ := connect(t)
	if _, err := p.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: pack(t, of(map[string]any{"subscriptionId": "11111111-0000-4000-8000-000000000001"}))}); err == nil || !strings.Contains(err.Error(), "leave it out") {
		t.Errorf("a real subscription: %v", err)
	}
	if _, err := p.Configure(t.Context(), &pulumirpc.ConfigureRequest{Args: pack(t, of(map[string]any{"location": "norwayeast"}))}); err != nil {
		t.Fatal(err)
	}
	check, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn + "resources:ResourceGroup::g", News: pack(t, of(map[string]any{"resourceGroupName": "g"}))})
	if err != nil || unpack(t, check.Inputs)["location"].StringValue() != "norwayeast" {
		t.Errorf("location: %v, %v", check, err)
	}
	answer, err := p.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "azure-native:authorization:getClientConfig"})
	if err != nil || unpack(t, answer.GetReturn())["subscriptionId"].StringValue() != azure.Subscription {
		t.Errorf("getClientConfig: %v, %v", answer, err)
	}
	if _, err := p.Invoke(t.Context(), &pulumirpc.InvokeRequest{Tok: "azure-native:storage:listStorageAccountKeys"}); err == nil {
		t.Error("keys are listed")
	}
}

func TestDiff(t *testing.T) {
	p, _ := connect(t)
	table := func(change map[string]any) resource.PropertyMap {
		values := map[string]any{
			"resourceGroupName": "g", "routeTableName": "r", "location": "westeurope",
			"routes": []any{map[string]any{"name": "out", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}},
		}
		for name, value := range change {
			values[name] = value
		}
		return of(values)
	}
	for name, test := range map[string]struct {
		news        resource.PropertyMap
		diffs       []string
		replaces    []string
		deleteFirst bool
	}{
		"nothing":                     {table(nil), nil, nil, false},
		"another spelling of a place": {table(map[string]any{"location": "West Europe"}), nil, nil, false},
		"a property deep inside": {
			table(map[string]any{"routes": []any{map[string]any{"name": "out", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.5"}}}),
			[]string{"routes[0].nextHopIpAddress"}, nil, false,
		},
		"a property more": {table(map[string]any{"disableBgpRoutePropagation": true}), []string{"disableBgpRoutePropagation"}, nil, false},
		"another name":    {table(map[string]any{"routeTableName": "s"}), []string{"routeTableName"}, []string{"routeTableName"}, false},
		"another place":   {table(map[string]any{"location": "norwayeast"}), []string{"location"}, []string{"location"}, true},
		"a name not known": {
			table(map[string]any{"routeTableName": resource.MakeComputed(resource.NewStringProperty(""))}),
			[]string{"routeTableName"}, []string{"routeTableName"}, false,
		},
		"a value become secret": {table(map[string]any{"location": resource.MakeSecret(resource.NewStringProperty("westeurope"))}), nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.Diff(t.Context(), &pulumirpc.DiffRequest{Urn: urn + "network:RouteTable::r", OldInputs: pack(t, table(nil)), News: pack(t, test.news)})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Diffs, test.diffs) || !slices.Equal(got.Replaces, test.replaces) || got.DeleteBeforeReplace != test.deleteFirst {
				t.Errorf("got diffs %v, replaces %v, delete first %v", got.Diffs, got.Replaces, got.DeleteBeforeReplace)
			}
			if (got.Changes == pulumirpc.DiffResponse_DIFF_SOME) != (len(test.diffs) > 0) {
				t.Errorf("changes %v", got.Changes)
			}
		})
	}
}

func TestAResourceFromCreateToDelete(t *testing.T) {
	p, server := connect(t)
	ctx := t.Context()
	groupURN, secretURN, vaultURN := urn+"resources:ResourceGroup::g", urn+"keyvault:Secret::s", urn+"keyvault:Vault::v"
	create := func(urn string, inputs resource.PropertyMap) *pulumirpc.CreateResponse {
		t.Helper()
		out, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: pack(t, inputs)})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	group := of(map[string]any{"resourceGroupName": "g", "location": "westeurope", "tags": map[string]any{"estate": "small"}})
	create(groupURN, group)
	if _, err := p.Create(ctx, &pulumirpc.CreateRequest{Urn: groupURN, Properties: pack(t, group)}); err == nil || !strings.Contains(err.Error(), "already existing") {
		t.Errorf("a second create: %v", err)
	}
	vault := create(vaultURN, of(map[string]any{"resourceGroupName": "g", "vaultName": "v", "properties": map[string]any{"enableRbacAuthorization": true}}))
	if uri := unpack(t, vault.GetProperties())["properties"].ObjectValue()["vaultUri"]; uri.StringValue() != "https://v.vault.rehearsal.invalid/" {
		t.Errorf("vaultUri %v", uri)
	}
	key := create(urn+"keyvault:Key::k", of(map[string]any{"resourceGroupName": "g", "vaultName": "v", "keyName": "k", "properties": map[string]any{"kty": "RSA"}}))
	if uri := unpack(t, key.GetProperties())["keyUri"]; !uri.IsString() || uri.StringValue() != "https://v.vault.rehearsal.invalid/keys/k" {
		t.Errorf("keyUri %v", uri)
	}
	word := of(map[string]any{"resourceGroupName": "g", "vaultName": "v", "secretName": "s", "tags": map[string]any{"a": resource.MakeSecret(resource.NewStringProperty("hidden"))}})
	word["properties"] = resource.NewObjectProperty(of(map[string]any{"value": resource.MakeSecret(resource.NewStringProperty("open sesame"))}))
	secret := create(secretURN, word)
	outputs := unpack(t, secret.GetProperties())
	if _, shown := outputs["properties"].ObjectValue()["value"]; shown || !outputs["tags"].ObjectValue()["a"].IsSecret() {
		t.Errorf("outputs %v", outputs)
	}

	read, err := p.Read(ctx, &pulumirpc.ReadRequest{Urn: secretURN, Id: secret.GetId(), Inputs: pack(t, word), Properties: secret.GetProperties()})
	if err != nil {
		t.Fatal(err)
	}
	if got := unpack(t, read.GetInputs()); !got.DeepEquals(word) {
		t.Errorf("a refresh changes the inputs\nfrom %v\nto   %v", word, got)
	}
	imported, err := p.Read(ctx, &pulumirpc.ReadRequest{Urn: groupURN, Id: "/subscriptions/" + azure.Subscription + "/resourceGroups/g"})
	if err != nil {
		t.Fatal(err)
	}
	if got := unpack(t, imported.GetInputs()); !got.DeepEquals(group) {
		t.Errorf("an import gives %v, want %v", got, group)
	}

	changed := group.Copy()
	changed["tags"] = resource.NewObjectProperty(of(map[string]any{"estate": "large"}))
	update, err := p.Update(ctx, &pulumirpc.UpdateRequest{Urn: groupURN, Id: imported.GetId(), OldInputs: pack(t, group), News: pack(t, changed)})
	if err != nil || unpack(t, update.GetProperties())["tags"].ObjectValue()["estate"].StringValue() != "large" {
		t.Errorf("update: %v, %v", update, err)
	}
	if _, err := p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: groupURN, Id: imported.GetId()}); err != nil {
		t.Error(err)
	}
	if left := server.Resources(); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	gone, err := p.Read(ctx, &pulumirpc.ReadRequest{Urn: groupURN, Id: imported.GetId(), Inputs: pack(t, group)})
	if err != nil || gone.GetId() != "" {
		t.Errorf("what is gone reads as %v, %v", gone, err)
	}
	if _, err := p.Delete(ctx, &pulumirpc.DeleteRequest{Urn: groupURN, Id: imported.GetId()}); err != nil {
		t.Errorf("a second delete: %v", err)
	}
}

func TestAPreviewTouchesNothingAndKeepsWhatIsNotKnown(t *testing.T) {
	p, server := connect(t)
	inputs := of(map[string]any{
		"resourceGroupName": resource.MakeComputed(resource.NewStringProperty("")), "virtualNetworkName": "hub", "subnetName": "jobs",
		"routeTable": map[string]any{"id": resource.MakeComputed(resource.NewStringProperty(""))},
	})
	out, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn + "network:Subnet::s", Properties: pack(t, inputs), Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	got := unpack(t, out.GetProperties())
	if !got["routeTable"].ObjectValue()["id"].IsComputed() || got.HasValue("subnetName") || out.GetId() != "" {
		t.Errorf("preview gives %v, id %q", got, out.GetId())
	}
	if seen := server.Journal(); len(seen) != 0 {
		t.Errorf("a preview asks Azure: %v", seen)
	}
}

func TestCancelStopsWhatIsUnderWay(t *testing.T) {
	p, server := connect(t)
	server.Inject(arm.Fault{Method: "PUT", Status: 429, Code: "TooManyRequests", RetryAfter: time.Hour})
	ended := make(chan error)
	go func() {
		_, err := p.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn + "resources:ResourceGroup::g", Properties: pack(t, of(map[string]any{"resourceGroupName": "g", "location": "westeurope"}))})
		ended <- err
	}()
	for len(server.Journal()) < 2 { // the look and the refused write
		<-time.After(time.Millisecond)
	}
	if _, err := p.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("a cancelled create succeeds")
	}
}

func TestAzuresErrorsReachTheUser(t *testing.T) {
	p, _ := connect(t)
	_, err := p.Create(t.Context(), &pulumirpc.CreateRequest{Urn: urn + "network:RouteTable::r", Properties: pack(t, of(map[string]any{"resourceGroupName": "nowhere", "routeTableName": "r"}))})
	if err == nil || !strings.Contains(err.Error(), "ResourceGroupNotFound (404)") {
		t.Errorf("got %v", err)
	}
	if _, err := p.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn + "quantum:Workspace::w"}); err == nil || !strings.Contains(err.Error(), "azure-native:quantum:Workspace") {
		t.Errorf("an unknown type: %v", err)
	}
}
