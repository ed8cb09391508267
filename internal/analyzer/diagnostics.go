package analyzer

import (
	"fmt"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/report"
)

var severities = map[gate.Severity]pulumirpc.PolicySeverity{
	gate.Low:      pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW,
	gate.Medium:   pulumirpc.PolicySeverity_POLICY_SEVERITY_MEDIUM,
	gate.High:     pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH,
	gate.Critical: pulumirpc.PolicySeverity_POLICY_SEVERITY_CRITICAL,
}

// policy tells the engine of a rule.
func policy(rule gate.Rule) *pulumirpc.PolicyInfo {
	kind := pulumirpc.PolicyType_POLICY_TYPE_STACK
	if rule.Alone {
		kind = pulumirpc.PolicyType_POLICY_TYPE_RESOURCE
	}
	tags := slices.Clone(rule.Controls)
	if rule.Promise != "" {
		tags = append(tags, string(rule.Promise))
	}
	return &pulumirpc.PolicyInfo{
		Name:             rule.ID,
		DisplayName:      rule.Title,
		Description:      rule.Description,
		Message:          rule.Title,
		EnforcementLevel: pulumirpc.EnforcementLevel_MANDATORY,
		PolicyType:       kind,
		Severity:         severities[rule.Severity],
		Framework: &pulumirpc.PolicyComplianceFramework{
			Name:          "ISO/IEC 27001",
			Version:       "2022",
			Reference:     strings.Join(rule.Controls, ", "),
			Specification: "Annex A",
		},
		Tags:             tags,
		RemediationSteps: rule.Remediation,
	}
}

// diagnostics tells the engine what was found: violations stop the deployment,
// what is not known yet and what is waived is shown.
func (s *Server) diagnostics(result *gate.Result) []*pulumirpc.AnalyzeDiagnostic {
	var list []*pulumirpc.AnalyzeDiagnostic
	advise := func(rule, urn, message string) {
		list = append(list, s.diagnostic(rule, urn, message, pulumirpc.EnforcementLevel_ADVISORY))
	}
	for _, promise := range result.Promises {
		for _, v := range promise.Violations {
			list = append(list, s.violation(promise, v))
		}
		for _, f := range promise.Undetermined {
			advise(f.Rule, f.URN, fmt.Sprintf("%s is undetermined: %s", promise.ID, f.Message))
		}
		for _, w := range promise.Waivers {
			switch w.State {
			case gate.Used:
				for _, v := range w.Violations {
					advise(w.Rule, v.URN, fmt.Sprintf("waived until %s by %s, %s (%s): %s", w.Expires, w.Owner, w.Ticket, w.Reason, v.Message))
				}
			case gate.Expired:
				advise(w.Rule, "", fmt.Sprintf("the waiver for %s (%s) expired on %s", w.Resource, w.Ticket, w.Expires))
			case gate.Orphaned:
				advise(w.Rule, "", fmt.Sprintf("the waiver for %s (%s) accepts nothing any more; remove it", w.Resource, w.Ticket))
			}
		}
	}
	return list
}

// aloneDiagnostics are the violations that one resource's inputs are enough
// for.
func (s *Server) aloneDiagnostics(result *gate.Result) []*pulumirpc.AnalyzeDiagnostic {
	var list []*pulumirpc.AnalyzeDiagnostic
	for _, promise := range result.Promises {
		for _, v := range promise.Violations {
			if rule, _ := s.gate.Rule(v.Rule); rule.Alone {
				list = append(list, s.violation(promise, v))
			}
		}
	}
	return list
}

func (s *Server) violation(promise gate.Promise, v gate.Violation) *pulumirpc.AnalyzeDiagnostic {
	message := fmt.Sprintf("%s is broken: %s", promise.ID, report.Explain(v))
	return s.diagnostic(v.Rule, v.URN, message, pulumirpc.EnforcementLevel_MANDATORY)
}

// diagnostic without a URN is about the stack, which is where the engine puts
// it.
func (s *Server) diagnostic(id, urn, message string, level pulumirpc.EnforcementLevel) *pulumirpc.AnalyzeDiagnostic {
	rule, _ := s.gate.Rule(id)
	if id == "" {
		id = gate.Witnessed // no rule judges the promise, so nothing shows that it is kept
	}
	return &pulumirpc.AnalyzeDiagnostic{
		PolicyName:        id,
		PolicyPackName:    Pack,
		PolicyPackVersion: s.version,
		Description:       rule.Title,
		Message:           message,
		EnforcementLevel:  level,
		Urn:               urn,
		Severity:          severities[rule.Severity],
	}
}

// alone tells whether a rule can judge a resource of the type by itself.
func (s *Server) alone(kind string) bool {
	return slices.ContainsFunc(s.gate.Rules(), func(r gate.Rule) bool {
		return r.Alone && slices.Contains(r.Types, kind)
	})
}
