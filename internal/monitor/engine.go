package monitor

import (
	"context"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// engine is the service a program logs to.
type engine struct {
	pulumirpc.UnimplementedEngineServer
	logbook *logbook
	monitor *resources

	mu   sync.Mutex
	root string
}

// Log takes in a message of the program. Debugging messages and passing status
// are dropped, and so is the echo of a fault that the monitor reports itself.
func (e *engine) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	severity := req.GetSeverity()
	if severity == pulumirpc.LogSeverity_DEBUG || req.GetEphemeral() || e.monitor.isFault(req.GetMessage()) {
		return &emptypb.Empty{}, nil
	}
	e.logbook.add(strings.ToLower(severity.String()) + ": " + strings.TrimSpace(req.GetMessage()) + "\n")
	return &emptypb.Empty{}, nil
}

// GetRootResource returns the URN that SetRootResource was given.
func (e *engine) GetRootResource(context.Context, *pulumirpc.GetRootResourceRequest) (*pulumirpc.GetRootResourceResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &pulumirpc.GetRootResourceResponse{Urn: e.root}, nil
}

// SetRootResource remembers the stack's URN for SDKs that ask for it later.
func (e *engine) SetRootResource(_ context.Context, req *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.root = req.GetUrn()
	return &pulumirpc.SetRootResourceResponse{}, nil
}

// RequirePulumiVersion lets every version pass: there is no CLI here whose
// version could be wrong.
func (e *engine) RequirePulumiVersion(context.Context, *pulumirpc.RequirePulumiVersionRequest) (*pulumirpc.RequirePulumiVersionResponse, error) {
	return &pulumirpc.RequirePulumiVersionResponse{}, nil
}

// StartDebugging has nobody to tell.
func (e *engine) StartDebugging(context.Context, *pulumirpc.StartDebuggingRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}
