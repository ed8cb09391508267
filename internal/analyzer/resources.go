package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/inventory"
)

// providerType begins the type of every provider resource.
const providerType = "pulumi:providers:"

// registered is a resource as its inputs are registered.
func registered(req *pulumirpc.AnalyzeRequest) (inventory.Resource, error) {
	props, err := inventory.Decode(req.GetProperties())
	if err != nil {
		return inventory.Resource{}, fmt.Errorf("%s: %w", req.GetUrn(), err)
	}
	return inventory.Resource{
		URN:      req.GetUrn(),
		Type:     azure.Canonical(req.GetType()),
		Name:     req.GetName(),
		Props:    props,
		Parent:   req.GetOptions().GetParent(),
		Provider: explicit(req.GetProvider().GetUrn()),
		Custom:   req.GetProvider() != nil || strings.HasPrefix(req.GetType(), providerType),
	}, nil
}

// deployed are the resources of the whole stack. The engine gives outputs; what
// they leave out or do not know yet is taken from the inputs seen before, as an
// exported state has both. The engine's own default providers are left out.
func deployed(list []*pulumirpc.AnalyzerResource, inputs map[string]inventory.Resource) ([]inventory.Resource, error) {
	resources := make([]inventory.Resource, 0, len(list))
	for _, r := range list {
		provider := strings.HasPrefix(r.GetType(), providerType)
		if provider && explicit(r.GetUrn()) == "" {
			continue
		}
		outputs, err := inventory.Decode(r.GetProperties())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.GetUrn(), err)
		}
		depends := make(map[string][]string, len(r.GetPropertyDependencies()))
		for property, urns := range r.GetPropertyDependencies() {
			depends[property] = urns.GetUrns()
		}
		resources = append(resources, inventory.Resource{
			URN:               r.GetUrn(),
			Type:              azure.Canonical(r.GetType()),
			Name:              r.GetName(),
			Props:             merge(inputs[r.GetUrn()].Props, outputs),
			Parent:            r.GetParent(),
			Provider:          explicit(r.GetProvider().GetUrn()),
			Custom:            r.GetProvider() != nil || provider,
			DependsOn:         inventory.SortedURNs(r.GetDependencies()),
			PropertyDependsOn: inventory.PropertyDependencies(depends),
		})
	}
	return resources, nil
}

// explicit is the URN of a provider that the program made; empty for the
// engine's default ones.
func explicit(urn string) string {
	return inventory.ProviderURN(urn + "::id")
}

// merge lays outputs over inputs. An output that is not known yet does not hide
// an input that is.
func merge(inputs, outputs map[string]any) map[string]any {
	merged := maps.Clone(inputs)
	if merged == nil {
		merged = map[string]any{}
	}
	for name, output := range outputs {
		if _, there := merged[name]; there && inventory.IsUnknown(output) {
			continue
		}
		merged[name] = output
	}
	return merged
}

// subscription is where the stack is deployed: what its configuration says, or
// else what most of the ids say that its resources hold. Only ids that are not
// known before a deployment are composed with it, so that it has to match those
// that are.
func subscription(configured string, resources []inventory.Resource) string {
	if configured != "" {
		return configured
	}
	seen := map[string]int{}
	for i := range resources {
		count(resources[i].Props, seen)
	}
	best := azure.Subscription
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		if seen[id] > seen[best] {
			best = id
		}
	}
	return best
}

// count counts the subscriptions in the ids that a value holds.
func count(value any, seen map[string]int) {
	switch v := value.(type) {
	case string:
		if rest, ok := strings.CutPrefix(v, "/subscriptions/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			seen[id]++
		}
	case []any:
		for _, e := range v {
			count(e, seen)
		}
	case map[string]any:
		for _, e := range v {
			count(e, seen)
		}
	}
}
