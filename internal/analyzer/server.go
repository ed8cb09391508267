package analyzer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// Options are what a server works with beside the gate.
type Options struct {
	Version     string // of the pack
	Fingerprint string // of the pack, from Fingerprint
	Receipts    string // folder for what previews passed; empty when there is none
	Now         func() time.Time
	Limit       time.Duration // of one judgement; five minutes when zero
}

// limit is how long one judgement may take: a hundred times what one of 10,000
// resources does. A rule that does not end must not keep the engine waiting for
// ever.
const limit = 5 * time.Minute

// Server answers the engine's calls for one deployment.
type Server struct {
	pulumirpc.UnimplementedAnalyzerServer

	gate    *gate.Gate
	options Options

	mu         sync.Mutex
	stack      *stack
	levels     levels
	registered map[string]inventory.Resource // by URN, with its inputs
	stop       context.CancelFunc
	stopped    context.Context

	look    sync.Once
	passed  passed
	refusal string // why an update may not rely on what passed
}

var _ pulumirpc.AnalyzerServer = (*Server)(nil)

// subscriptionKey is the configuration of the Azure subscription.
const subscriptionKey = "azure-native:subscriptionId"

// stack is what the engine says of the stack being deployed.
type stack struct {
	name         string // with organization and project
	declaration  *promises.Declaration
	dryRun       bool
	subscription string            // from its configuration; may be empty
	config       map[string]string // what the gate reads
}

// New makes a server that judges by a gate. Judgements stop when ctx ends.
func New(ctx context.Context, g *gate.Gate, options Options) *Server {
	stopped, stop := context.WithCancel(ctx)
	return &Server{
		gate: g, options: options,
		registered: map[string]inventory.Resource{}, stopped: stopped, stop: stop,
	}
}

// Handshake is the engine's first call.
func (s *Server) Handshake(context.Context, *pulumirpc.AnalyzerHandshakeRequest) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

// ConfigureStack reads the promises from the stack's configuration. What cannot
// be read, or is not there, stops the deployment. A preview that begins puts an
// end to what the last one passed.
func (s *Server) ConfigureStack(_ context.Context, req *pulumirpc.AnalyzerStackConfigureRequest) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	configured, err := readStack(req)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "tillit: the stack %s: %v", req.GetStack(), err)
	}
	if configured.dryRun {
		if err := receipts(s.options.Receipts).withdraw(configured.name); err != nil {
			return nil, fault(fmt.Errorf("forget what the last preview passed: %w", err))
		}
	}
	s.mu.Lock()
	s.stack = configured
	s.mu.Unlock()
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

func readStack(req *pulumirpc.AnalyzerStackConfigureRequest) (*stack, error) {
	declaration, err := promises.FromConfig(req.GetStack(), req.GetConfig())
	if err != nil {
		return nil, err
	}
	return &stack{
		name:         fmt.Sprintf("%s/%s/%s", req.GetOrganization(), req.GetProject(), req.GetStack()),
		declaration:  declaration,
		dryRun:       req.GetDryRun(),
		subscription: req.GetConfig()[subscriptionKey],
		config:       judgedBy(req.GetConfig()),
	}, nil
}

// GetAnalyzerInfo lists the rules. A policy configuration may give each another
// enforcement level; a single violation is better accepted by a waiver in the
// stack file, where everybody sees it and until when.
func (s *Server) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	info := &pulumirpc.AnalyzerInfo{
		Name:           Pack,
		DisplayName:    "tillit",
		Version:        s.options.Version,
		SupportsConfig: true,
		Description:    "Holds a deployment to the promises that its stack declares",
		Provider:       "azure-native",
	}
	for _, rule := range s.gate.Rules() {
		info.Policies = append(info.Policies, policy(rule))
	}
	whole, _ := s.gate.Rule(gate.Witnessed)
	info.Policies = append(info.Policies, policy(whole), policy(previewed))
	return info, nil
}

// GetPluginInfo tells the plugin's version.
func (s *Server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: s.options.Version}, nil
}

// Configure reads the policy configuration. One that cannot be followed to the
// letter stops the deployment.
func (s *Server) Configure(_ context.Context, req *pulumirpc.ConfigureAnalyzerRequest) (*emptypb.Empty, error) {
	levels, err := readLevels(s.gate, req.GetPolicyConfig())
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "tillit: the policy configuration: %v", err)
	}
	s.mu.Lock()
	s.levels = levels
	s.mu.Unlock()
	return &emptypb.Empty{}, nil
}

// Remediate sets right what the policy configuration asks for.
func (s *Server) Remediate(ctx context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	resource, err := registered(req)
	if err != nil {
		return nil, fault(err)
	}
	if !s.remediable(resource.Type) {
		return &pulumirpc.RemediateResponse{}, nil
	}
	stack, err := s.configured()
	if err != nil {
		return nil, fault(err)
	}
	if resource.Type == setting {
		remedy, err := s.logging(ctx, stack, resource, req.GetProperties())
		if err != nil {
			return nil, fault(err)
		}
		response := &pulumirpc.RemediateResponse{}
		if remedy != nil {
			response.Remediations = append(response.Remediations, remedy)
		}
		return response, nil
	}
	result, err := s.judge(ctx, stack, []inventory.Resource{resource})
	if err != nil {
		return nil, fault(err)
	}
	return &pulumirpc.RemediateResponse{Remediations: s.remediations(result, resource, req.GetProperties())}, nil
}

// Analyze keeps a resource's inputs for the judgement of the whole. In an
// update it refuses the resource when no preview has passed it, or when a rule
// of scope resource is broken by its inputs alone.
func (s *Server) Analyze(ctx context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	resource, err := registered(req)
	if err != nil {
		return nil, fault(err)
	}
	s.mu.Lock()
	s.registered[resource.URN] = resource
	s.mu.Unlock()
	stack, err := s.configured()
	if err != nil {
		return nil, fault(err)
	}
	if stack.dryRun {
		return &pulumirpc.AnalyzeResponse{NotApplicable: previewing}, nil
	}
	response := &pulumirpc.AnalyzeResponse{}
	reason, err := s.unseen(stack, resource)
	if err != nil {
		return nil, fault(err)
	}
	if reason != "" {
		response.Diagnostics = append(response.Diagnostics, s.diagnostic(Previewed, resource.URN, refusal(reason), mandatory))
	}
	if s.alone(resource.Type) {
		result, err := s.judge(ctx, stack, []inventory.Resource{resource})
		if err != nil {
			return nil, fault(err)
		}
		response.Diagnostics = append(response.Diagnostics, s.aloneDiagnostics(result)...)
	}
	return response, nil
}

// AnalyzeStack judges the whole stack. What a preview passes may be made.
func (s *Server) AnalyzeStack(ctx context.Context, req *pulumirpc.AnalyzeStackRequest) (*pulumirpc.AnalyzeResponse, error) {
	stack, err := s.configured()
	if err != nil {
		return nil, fault(err)
	}
	s.mu.Lock()
	inputs := maps.Clone(s.registered)
	s.mu.Unlock()
	resources, err := deployed(req.GetResources(), inputs)
	if err != nil {
		return nil, fault(err)
	}
	result, err := s.judge(ctx, stack, resources)
	if err != nil {
		return nil, fault(err)
	}
	response := &pulumirpc.AnalyzeResponse{
		Diagnostics:   s.diagnostics(result),
		NotApplicable: s.notApplicable(stack.declaration),
	}
	if stack.dryRun && !slices.ContainsFunc(response.GetDiagnostics(), stops) {
		if err := s.pass(stack, inputs); err != nil {
			response.Diagnostics = append(response.Diagnostics, s.diagnostic(Previewed, "",
				fmt.Sprintf("this preview passed, which could not be recorded, so an update will be refused: %v", err), advisory))
		}
	}
	return response, nil
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
	most := cmp.Or(s.options.Limit, limit)
	ctx, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("it did not end within %v; a rule of the pack takes too long", most))
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()
	inv := &inventory.Inventory{
		Estate:    stack.declaration.Estate,
		Source:    "engine",
		Means:     stack.declaration.Means,
		Resources: resources,
	}
	inventory.Resolve(inv, subscription(stack.subscription, resources))
	result, err := s.gate.Judge(ctx, inv, stack.declaration, s.options.Now())
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return result, err
}

// fault is an error that stops the deployment. It is never Unimplemented, which
// the engine would take for an analyzer that has nothing to say.
func fault(err error) error {
	return status.Errorf(codes.Internal, "tillit could not judge, so nothing may be deployed: %v", err)
}
