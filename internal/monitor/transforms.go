package monitor

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// transforms are functions of the program that change resources as they are
// registered, to tag them all for instance. The program serves them and the
// monitor calls them, as Pulumi's engine does.
type transforms struct {
	mu      sync.Mutex
	stack   []*pulumirpc.Callback            // for every resource
	own     map[string][]*pulumirpc.Callback // by URN, for it and its descendants
	parents map[string]string                // of every resource, by URN
	clients map[string]*grpc.ClientConn      // by address
}

func newTransforms() *transforms {
	return &transforms{own: map[string][]*pulumirpc.Callback{}, parents: map[string]string{}, clients: map[string]*grpc.ClientConn{}}
}

// addStack adds a transform for every resource registered from now on.
func (t *transforms) addStack(callback *pulumirpc.Callback) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stack = append(t.stack, callback)
}

// remember notes a resource's own transforms for its descendants.
func (t *transforms) remember(urn, parent string, own []*pulumirpc.Callback) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parents[urn] = parent
	if len(own) > 0 {
		t.own[urn] = own
	}
}

// chain lists the transforms for a resource: its own, its ancestors', the
// stack's.
func (t *transforms) chain(own []*pulumirpc.Callback, parent string) []*pulumirpc.Callback {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := append([]*pulumirpc.Callback{}, own...)
	for urn := parent; urn != ""; urn = t.parents[urn] {
		list = append(list, t.own[urn]...)
	}
	return append(list, t.stack...)
}

// apply changes a registration by all its transforms.
func (t *transforms) apply(ctx context.Context, req *pulumirpc.RegisterResourceRequest) error {
	for _, callback := range t.chain(req.GetTransforms(), req.GetParent()) {
		if err := t.call(ctx, callback, req); err != nil {
			return fmt.Errorf("a transform of %s %q: %w", req.GetType(), req.GetName(), err)
		}
	}
	return nil
}

// call changes a registration by one transform. Of the options only those that
// an inventory shows come back; a transform cannot change the parent.
func (t *transforms) call(ctx context.Context, callback *pulumirpc.Callback, req *pulumirpc.RegisterResourceRequest) error {
	client, err := t.client(callback.GetTarget())
	if err != nil {
		return err
	}
	request, err := proto.Marshal(&pulumirpc.TransformRequest{
		Type: req.GetType(), Name: req.GetName(), Custom: req.GetCustom(), Parent: req.GetParent(), Properties: req.GetObject(),
		Options: &pulumirpc.TransformResourceOptions{
			DependsOn: req.GetDependencies(), Protect: req.Protect, IgnoreChanges: req.GetIgnoreChanges(),
			ReplaceOnChanges: req.GetReplaceOnChanges(), Version: req.GetVersion(), Aliases: req.GetAliases(),
			Provider: req.GetProvider(), CustomTimeouts: req.GetCustomTimeouts(), PluginDownloadUrl: req.GetPluginDownloadURL(),
			RetainOnDelete: req.RetainOnDelete, DeletedWith: req.GetDeletedWith(),
			AdditionalSecretOutputs: req.GetAdditionalSecretOutputs(), Providers: req.GetProviders(),
			Import: req.GetImportId(), HideDiff: req.GetHideDiffs(), ReplaceWith: req.GetReplaceWith(),
		},
	})
	if err != nil {
		return err
	}
	answer, err := pulumirpc.NewCallbacksClient(client).Invoke(ctx, &pulumirpc.CallbackInvokeRequest{Token: callback.GetToken(), Request: request})
	if err != nil {
		return err
	}
	var response pulumirpc.TransformResponse
	if err := proto.Unmarshal(answer.GetResponse(), &response); err != nil {
		return fmt.Errorf("its answer: %w", err)
	}
	if changed := response.GetOptions(); changed != nil {
		req.Dependencies, req.Provider = changed.GetDependsOn(), changed.GetProvider()
	}
	if response.GetProperties() != nil {
		req.Object = response.GetProperties()
		req.PropertyDependencies = dependencies(req.GetPropertyDependencies(), req.GetObject())
	}
	return nil
}

// dependencies adds what properties say of their own dependencies to what is
// known of them, and drops those of properties that are gone.
func dependencies(known map[string]*pulumirpc.RegisterResourceRequest_PropertyDependencies, properties *structpb.Struct) map[string]*pulumirpc.RegisterResourceRequest_PropertyDependencies {
	all := map[string]*pulumirpc.RegisterResourceRequest_PropertyDependencies{}
	for key, v := range properties.GetFields() {
		urns := append(append([]string{}, known[key].GetUrns()...), mentioned(v)...)
		all[key] = &pulumirpc.RegisterResourceRequest_PropertyDependencies{Urns: urns}
	}
	return all
}

// mentioned lists the dependencies of the output values within a value.
func mentioned(v *structpb.Value) (urns []string) {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_ListValue:
		for _, e := range kind.ListValue.GetValues() {
			urns = append(urns, mentioned(e)...)
		}
	case *structpb.Value_StructValue:
		fields := kind.StructValue.GetFields()
		if fields[sig.Key].GetStringValue() == sig.OutputValue {
			for _, urn := range fields["dependencies"].GetListValue().GetValues() {
				urns = append(urns, urn.GetStringValue())
			}
			return append(urns, mentioned(fields["value"])...)
		}
		for _, e := range fields {
			urns = append(urns, mentioned(e)...)
		}
	}
	return urns
}

// client connects to where the program serves its transforms, which must be on
// this machine.
func (t *transforms) client(target string) (*grpc.ClientConn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if client, ok := t.clients[target]; ok {
		return client, nil
	}
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("it is served at %s, which is not this machine", target)
	}
	client, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return nil, err
	}
	t.clients[target] = client
	return client, nil
}

// close ends the connections to the program.
func (t *transforms) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, client := range t.clients {
		_ = client.Close() // it carries nothing any more
	}
}
