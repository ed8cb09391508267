package analyzer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tillit-dev/tillit/internal/azure"
	"github.com/tillit-dev/tillit/internal/gate"
)

const (
	advisory  = pulumirpc.EnforcementLevel_ADVISORY
	mandatory = pulumirpc.EnforcementLevel_MANDATORY
	disabled  = pulumirpc.EnforcementLevel_DISABLED
	remediate = pulumirpc.EnforcementLevel_REMEDIATE
)

// levels are the enforcement levels of the rules that a policy configuration
// gives another one than mandatory.
type levels map[string]pulumirpc.EnforcementLevel

// of is a rule's level.
func (l levels) of(rule string) pulumirpc.EnforcementLevel {
	if level, set := l[rule]; set {
		return level
	}
	return mandatory
}

// readLevels reads a policy configuration, as --policy-pack-config and Pulumi
// Cloud give it. A name that the pack does not have, a property and whatever
// would leave nothing enforced are errors: a configuration is never ignored. The
// engine gives every policy's level, and hands on the word "all", which it has
// applied already.
func readLevels(g *gate.Gate, config map[string]*pulumirpc.PolicyConfig) (levels, error) {
	if level := config["all"].GetEnforcementLevel(); config["all"] != nil && (level == advisory || level == disabled) {
		return nil, fmt.Errorf("all: not every policy can be %s at once; accept a violation with tillit:waivers in the stack file, or stop declaring the promise", word(level))
	}
	given := levels{}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, name := range slices.Sorted(maps.Keys(config)) {
		level := config[name].GetEnforcementLevel()
		_, known := g.Rule(name)
		switch {
		case len(config[name].GetProperties().GetFields()) > 0:
			fault("%s takes an enforcement level and nothing else", name)
		case name == "all":
		case name == Previewed || name == gate.Witnessed:
			if level == advisory || level == disabled {
				fault("%s is always mandatory", name)
			}
		case !known:
			fault("the pack has no policy %s%s", name, meant(g, name))
		case level != mandatory:
			given[name] = level
		}
	}
	if len(faults) == 0 && !slices.ContainsFunc(g.Rules(), func(r gate.Rule) bool { return given.enforces(r.ID) }) {
		fault("no rule would be enforced; accept a violation with tillit:waivers in the stack file, or stop declaring the promise")
	}
	return given, errors.Join(faults...)
}

// enforces tells whether a violation of the rule stops a deployment.
func (l levels) enforces(rule string) bool {
	return l.of(rule) == mandatory || l.of(rule) == remediate
}

func meant(g *gate.Gate, name string) string {
	var ids []string
	for _, r := range g.Rules() {
		ids = append(ids, r.ID)
	}
	if near := azure.Nearest(name, ids); near != "" {
		return "; the nearest is " + near
	}
	return ""
}

func word(level pulumirpc.EnforcementLevel) string { return strings.ToLower(level.String()) }

// enforcement is what the policy configuration says.
func (s *Server) enforcement() levels {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.levels
}
