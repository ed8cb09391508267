package analyzer

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// Pack names the policy pack to the engine.
const Pack = "tillit"

// Server answers the engine's calls for one deployment.
type Server struct {
	pulumirpc.UnimplementedAnalyzerServer

	gate    *gate.Gate
	version string
	now     func() time.Time

	mu      sync.Mutex
	stack   *stack
	inputs  map[string]map[string]any // by URN, canonical, as registered
	stop    context.CancelFunc
	stopped context.Context
}

var _ pulumirpc.AnalyzerServer = (*Server)(nil)

// stack is what the engine says of the stack being deployed.
type stack struct {
	declaration  *promises.Declaration
	dryRun       bool
	subscription string // from its configuration; may be empty
}

// New makes a server that judges by a gate, and says that its pack has the given
// version. Judgements stop when ctx ends.
func New(ctx context.Context, g *gate.Gate, version string, now func() time.Time) *Server {
	stopped, stop := context.WithCancel(ctx)
	return &Server{
		gate: g, version: version, now: now,
		inputs: map[string]map[string]any{}, stopped: stopped, stop: stop,
	}
}

// Handshake is the engine's first call.
func (s *Server) Handshake(context.Context, *pulumirpc.AnalyzerHandshakeRequest) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

// ConfigureStack reads the promises from the stack's configuration. What cannot
// be read, or is not there, stops the deployment.
func (s *Server) ConfigureStack(_ context.Context, req *pulumirpc.AnalyzerStackConfigureRequest) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	configured, err := readStack(req.GetStack(), req.GetConfig())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "tillit: the stack %s: %v", req.GetStack(), err)
	}
	configured.dryRun = req.GetDryRun()
	s.mu.Lock()
	s.stack = configured
	s.mu.Unlock()
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

func readStack(name string, config map[string]string) (*stack, error) {
	declaration, err := promises.FromConfig(name, config)
	if err != nil {
		return nil, err
	}
	return &stack{declaration: declaration, subscription: config["azure-native:subscriptionId"]}, nil
}

// GetAnalyzerInfo lists the rules. The pack takes no configuration: a violation
// is accepted by a waiver in the stack file, where everybody sees it.
func (s *Server) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	info := &pulumirpc.AnalyzerInfo{
		Name:        Pack,
		DisplayName: "tillit",
		Version:     s.version,
		Description: "Holds a deployment to the promises that its stack declares",
		Provider:    "azure-native",
	}
	for _, rule := range s.gate.Rules() {
		info.Policies = append(info.Policies, policy(rule))
	}
	whole, _ := s.gate.Rule(gate.Witnessed)
	info.Policies = append(info.Policies, policy(whole))
	return info, nil
}

// GetPluginInfo tells the plugin's version.
func (s *Server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: s.version}, nil
}

// Configure refuses a policy configuration, which the pack does not take: one
// that was ignored would be one that somebody relies on.
func (s *Server) Configure(_ context.Context, req *pulumirpc.ConfigureAnalyzerRequest) (*emptypb.Empty, error) {
	if len(req.GetPolicyConfig()) > 0 {
		return nil, status.Error(codes.InvalidArgument, "tillit: the pack takes no policy configuration; accept a violation with tillit:waivers in the stack file")
	}
	return &emptypb.Empty{}, nil
}

// Remediate changes nothing.
func (s *Server) Remediate(context.Context, *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	return &pulumirpc.RemediateResponse{}, nil
}

// Analyze keeps a resource's inputs for the judgement of the whole. In an
// update it refuses the resource when a rule of scope resource is broken by its
// inputs alone.
func (s *Server) Analyze(ctx context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	resource, err := registered(req)
	if err != nil {
		return nil, fault(err)
	}
	s.mu.Lock()
	s.inputs[resource.URN] = resource.Props
	s.mu.Unlock()
	stack, err := s.configured()
	if err != nil {
		return nil, fault(err)
	}
	if stack.dryRun || !s.alone(resource.Type) {
		return &pulumirpc.AnalyzeResponse{}, nil
	}
	result, err := s.judge(ctx, stack, []inventory.Resource{resource})
	if err != nil {
		return nil, fault(err)
	}
	return &pulumirpc.AnalyzeResponse{Diagnostics: s.aloneDiagnostics(result)}, nil
}

// AnalyzeStack judges the whole stack.
func (s *Server) AnalyzeStack(ctx context.Context, req *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	stack, err := s.configured()
	if err != nil {
		return nil, fault(err)
	}
	s.mu.Lock()
	inputs := maps.Clone(s.inputs)
	s.mu.Unlock()
	resources, err := deployed(req.GetResources(), inputs)
	if err != nil {
		return nil, fault(err)
	}
	result, err := s.judge(ctx, stack, resources)
	if err != nil {
		return nil, fault(err)
	}
	return &pulumirpc.AnalyzeResponse{Diagnostics: s.diagnostics(result)}, nil
}

// Cancel aborts what is being judged and ends the plugin.
func (s *Server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.stop()
	return &emptypb.Empty{}, nil
}

func (s *Server) configured() (*stack, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stack == nil {
		return nil, errors.New("the engine did not say which stack is deployed, so its promises are not known")
	}
	return s.stack, nil
}

// judge makes the inventory and has it judged, until the call or the plugin is
// cancelled.
func (s *Server) judge(ctx context.Context, stack *stack, resources []inventory.Resource) (*gate.Result, error) {
	if s.stopped.Err() != nil {
		return nil, errors.New("the engine has cancelled")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()
	inv := &inventory.Inventory{
		Estate:    stack.declaration.Estate,
		Source:    "engine",
		Means:     stack.declaration.Means,
		Resources: resources,
	}
	inventory.Resolve(inv, subscription(stack.subscription, resources))
	return s.gate.Judge(ctx, inv, stack.declaration, s.now())
}

// fault is an error that stops the deployment. It is never Unimplemented, which
// the engine would take for an analyzer that has nothing to say.
func fault(err error) error {
	return status.Errorf(codes.Internal, "tillit could not judge, so nothing may be deployed: %v", err)
}
