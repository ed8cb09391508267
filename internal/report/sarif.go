package report

import (
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/tillit-dev/tillit/internal/gate"
)

// SARIF writes a log of SARIF 2.1.0. A violation is a result at the line that
// registered the resource, with the line that declares the promise beside it. A
// waived violation is suppressed, with the waiver's words. What could not be
// determined is a result of kind "open", the standard's word for it, and so of
// level "none". A waiver that has expired, accepts nothing or takes in too much is
// a notification, and so is a resource that no rule can judge. Nothing in it
// depends on the time: equal judgements give equal bytes.
type SARIF struct {
	Options
}

// The library leaves out empty lists of suppressions, yet the standard asks that
// all results have such a list when one has.
type (
	sarifLog struct {
		*sarif.Report
		Runs []sarifRun `json:"runs"`
	}
	sarifRun struct {
		*sarif.Run
		Results []sarifResult `json:"results"`
	}
	sarifResult struct {
		*sarif.Result
		Suppressions []*sarif.Suppression `json:"suppressions"`
	}
)

// root is the name that SARIF's readers know the repository by.
const root = "%SRCROOT%"

// Output writes one document.
func (s SARIF) Output(w io.Writer, result *gate.Result) error {
	list := findings(result, s.Rules)
	rules, index := s.rules(result, list)
	run := sarif.NewRunWithInformationURI("tillit", "https://github.com/tillit-dev/tillit")
	run.Tool.Driver.Rules = rules
	run.OriginalUriBaseIds = map[string]sarif.ArtifactLocation{
		root: *sarif.NewArtifactLocation().WithDescription(sarif.NewTextMessage("the root of the repository")),
	}
	// Tells the runs for several estates apart; readers group runs by it.
	run.AutomationDetails = sarif.NewRunAutomationDetails().WithID("tillit/" + clean(result.Estate) + "/")
	run.Invocations = []*sarif.Invocation{s.invocation(result)}
	results := make([]sarifResult, 0, len(list))
	for _, f := range list {
		results = append(results, s.result(result, f, index[f.Rule]))
	}
	log := sarifLog{Report: sarif.NewReport(), Runs: []sarifRun{{Run: run, Results: results}}}
	return writeJSON(w, "sarif", log)
}

// levels and scores of the severities. GitHub takes a score above 9 for
// critical, from 7 for high, from 4 for medium and below for low.
var (
	levels = map[gate.Severity]string{
		gate.Critical: sarif.LevelError, gate.High: sarif.LevelError, gate.Medium: sarif.LevelWarning, gate.Low: sarif.LevelNote,
	}
	scores = map[gate.Severity]string{gate.Critical: "9.5", gate.High: "8.0", gate.Medium: "5.5", gate.Low: "2.0"}
)

func level(s gate.Severity) string {
	if l, ok := levels[s]; ok {
		return l
	}
	return sarif.LevelError
}

// rules describes the pack's rules for the promises that are declared, and every
// other that a finding names. The map has their places in the list.
func (s SARIF) rules(result *gate.Result, list []finding) ([]*sarif.ReportingDescriptor, map[string]int) {
	var rules []*sarif.ReportingDescriptor
	index := map[string]int{}
	add := func(r gate.Rule) {
		if _, twice := index[r.ID]; !twice {
			index[r.ID] = len(rules)
			rules = append(rules, s.descriptor(r))
		}
	}
	for _, r := range s.Rules {
		if r.Promise == "" || slices.ContainsFunc(result.Promises, func(p gate.Promise) bool { return p.ID == r.Promise }) {
			add(r)
		}
	}
	for _, f := range list {
		r := gate.Rule{ID: f.Rule, Title: f.Rule, Severity: f.Severity, Remediation: f.Remediation, Controls: f.Controls}
		if f.Rule == judged {
			r = gate.Rule{ID: judged, Title: "Every declared promise is judged by a rule of the pack",
				Remediation: "Add a rule for the promise to the pack, or stop declaring it."}
		}
		add(r)
	}
	return rules, index
}

func (s SARIF) descriptor(r gate.Rule) *sarif.ReportingDescriptor {
	d := sarif.NewReportingDescriptor().WithID(clean(r.ID)).
		WithShortDescription(sarif.NewMultiformatMessageString().WithText(clean(r.Title))).
		WithHelp(help(r))
	if page := s.page(r); page != "" {
		d.WithHelpURI(page)
	}
	if r.Description != "" {
		d.WithFullDescription(sarif.NewMultiformatMessageString().WithText(strings.TrimSpace(r.Description)))
	}
	d.DefaultConfiguration = sarif.NewReportingConfiguration().WithLevel(level(r.Severity))
	d.Properties = sarif.NewPropertyBag().AddTag("security") // without it GitHub does not read the score
	for _, control := range r.Controls {
		d.Properties.AddTag("iso27001-2022/" + clean(control))
	}
	if score, ok := scores[r.Severity]; ok {
		d.Properties.Add("security-severity", score)
	}
	if r.Promise != "" {
		d.Properties.Add("promise", string(r.Promise))
	}
	return d
}

// help says what to do, and what for.
func help(r gate.Rule) *sarif.MultiformatMessageString {
	text, markdown := clean(r.Title), "**"+clean(r.Title)+"**"
	for _, part := range [][2]string{
		{"", strings.TrimSpace(r.Description)},
		{"Fix: ", strings.TrimSpace(r.Remediation)},
		{"Controls of ISO/IEC 27001:2022: ", clean(strings.Join(r.Controls, ", "))},
	} {
		if part[1] != "" {
			text += "\n\n" + part[0] + part[1]
			markdown += "\n\n" + part[0] + part[1]
		}
	}
	return sarif.NewMultiformatMessageString().WithText(text).WithMarkdown(markdown)
}

func (s SARIF) result(judgement *gate.Result, f finding, rule int) sarifResult {
	r := sarif.NewRuleResult(clean(f.Rule)).WithRuleIndex(rule).WithMessage(message(f.text()))
	r.Kind, r.Level = "fail", level(f.Severity)
	if f.unknown {
		r.Kind, r.Level = "open", sarif.LevelNone
	}
	// GitHub reads the first name only, and makes up its own from the lines of
	// the file when it is not there.
	r.PartialFingerprints = map[string]string{"primaryLocationLineHash": f.id, "tillit/v1": f.id}
	where := sarif.NewLocation()
	for i, at := range s.places(judgement, f) {
		if i == 0 {
			where.WithPhysicalLocation(physical(at))
			continue
		}
		r.RelatedLocations = append(r.RelatedLocations, sarif.NewLocation().WithID(i).WithPhysicalLocation(physical(at)).
			WithMessage(message("the promise "+string(f.promise.ID)+" is declared here")))
	}
	if f.URN != "" {
		urn := clean(f.URN)
		where.WithLogicalLocations([]*sarif.LogicalLocation{sarif.NewLogicalLocation().
			WithFullyQualifiedName(urn).WithName(urn[strings.LastIndexByte(urn, ':')+1:]).WithKind("resource")})
	}
	if where.PhysicalLocation != nil || f.URN != "" {
		r.Locations = append(r.Locations, where)
	}
	r.Properties = sarif.NewPropertyBag().Add("promise", string(f.promise.ID))
	if f.Property != "" {
		r.Properties.Add("property", clean(f.Property))
	}
	if f.Position != "" {
		r.Properties.Add("source", clean(f.Position))
	}
	wrapped := sarifResult{Result: r, Suppressions: []*sarif.Suppression{}}
	if w := f.accepted; w != nil {
		suppression := sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(justification(w))
		if at, ok := s.declared(judgement, w.Line); ok {
			suppression.WithLocation(sarif.NewLocation().WithPhysicalLocation(physical(at)))
		}
		wrapped.Suppressions = append(wrapped.Suppressions, suppression)
	}
	return wrapped
}

// invocation says that the judgement came about, and what is wrong with waivers.
func (s SARIF) invocation(result *gate.Result) *sarif.Invocation {
	invocation := sarif.NewInvocation().WithExecutionSuccessful(true)
	for _, p := range result.Promises {
		for _, w := range p.Waivers {
			text := shortcoming(&w)
			if text == "" {
				continue
			}
			n := sarif.NewNotification().WithLevel(sarif.LevelWarning).WithMessage(message(
				"waiver for " + clean(w.Rule) + " on " + clean(w.Resource) + ": " + text + ": " + justification(&w)))
			if at, ok := s.declared(result, w.Line); ok {
				n.Locations = append(n.Locations, sarif.NewLocation().WithPhysicalLocation(physical(at)))
			}
			invocation.ToolConfigurationNotifications = append(invocation.ToolConfigurationNotifications, n)
		}
	}
	for _, n := range result.NotJudged {
		invocation.ToolExecutionNotifications = append(invocation.ToolExecutionNotifications,
			sarif.NewNotification().WithLevel(sarif.LevelWarning).WithMessage(message(notJudged(n))))
	}
	return invocation
}

// physical is a place in the repository.
func physical(at place) *sarif.PhysicalLocation {
	artifact := sarif.NewArtifactLocation().WithURI((&url.URL{Path: at.file}).String()).WithURIBaseID(root)
	location := sarif.NewPhysicalLocation().WithArtifactLocation(artifact)
	if at.line > 0 {
		location.WithRegion(sarif.NewRegion().WithStartLine(at.line))
	}
	return location
}

// message is plain text. What would read as a link is kept from being one.
func message(text string) *sarif.Message {
	return sarif.NewTextMessage(strings.ReplaceAll(text, "](", `\](`))
}
