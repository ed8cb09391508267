package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/tillit-dev/tillit/internal/azure"
)

// Version is the version of azure-native that this provider stands in for.
const Version = "2.90.0"

// Provider serves the engine's resource provider protocol.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer
	client *client
	about  identity
	ctx    context.Context // ends with Cancel
	cancel context.CancelFunc

	mu       sync.Mutex
	location string // config azure-native:location, for resources that give none
}

var _ pulumirpc.ResourceProviderServer = (*Provider)(nil)

func newProvider(c *client, about identity) *Provider {
	ctx, cancel := context.WithCancel(context.Background())
	return &Provider{client: c, about: about, ctx: ctx, cancel: cancel}
}

// GetPluginInfo says which version this is.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetSchema gives a schema with a name and no types: Go programs carry theirs.
func (p *Provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: fmt.Sprintf(`{"name":"azure-native","version":%q}`, Version)}, nil
}

// CheckConfig takes the configuration as it is.
func (p *Provider) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

// DiffConfig says that no configuration replaces the provider.
func (p *Provider) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

// Configure refuses to take a deployment to another subscription than the
// rehearsal's.
func (p *Provider) Configure(_ context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	setting := func(name string) string { return req.GetArgs().GetFields()[name].GetStringValue() }
	if id := setting("subscriptionId"); id != "" && !strings.EqualFold(id, p.about.Subscription) {
		return nil, status.Errorf(codes.InvalidArgument, "azure-native:subscriptionId is %s; a rehearsal has only %s: leave it out", id, p.about.Subscription)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.location = setting("location")
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true}, nil
}

// Cancel stops every call under way.
func (p *Provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.cancel()
	return &emptypb.Empty{}, nil
}

// Invoke answers who is signed in: nobody real.
func (p *Provider) Invoke(_ context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	if req.GetTok() != "azure-native:authorization:getClientConfig" {
		return nil, status.Errorf(codes.Unimplemented, "a rehearsal does not answer %s", req.GetTok())
	}
	out, err := marshal(resource.NewPropertyMapFromMap(map[string]any{
		"clientId":       "00000000-0000-4000-8000-000000000003",
		"objectId":       "00000000-0000-4000-8000-000000000004",
		"subscriptionId": p.about.Subscription,
		"tenantId":       p.about.Tenant,
	}))
	return &pulumirpc.InvokeResponse{Return: out}, err
}

// within ends a call's context with the provider's.
func (p *Provider) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// typeOf finds the type that a URN names.
func typeOf(urn string) (azure.Type, error) {
	token := string(resource.URN(urn).Type())
	t, ok := azure.Lookup(token)
	if !ok {
		return t, status.Errorf(codes.InvalidArgument, "the rehearsal does not know the type %s", token)
	}
	return t, nil
}

// Check finds misspelt and missing properties, and fills in the location.
func (p *Provider) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	location := p.location
	p.mu.Unlock()
	if schema, ok := azure.Properties(t.Token); ok && location != "" && !news.HasValue("location") {
		if _, takes := schema.Fields["location"]; takes {
			news["location"] = resource.NewStringProperty(location)
		}
	}
	var failures []*pulumirpc.CheckFailure
	missing := map[string]bool{}
	for _, fault := range azure.Check(t.Token, plainMap(news)) {
		var e *azure.PropertyError
		if !errors.As(fault, &e) {
			return nil, fault
		}
		missing[e.Path] = true
		failures = append(failures, &pulumirpc.CheckFailure{Property: e.Path, Reason: e.Path + " " + e.Reason})
	}
	for _, name := range t.PathParameters() {
		if !news.HasValue(resource.PropertyKey(name)) && !missing[name] {
			failures = append(failures, &pulumirpc.CheckFailure{
				Property: name,
				Reason:   name + " is missing; it is part of the resource's id, and a rehearsal makes up no names",
			})
		}
	}
	inputs, err := marshal(news)
	return &pulumirpc.CheckResponse{Inputs: inputs, Failures: failures}, err
}

// replacing lists the inputs of a type that cannot change in place.
func replacing(t azure.Type) []string { return append(t.PathParameters(), "location") }

// samePlace compares regions as ARM does: West Europe is westeurope.
func samePlace(a, b resource.PropertyValue) bool {
	if !a.IsString() || !b.IsString() {
		return false
	}
	fold := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	return fold(a.StringValue()) == fold(b.StringValue())
}

// sameResource reports that a replacement would get the id of what it replaces,
// so that the old one must go first.
func (p *Provider) sameResource(t azure.Type, olds, news resource.PropertyMap) bool {
	before, err := t.ID(plainMap(olds), p.about.Subscription)
	if err != nil {
		return false
	}
	after, err := t.ID(plainMap(news), p.about.Subscription)
	return err == nil && strings.EqualFold(before, after)
}

// isReplacing reports whether a property path begins with an input that
// replaces.
func isReplacing(t azure.Type, path string) bool {
	top := path
	if i := strings.IndexAny(path, ".["); i > 0 {
		top = path[:i]
	}
	return slices.Contains(replacing(t), top)
}
