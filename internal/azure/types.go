package azure

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Prefix begins the token of every type known here.
const Prefix = "azure-native:"

// Subscription and Tenant are the ids that stand for the real ones wherever no
// account is used: in plans and in rehearsals.
const (
	Subscription = "00000000-0000-4000-8000-000000000001"
	Tenant       = "00000000-0000-4000-8000-000000000002"
)

// Type is an azure-native resource type and its place in ARM.
type Type struct {
	Token      string // azure-native:network:Subnet
	ARM        string // Microsoft.Network/virtualNetworks/subnets
	APIVersion string // 2023-02-01
	// Path is the id's pattern. Its placeholders are azure-native's input
	// names: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/...".
	Path string
}

//go:embed types.tsv
var typesTable string

type table struct {
	byToken map[string]Type
	byARM   map[string][]Type // lower-case ARM type
}

var types = sync.OnceValue(func() table {
	t := table{byToken: map[string]Type{}, byARM: map[string][]Type{}}
	for line := range strings.Lines(typesTable) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			continue // the test of the table names such a line
		}
		entry := Type{Token: fields[0], APIVersion: fields[1], Path: fields[2], ARM: armType(fields[2])}
		t.byToken[entry.Token] = entry
		key := strings.ToLower(entry.ARM)
		t.byARM[key] = append(t.byARM[key], entry)
	}
	return t
})

// Canonical drops the API version from a type token: both
// azure-native:sql/v20211101:Server and azure-native:sql:Server give the
// latter. Other tokens are returned as they are.
func Canonical(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0]+":" != Prefix {
		return token
	}
	parts[1], _, _ = strings.Cut(parts[1], "/")
	return strings.Join(parts, ":")
}

// Lookup finds the type of a token, with or without an API version.
func Lookup(token string) (Type, bool) {
	t, ok := types().byToken[Canonical(token)]
	return t, ok
}

// Tokens lists the known types' tokens in order.
func Tokens() []string {
	return slices.Sorted(maps.Keys(types().byToken))
}

// Parse finds the type of an ARM id and the values of its path parameters, by
// azure-native's names. Constant segments are compared without regard to case,
// as ARM does.
func Parse(id string) (Type, map[string]string, bool) {
	candidates := types().byARM[strings.ToLower(TypeOf(id))]
	if len(candidates) == 0 { // a type segment may itself be a parameter, as a DNS record's is
		for _, t := range types().byToken {
			if strings.Contains(t.ARM, "{") {
				candidates = append(candidates, t)
			}
		}
	}
	var best Type
	var values map[string]string
	for _, t := range candidates {
		got, ok := match(t.Path, id)
		// A path with more constants says more: /subscriptions/{subscriptionId}/... before /{scope}/...
		if ok && (values == nil || constants(t.Path) > constants(best.Path)) {
			best, values = t, got
		}
	}
	return best, values, values != nil
}

// ID returns the ARM id that a resource with these inputs gets in a
// subscription. It reports false for an unknown type and when a path parameter
// is absent or not yet known.
func ID(token string, inputs map[string]any, subscription string) (string, bool) {
	t, ok := Lookup(token)
	if !ok {
		return "", false
	}
	id, err := t.ID(inputs, subscription)
	return id, err == nil
}

// ID is as the function ID; its error names the path parameter that stops it.
func (t Type) ID(inputs map[string]any, subscription string) (string, error) {
	segments := strings.Split(strings.Trim(t.Path, "/"), "/")
	for i, segment := range segments {
		name, ok := placeholder(segment)
		if !ok {
			continue
		}
		if name == "subscriptionId" {
			segments[i] = subscription
			continue
		}
		value, ok := inputs[name].(string)
		if i == 0 {
			value = strings.Trim(value, "/")
		} else if strings.Contains(value, "/") {
			return "", fmt.Errorf("%s: %s %q has a slash, so it cannot be part of an id", t.Token, name, value)
		}
		if !ok || value == "" {
			return "", fmt.Errorf("%s: %s is not given, and it is part of the resource's id", t.Token, name)
		}
		segments[i] = value
	}
	return "/" + strings.Join(segments, "/"), nil
}

// PathParameters lists the inputs that make up the id, in order, the ambient
// subscriptionId left out.
func (t Type) PathParameters() []string {
	var names []string
	for segment := range strings.SplitSeq(t.Path, "/") {
		if name, ok := placeholder(segment); ok && name != "subscriptionId" {
			names = append(names, name)
		}
	}
	return names
}

// TypeOf returns the ARM type an id names, such as
// Microsoft.Network/virtualNetworks/subnets; empty for what is no resource.
func TypeOf(id string) string { return armType(id) }

// armType reads the type from an id or from an id's pattern: the namespace after
// the last "providers", then every second segment. Where there is none, the id
// is of a resource group or of a subscription.
func armType(id string) string {
	segments := strings.Split(strings.Trim(id, "/"), "/")
	if _, scope := placeholder(segments[0]); scope {
		segments = segments[1:] // a scope has an even number of segments
	}
	for i := len(segments) - 2; i >= 0; i-- {
		if !strings.EqualFold(segments[i], "providers") || i%2 != 0 {
			continue
		}
		parts := []string{segments[i+1]}
		for j := i + 2; j < len(segments); j += 2 {
			parts = append(parts, segments[j])
		}
		return strings.Join(parts, "/")
	}
	switch {
	case len(segments) == 4 && strings.EqualFold(segments[2], "resourceGroups"):
		return "Microsoft.Resources/resourceGroups"
	case len(segments) == 2 && strings.EqualFold(segments[0], "subscriptions"):
		return "Microsoft.Resources/subscriptions"
	}
	return ""
}

func placeholder(segment string) (string, bool) {
	if !strings.HasPrefix(segment, "{") || !strings.HasSuffix(segment, "}") {
		return "", false
	}
	return segment[1 : len(segment)-1], true
}

func constants(path string) int {
	n := 0
	for segment := range strings.SplitSeq(path, "/") {
		if _, ok := placeholder(segment); !ok {
			n++
		}
	}
	return n
}

// match reads a path's placeholders out of an id. A placeholder in first place
// is a scope and takes as many segments as are left over.
func match(path, id string) (map[string]string, bool) {
	pattern := strings.Split(strings.Trim(path, "/"), "/")
	segments := strings.Split(strings.Trim(id, "/"), "/")
	if len(segments) < len(pattern) {
		return nil, false
	}
	values := map[string]string{}
	extra := len(segments) - len(pattern)
	if name, ok := placeholder(pattern[0]); ok {
		values[name] = "/" + strings.Join(segments[:extra+1], "/")
		pattern, segments = pattern[1:], segments[extra+1:]
	} else if extra != 0 {
		return nil, false
	}
	for i, want := range pattern {
		if name, ok := placeholder(want); ok {
			values[name] = segments[i]
		} else if !strings.EqualFold(want, segments[i]) {
			return nil, false
		}
	}
	return values, true
}
