package monitor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// resources is the resource monitor: the service to which a program registers
// its resources. Its methods are called from many goroutines at once.
type resources struct {
	pulumirpc.UnimplementedResourceMonitorServer
	opts    Options
	root    inventory.Root
	logbook *logbook
	changes *transforms

	mu         sync.Mutex
	list       []inventory.Resource
	external   []inventory.Resource
	registered map[string]*structpb.Struct // what each URN's program was told of it
	ids        map[string]string           // by URN
	last       string                      // the URN registered last
	fault      error                       // the first thing that went wrong here
	stack      bool                        // a stack was registered
}

func newResources(opts Options, book *logbook) *resources {
	return &resources{
		opts: opts, root: inventory.NewRoot(opts.Root), logbook: book, changes: newTransforms(),
		registered: map[string]*structpb.Struct{}, ids: map[string]string{},
	}
}

// inventory is what was registered, or why it cannot be relied on.
func (m *resources) inventory(programErr error) (*inventory.Inventory, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fault != nil:
		return nil, m.fault
	case errors.Is(programErr, errTimeLimit) && m.last != "":
		return nil, fmt.Errorf("%w; the last resource it registered is %s", programErr, m.last)
	case programErr != nil:
		return nil, programErr
	case !m.stack:
		return nil, errors.New("the program ended without registering a stack; is it a Pulumi program?")
	}
	inv := &inventory.Inventory{
		Estate: m.opts.Stack, Source: "plan",
		Resources: append([]inventory.Resource{}, m.list...), External: append([]inventory.Resource(nil), m.external...),
	}
	inventory.Resolve(inv, azure.Subscription)
	return inv, nil
}

// fail records the first fault and gives it to the program, which will end with
// an error of its own making.
func (m *resources) fail(code codes.Code, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	m.mu.Lock()
	if m.fault == nil {
		m.fault = err
	}
	m.mu.Unlock()
	return status.Error(code, err.Error())
}

// isFault tells whether a message of the program repeats the fault found here.
func (m *resources) isFault(message string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault != nil && strings.Contains(message, m.fault.Error())
}

// RegisterResource takes in a resource that the program wants and answers with
// what can be known of it beforehand.
func (m *resources) RegisterResource(ctx context.Context, req *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	if req.GetRemote() {
		return nil, m.fail(codes.Unimplemented,
			"the program registers %s %q, a component that a plugin builds; a plan runs no plugins and cannot know what is in it",
			req.GetType(), req.GetName())
	}
	own := req.GetTransforms()
	if err := m.changes.apply(ctx, req); err != nil {
		return nil, m.fail(codes.Unknown, "%w", err)
	}
	resource, err := m.describe(registration{
		token: req.GetType(), name: req.GetName(), parent: req.GetParent(), provider: req.GetProvider(),
		properties: req.GetObject(), custom: req.GetCustom(),
		position: req.GetSourcePosition(), trace: req.GetStackTrace(),
	})
	if err != nil {
		return nil, err
	}
	resource.DependsOn = inventory.SortedURNs(req.GetDependencies())
	raw := make(map[string][]string, len(req.GetPropertyDependencies()))
	for property, deps := range req.GetPropertyDependencies() {
		raw[property] = deps.GetUrns()
	}
	resource.PropertyDependsOn = inventory.PropertyDependencies(raw)
	if resource.Custom {
		resource.ID, _ = azure.ID(req.GetType(), resource.Props, azure.Subscription)
	}
	m.changes.remember(resource.URN, resource.Parent, own)
	state := outputs(req.GetObject(), resource)
	if err := m.add(&m.list, resource, state); err != nil {
		return nil, err
	}
	if resource.Type == stackType {
		m.mu.Lock()
		m.stack = true
		m.mu.Unlock()
	}
	return &pulumirpc.RegisterResourceResponse{Urn: resource.URN, Id: resource.ID, Object: state}, nil
}

// ReadResource takes in a resource that exists already and that the program only
// looks at. What it holds is unknown here, beyond what the program says itself.
func (m *resources) ReadResource(ctx context.Context, req *pulumirpc.ReadResourceRequest) (*pulumirpc.ReadResourceResponse, error) {
	resource, err := m.describe(registration{
		token: req.GetType(), name: req.GetName(), parent: req.GetParent(), provider: req.GetProvider(),
		properties: req.GetProperties(), custom: true,
		position: req.GetSourcePosition(), trace: req.GetStackTrace(),
	})
	if err != nil {
		return nil, err
	}
	resource.DependsOn = inventory.SortedURNs(req.GetDependencies())
	resource.ID = req.GetId()
	state := outputs(req.GetProperties(), resource)
	if resource.Type == stackReferenceType {
		state.Fields["outputs"] = stackOutputs(ctx)
	}
	if err := m.add(&m.external, resource, state); err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResourceResponse{Urn: resource.URN, Properties: state}, nil
}

// registration is what registering and reading a resource have in common.
type registration struct {
	token, name, parent, provider string
	properties                    *structpb.Struct
	custom                        bool
	position                      *pulumirpc.SourcePosition
	trace                         *pulumirpc.StackTrace
}

// describe checks a registration and gives its canonical form.
func (m *resources) describe(r registration) (inventory.Resource, error) {
	if r.token == "" || r.name == "" {
		return inventory.Resource{}, m.fail(codes.InvalidArgument, "the program registers a resource without a type or a name (type %q, name %q)", r.token, r.name)
	}
	if r.parent != "" && !m.has(r.parent) {
		return inventory.Resource{}, m.fail(codes.InvalidArgument, "%s %q has a parent that is not registered: %s", r.token, r.name, r.parent)
	}
	m.logbook.hide(r.properties)
	urn := newURN(m.opts.Stack, m.opts.Project, r.parent, r.token, r.name)
	props, err := inventory.Decode(r.properties)
	if err != nil {
		return inventory.Resource{}, m.fail(codes.InvalidArgument, "%s: %w", urn, err)
	}
	return inventory.Resource{
		URN:      urn,
		Type:     azure.Canonical(r.token),
		Name:     r.name,
		Props:    props,
		Parent:   r.parent,
		Provider: inventory.ProviderURN(r.provider),
		Custom:   r.custom,
		Position: m.root.Position(frames(r.position, r.trace)...),
	}, nil
}

// frames are the places that an SDK tells of a registration, the innermost
// first.
func frames(position *pulumirpc.SourcePosition, trace *pulumirpc.StackTrace) []inventory.Frame {
	list := []inventory.Frame{{URI: position.GetUri(), Line: int(position.GetLine())}}
	for _, frame := range trace.GetFrames() {
		list = append(list, inventory.Frame{URI: frame.GetPc().GetUri(), Line: int(frame.GetPc().GetLine())})
	}
	return list
}

func (m *resources) has(urn string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.registered[urn]
	return ok
}

// add stores a resource. A URN may be registered once, as in the engine.
func (m *resources) add(list *[]inventory.Resource, resource inventory.Resource, state *structpb.Struct) error {
	m.mu.Lock()
	_, duplicate := m.registered[resource.URN]
	if !duplicate {
		m.registered[resource.URN] = state
		m.ids[resource.URN] = resource.ID
		m.last = resource.URN
		*list = append(*list, resource)
	}
	count := len(m.registered)
	m.mu.Unlock()
	if duplicate {
		where := ""
		if resource.Position != "" {
			where = " (" + resource.Position + ")"
		}
		return m.fail(codes.AlreadyExists, "duplicate resource URN %s%s; give one of the two another name", resource.URN, where)
	}
	if m.opts.Progress != nil {
		m.opts.Progress(count)
	}
	return nil
}

// RegisterResourceOutputs takes in the outputs of a component or of the stack,
// which no rule judges; their secrets are noted so that no log shows them.
func (m *resources) RegisterResourceOutputs(_ context.Context, req *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	m.logbook.hide(req.GetOutputs())
	if !m.has(req.GetUrn()) {
		return nil, m.fail(codes.InvalidArgument, "outputs for a resource that is not registered: %s", req.GetUrn())
	}
	return &emptypb.Empty{}, nil
}

// SupportsFeature answers as Pulumi's engine does. Transforms of functions are
// among the features, for otherwise SDKs tell people to update a CLI that is not
// there; registering one is refused with a reason.
func (m *resources) SupportsFeature(_ context.Context, req *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	supported := false
	switch req.GetId() {
	case "secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith",
		"replacementTrigger", "transforms", "invokeTransforms", "parameterization", "resourceHooks", "errorHooks":
		supported = true
	}
	return &pulumirpc.SupportsFeatureResponse{HasSupport: supported}, nil
}

// RegisterStackTransform takes in a function that changes every resource.
func (m *resources) RegisterStackTransform(_ context.Context, callback *pulumirpc.Callback) (*emptypb.Empty, error) {
	m.changes.addStack(callback)
	return &emptypb.Empty{}, nil
}

// RegisterStackInvokeTransform refuses what would change the functions' arguments:
// hardly any function is answered here.
func (m *resources) RegisterStackInvokeTransform(context.Context, *pulumirpc.Callback) (*emptypb.Empty, error) {
	return nil, m.fail(codes.Unimplemented, "the program registers an invoke transform, which a plan cannot run")
}

// RegisterResourceHook accepts a hook. It would run when a resource changes,
// which in a plan none does.
func (m *resources) RegisterResourceHook(context.Context, *pulumirpc.RegisterResourceHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// RegisterErrorHook accepts a hook likewise.
func (m *resources) RegisterErrorHook(context.Context, *pulumirpc.RegisterErrorHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// RegisterPackage accepts a package and refers to it by what tells it apart.
func (m *resources) RegisterPackage(_ context.Context, req *pulumirpc.RegisterPackageRequest) (*pulumirpc.RegisterPackageResponse, error) {
	parts := []string{req.GetName(), req.GetVersion(), req.GetParameterization().GetName(), req.GetParameterization().GetVersion()}
	return &pulumirpc.RegisterPackageResponse{Ref: strings.Join(parts, "@")}, nil
}

// SignalAndWaitForShutdown lets the program end: nothing happens after it.
func (m *resources) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}
