package provider

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/azure"
)

// Diff compares old inputs with new ones, property by property.
func (p *Provider) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	// Whether a value is secret is no difference.
	options := plugin.MarshalOptions{KeepUnknowns: true, SkipInternalKeys: true}
	olds, err := plugin.UnmarshalProperties(req.GetOldInputs(), options)
	if err != nil {
		return nil, err
	}
	news, err := plugin.UnmarshalProperties(req.GetNews(), options)
	if err != nil {
		return nil, err
	}
	if samePlace(olds["location"], news["location"]) {
		news["location"] = olds["location"]
	}
	changes := plugin.NewDetailedDiffFromObjectDiff(olds.Diff(news), true)
	out := &pulumirpc.DiffResponse{
		Changes:         pulumirpc.DiffResponse_DIFF_NONE,
		DetailedDiff:    map[string]*pulumirpc.PropertyDiff{},
		HasDetailedDiff: true,
	}
	for path, change := range changes {
		kind := change.Kind
		if isReplacing(t, path) {
			kind = kind.AsReplace()
			out.Replaces = append(out.Replaces, path)
		}
		out.Changes = pulumirpc.DiffResponse_DIFF_SOME
		out.Diffs = append(out.Diffs, path)
		out.DetailedDiff[path] = &pulumirpc.PropertyDiff{Kind: pulumirpc.PropertyDiff_Kind(kind), InputDiff: true}
	}
	out.DeleteBeforeReplace = len(out.Replaces) > 0 && p.sameResource(t, olds, news)
	return out, nil
}

// Create puts a new resource. A preview gives back the inputs and leaves the
// rest unknown.
func (p *Provider) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal(req.GetProperties())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		out, err := previewed(t, inputs)
		return &pulumirpc.CreateResponse{Properties: out}, err
	}
	ctx, done := p.within(ctx)
	defer done()
	id, err := t.ID(plainMap(inputs), p.about.Subscription)
	if err != nil {
		return nil, err
	}
	if !given[strings.ToLower(t.ARM)] {
		existing, err := p.client.get(ctx, id, t.APIVersion)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", id, err)
		}
		if existing != nil {
			return nil, fmt.Errorf("cannot create already existing resource %s", id)
		}
	}
	out, err := p.put(ctx, t, id, inputs)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.CreateResponse{Id: id, Properties: out}, nil
}

// given are types, by ARM name in lower case, whose resources are there as soon as
// their parent is: to create one is to change it.
var given = map[string]bool{
	"microsoft.dbforpostgresql/flexibleservers/configurations": true,
	"microsoft.storage/storageaccounts/blobservices":           true,
}

// Update puts a resource's new body.
func (p *Provider) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		out, err := previewed(t, inputs)
		return &pulumirpc.UpdateResponse{Properties: out}, err
	}
	ctx, done := p.within(ctx)
	defer done()
	out, err := p.put(ctx, t, req.GetId(), inputs)
	return &pulumirpc.UpdateResponse{Properties: out}, err
}

// Read refreshes a resource, or reads one to import. One that is gone has no id.
func (p *Provider) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	ctx, done := p.within(ctx)
	defer done()
	body, err := p.client.get(ctx, req.GetId(), t.APIVersion)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", req.GetId(), err)
	}
	if body == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	inputs, err := unmarshal(req.GetInputs())
	if err != nil {
		return nil, err
	}
	lifted := azure.Lift(t.Token, body)
	if len(inputs) == 0 {
		inputs = imported(t, req.GetId(), lifted)
	} else {
		inputs = current(t, inputs, lifted)
	}
	properties, err := marshal(keepSecrets(inputs, resource.NewPropertyMapFromMap(answered(t, lifted))))
	if err != nil {
		return nil, err
	}
	sent, err := marshal(inputs)
	return &pulumirpc.ReadResponse{Id: req.GetId(), Inputs: sent, Properties: properties}, err
}

// Delete removes a resource.
func (p *Provider) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	t, err := typeOf(req.GetUrn())
	if err != nil {
		return nil, err
	}
	ctx, done := p.within(ctx)
	defer done()
	if err := p.client.delete(ctx, req.GetId(), t.APIVersion); err != nil {
		return nil, fmt.Errorf("delete %s: %w", req.GetId(), err)
	}
	return &emptypb.Empty{}, nil
}

// put writes a resource and returns its outputs: ARM's body in azure-native's
// shape.
func (p *Provider) put(ctx context.Context, t azure.Type, id string, inputs resource.PropertyMap) (*structpb.Struct, error) {
	body, err := p.client.put(ctx, id, t.APIVersion, azure.Body(t.Token, plainMap(inputs)))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", id, err)
	}
	return marshal(keepSecrets(inputs, resource.NewPropertyMapFromMap(answered(t, azure.Lift(t.Token, body)))))
}

// answered adds what azure-native answers beside "properties", though it takes
// them there: a key's addresses.
func answered(t azure.Type, lifted map[string]any) map[string]any {
	properties, _ := lifted["properties"].(map[string]any)
	if t.Token != "azure-native:keyvault:Key" || properties == nil {
		return lifted
	}
	out := maps.Clone(lifted)
	for _, name := range []string{"keyUri", "keyUriWithVersion"} {
		if value, ok := properties[name]; ok {
			out[name] = value
		}
	}
	return out
}

// previewed gives the outputs that are known before a resource is written: its
// inputs, without those that only make up the id.
func previewed(t azure.Type, inputs resource.PropertyMap) (*structpb.Struct, error) {
	out := inputs.Copy()
	for _, name := range t.PathParameters() {
		delete(out, resource.PropertyKey(name))
	}
	return marshal(out)
}
