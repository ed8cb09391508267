package monitor

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/azure"
)

// The identity that a plan's program is told it runs as.
const (
	planClient = "00000000-0000-4000-8000-000000000003"
	planObject = "00000000-0000-4000-8000-000000000004"
)

// Invoke answers a function that the program calls. Only those are answered
// whose result does not depend on what is deployed; the others have to be in
// Options.Answers.
func (m *resources) Invoke(_ context.Context, req *pulumirpc.ResourceInvokeRequest) (*pulumirpc.InvokeResponse, error) {
	m.logbook.hide(req.GetArgs())
	token := req.GetTok()
	if answer, ok := m.opts.Answers[token]; ok {
		result, err := answered(answer)
		if err != nil {
			return nil, m.fail(codes.InvalidArgument, "the answer for %s: %w", token, err)
		}
		return &pulumirpc.InvokeResponse{Return: result}, nil
	}
	switch azure.Canonical(token) {
	case "azure-native:authorization:getClientConfig":
		return &pulumirpc.InvokeResponse{Return: texts(map[string]string{
			"subscriptionId": azure.Subscription, "tenantId": azure.Tenant,
			"clientId": planClient, "objectId": planObject,
		})}, nil
	case "pulumi:pulumi:getResource":
		return m.getResource(req.GetArgs().GetFields()["urn"].GetStringValue())
	}
	return nil, m.fail(codes.Unimplemented,
		"the program calls %s, which only its provider can answer, and a plan runs none; give the result with --answer '%s={...}', or --answer %s=unknown if the program takes it as an output",
		token, token, token)
}

// getResource returns what the program was told of one of its own resources.
func (m *resources) getResource(urn string) (*pulumirpc.InvokeResponse, error) {
	m.mu.Lock()
	state, ok := m.registered[urn]
	id := m.ids[urn]
	m.mu.Unlock()
	if !ok {
		return nil, m.fail(codes.NotFound, "the program asks for a resource that is not registered: %s", urn)
	}
	result := texts(map[string]string{"urn": urn, "id": id})
	result.Fields["state"] = structpb.NewStructValue(state)
	return &pulumirpc.InvokeResponse{Return: result}, nil
}

// Call answers a method of a resource. Methods are only ever called for outputs,
// so that an unknown result is taken for what it is.
func (m *resources) Call(_ context.Context, req *pulumirpc.ResourceCallRequest) (*pulumirpc.CallResponse, error) {
	m.logbook.hide(req.GetArgs())
	result, err := answered(m.opts.Answers[req.GetTok()])
	if err != nil {
		return nil, m.fail(codes.InvalidArgument, "the answer for %s: %w", req.GetTok(), err)
	}
	return &pulumirpc.CallResponse{Return: result}, nil
}

// answered is a function's result; for none it holds one unknown value, which
// makes SDKs take the whole for unknown.
func answered(answer map[string]any) (*structpb.Struct, error) {
	if answer == nil {
		return &structpb.Struct{Fields: map[string]*structpb.Value{"unknown": unknown}}, nil
	}
	return structpb.NewStruct(answer)
}

func texts(m map[string]string) *structpb.Struct {
	fields := make(map[string]*structpb.Value, len(m))
	for key, v := range m {
		fields[key] = structpb.NewStringValue(v)
	}
	return &structpb.Struct{Fields: fields}
}
