package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/report"
	"github.com/tillit-dev/tillit/promises"
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

// diagnostics tells the engine what was found: violations of enforced rules stop
// the deployment; what is not known yet, what is waived and what the policy
// configuration weakens is shown. What a disabled rule found does not count.
func (s *Server) diagnostics(result *gate.Result) []*pulumirpc.AnalyzeDiagnostic {
	list := s.weakened()
	levels := s.enforcement()
	for _, promise := range result.Promises {
		silenced, heard := map[string]bool{}, false
		counts := func(rule string) bool {
			counted := levels.of(rule) != disabled
			heard = heard || counted
			if !counted {
				silenced[rule] = true
			}
			return counted
		}
		advise := func(rule, urn, message string) {
			if counts(rule) {
				list = append(list, s.diagnostic(rule, urn, message, advisory))
			}
		}
		for _, w := range promise.Witnesses {
			counts(w.Rule)
		}
		for _, v := range promise.Violations {
			if counts(v.Rule) {
				list = append(list, s.violation(promise, v, levels))
			}
		}
		for _, f := range promise.Undetermined {
			advise(f.Rule, f.URN, fmt.Sprintf("%s is undetermined: %s", promise.ID, f.Message))
		}
		for _, w := range promise.Waivers {
			switch w.State {
			case gate.Used:
				if w.OverBroad != "" {
					advise(w.Rule, "", fmt.Sprintf("the waiver for %s (%s) is over-broad: %s", w.Resource, w.Ticket, w.OverBroad))
				}
				for _, v := range w.Violations {
					advise(w.Rule, v.URN, fmt.Sprintf("waived until %s by %s, %s (%s): %s", w.Expires, w.Owner, w.Ticket, w.Reason, v.Message))
				}
			case gate.Expired:
				advise(w.Rule, "", fmt.Sprintf("the waiver for %s (%s) expired on %s", w.Resource, w.Ticket, w.Expires))
			case gate.Pending:
				advise(w.Rule, "", fmt.Sprintf("whether the waiver for %s (%s) accepts anything is not known yet", w.Resource, w.Ticket))
			case gate.Orphaned:
				advise(w.Rule, "", fmt.Sprintf("the waiver for %s (%s) accepts nothing any more; remove it", w.Resource, w.Ticket))
			}
		}
		if !heard && len(silenced) > 0 {
			list = append(list, s.diagnostic(gate.Witnessed, "", fmt.Sprintf(
				"%s is broken: nothing shows that it is kept, since the policy configuration disables %s; stop declaring the promise instead",
				promise.ID, strings.Join(slices.Sorted(maps.Keys(silenced)), ", ")), mandatory))
		}
	}
	return list
}

// weakened says which rules the policy configuration does not enforce.
func (s *Server) weakened() []*pulumirpc.AnalyzeDiagnostic {
	var list []*pulumirpc.AnalyzeDiagnostic
	levels := s.enforcement()
	for _, rule := range slices.Sorted(maps.Keys(levels)) {
		switch levels[rule] {
		case advisory:
			list = append(list, s.diagnostic(rule, "", fmt.Sprintf("%s is only advisory, by the policy configuration: what breaks it is deployed", rule), advisory))
		case disabled:
			list = append(list, s.diagnostic(rule, "", fmt.Sprintf("%s is disabled, by the policy configuration: what breaks it is deployed and not shown", rule), advisory))
		}
	}
	return list
}

// aloneDiagnostics are the violations that one resource's inputs are enough
// for.
func (s *Server) aloneDiagnostics(result *gate.Result) []*pulumirpc.AnalyzeDiagnostic {
	var list []*pulumirpc.AnalyzeDiagnostic
	levels := s.enforcement()
	for _, promise := range result.Promises {
		for _, v := range promise.Violations {
			if rule, _ := s.gate.Rule(v.Rule); rule.Alone && levels.of(v.Rule) != disabled {
				list = append(list, s.violation(promise, v, levels))
			}
		}
	}
	return list
}

func (s *Server) violation(promise gate.Promise, v gate.Violation, levels levels) *pulumirpc.AnalyzeDiagnostic {
	level := mandatory // also of a rule whose remedy did not help
	if levels.of(v.Rule) == advisory {
		level = advisory
	}
	message := fmt.Sprintf("%s is broken: %s", promise.ID, report.Explain(v))
	return s.diagnostic(v.Rule, v.URN, message, level)
}

// refusal puts a reason not to go on with an update into words.
func refusal(reason string) string {
	return fmt.Sprintf("%s\n  %-8s %s", reason, "fix", previewed.Remediation)
}

// stops tells whether a diagnostic stops the deployment.
func stops(d *pulumirpc.AnalyzeDiagnostic) bool { return d.GetEnforcementLevel() == mandatory }

// diagnostic without a URN is about the stack, which is where the engine puts
// it.
func (s *Server) diagnostic(id, urn, message string, level pulumirpc.EnforcementLevel) *pulumirpc.AnalyzeDiagnostic {
	rule, _ := s.gate.Rule(id)
	if id == Previewed {
		rule = previewed
	}
	if id == "" {
		id = gate.Witnessed // no rule judges the promise, so nothing shows that it is kept
	}
	return &pulumirpc.AnalyzeDiagnostic{
		PolicyName:        id,
		PolicyPackName:    Pack,
		PolicyPackVersion: s.options.Version,
		Description:       rule.Title,
		Message:           message,
		EnforcementLevel:  level,
		Urn:               urn,
		Severity:          severities[rule.Severity],
	}
}

// previewing says that a preview needs no preview before it.
var previewing = []*pulumirpc.PolicyNotApplicable{{PolicyName: Previewed, Reason: "this is the preview"}}

// notApplicable says which rules do not apply to a stack, and why.
func (s *Server) notApplicable(declaration *promises.Declaration) []*pulumirpc.PolicyNotApplicable {
	var list []*pulumirpc.PolicyNotApplicable
	for _, rule := range s.gate.Rules() {
		if !declaration.Has(rule.Promise) {
			list = append(list, &pulumirpc.PolicyNotApplicable{
				PolicyName: rule.ID, Reason: fmt.Sprintf("the stack does not promise %s", rule.Promise),
			})
		}
	}
	return list
}

// alone tells whether a rule can judge a resource of the type by itself.
func (s *Server) alone(kind string) bool {
	return slices.ContainsFunc(s.gate.Rules(), func(r gate.Rule) bool {
		return r.Alone && slices.Contains(r.Types, kind)
	})
}
