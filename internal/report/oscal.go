package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/defenseunicorns/go-oscal/src/pkg/uuid"
	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// OSCAL writes assessment results of OSCAL 1.1.3: an observation for every
// finding and for what each rule's witnesses show, a risk for every violation,
// and a finding for every control of ISO/IEC 27001:2022 Annex A that a judged
// promise serves.
//
// A control is satisfied only when every judged promise that serves it is kept.
// One that is waived is not: its risk is an approved deviation. A control that
// only drills or attestations can speak for has no finding.
//
// UUIDs are of version 5 and made from what they name, so that the same thing
// has the same UUID in every run; the document's own follows from the whole
// judgement. The time of the judgement, in UTC and whole seconds, is the only
// value that is not: it is the version, last-modified, start, end and every
// collected.
type OSCAL struct {
	Options
}

// namespace is the one of our properties, and of what UUIDs are made from.
const namespace = "https://github.com/tillit-dev/tillit/oscal"

// Output writes one document.
func (o OSCAL) Output(w io.Writer, result *gate.Result) error {
	whole, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("write oscal: %w", err)
	}
	at := o.Time.UTC().Truncate(time.Second)
	a := &assessment{Options: o.Options, result: result, at: at}
	a.tool = a.uuid("tool")
	plan := oscal.Resource{UUID: a.uuid("plan"), Title: "What the estate declares", Description: "The promises that are judged."}
	if file, ok := o.declared(result, 0); ok {
		plan.Rlinks = &[]oscal.ResourceLink{{Href: (&url.URL{Path: file.file}).String(), MediaType: "application/yaml"}}
	}
	title := "tillit: " + markup(result.Estate)
	document := oscal.OscalModels{AssessmentResults: &oscal.AssessmentResults{
		UUID: a.uuid("document", string(whole)),
		Metadata: oscal.Metadata{
			Title: title, LastModified: at, Version: at.Format(time.RFC3339), OscalVersion: oscal.Version,
		},
		ImportAp:   oscal.ImportAp{Href: "#" + plan.UUID, Remarks: "The declaration of the estate stands for an assessment plan."},
		Results:    []oscal.Result{a.assess(title)},
		BackMatter: &oscal.BackMatter{Resources: &[]oscal.Resource{plan}},
	}}
	return writeJSON(w, "oscal", document)
}

// assessment collects the parts of a result.
type assessment struct {
	Options
	result *gate.Result
	at     time.Time
	tool   string // UUID of the component that is tillit

	items        []oscal.InventoryItem
	known        map[string]bool // URNs among the items
	observations []oscal.Observation
	risks        []oscal.Risk
	evidence     map[promises.ID]*evidence
}

// evidence is what the document has on a promise.
type evidence struct {
	observations []oscal.RelatedObservation
	risks        []oscal.AssociatedRisk
	controls     []string // that its findings name
}

// uuid names a thing of this estate.
func (a *assessment) uuid(parts ...string) string {
	return uuid.NewUUIDWithSource(namespace + "/" + digest(append([]string{a.result.Estate}, parts...)...))
}

func (a *assessment) assess(title string) oscal.Result {
	a.known, a.evidence = map[string]bool{}, map[promises.ID]*evidence{}
	for i := range a.result.Promises {
		a.evidence[a.result.Promises[i].ID] = &evidence{}
		a.witnesses(&a.result.Promises[i])
	}
	for _, f := range findings(a.result, a.Rules) {
		a.finding(f)
	}
	controls, conclusions := a.controls()
	out := oscal.Result{
		UUID: a.uuid("result"), Title: title, Start: a.at, End: &a.at,
		Description: markup("What the estate's design keeps of its promises, as the rules of the policy pack judge it: " + summary(a.result) + "."),
		LocalDefinitions: &oscal.LocalDefinitions{Components: &[]oscal.SystemComponent{{
			UUID: a.tool, Type: "software", Title: "tillit", Description: "The program that judged the estate.",
			Status: oscal.SystemComponentStatus{State: "operational"},
		}}},
		ReviewedControls: oscal.ReviewedControls{ControlSelections: []oscal.AssessedControls{{
			Description: "Controls of ISO/IEC 27001:2022 Annex A that a judged promise serves.", IncludeControls: pointer(controls),
		}}},
		Observations: pointer(a.observations), Risks: pointer(a.risks), Findings: pointer(conclusions), Remarks: a.remarks(),
	}
	out.LocalDefinitions.InventoryItems = pointer(a.items)
	return out
}

// subject makes sure that a resource is among the items and refers to it.
func (a *assessment) subject(urn string) oscal.SubjectReference {
	id := a.uuid("resource", urn)
	if !a.known[urn] {
		a.known[urn] = true
		item := oscal.InventoryItem{UUID: id, Description: markup(urn)}
		item.Props = properties([2]string{"urn", urn})
		a.items = append(a.items, item)
	}
	return oscal.SubjectReference{SubjectUuid: id, Type: "inventory-item"}
}

// observe adds an observation on a promise.
func (a *assessment) observe(id promises.ID, o oscal.Observation) oscal.RelatedObservation {
	o.Methods, o.Types, o.Collected = []string{"TEST"}, &[]string{"finding"}, a.at
	o.Origins = &[]oscal.Origin{{Actors: []oscal.OriginActor{{Type: "tool", ActorUuid: a.tool}}}}
	a.observations = append(a.observations, o)
	related := oscal.RelatedObservation{ObservationUuid: o.UUID}
	e := a.evidence[id]
	e.observations = append(e.observations, related)
	return related
}

// witnesses makes one observation of what each rule's witnesses show.
func (a *assessment) witnesses(p *gate.Promise) {
	for from := 0; from < len(p.Witnesses); {
		rule, to := p.Witnesses[from].Rule, from
		var subjects []oscal.SubjectReference
		for to < len(p.Witnesses) && p.Witnesses[to].Rule == rule {
			subject := a.subject(p.Witnesses[to].URN)
			if !slices.ContainsFunc(subjects, func(s oscal.SubjectReference) bool { return s.SubjectUuid == subject.SubjectUuid }) {
				subjects = append(subjects, subject)
			}
			to++
		}
		a.observe(p.ID, oscal.Observation{
			UUID: a.uuid("witnesses", string(p.ID), rule), Title: markup(fmt.Sprintf("%s: witnesses of %s", p.ID, rule)),
			Description: markup(fmt.Sprintf("%s by the judgement of %s.", count(len(subjects), "resource")+" kept the promise", rule)),
			Subjects:    &subjects,
			Props:       properties([2]string{"promise", string(p.ID)}, [2]string{"rule", rule}, [2]string{"outcome", "witness"}),
		})
		from = to
	}
}

// finding makes an observation of a finding, and of a violation a risk.
func (a *assessment) finding(f finding) {
	outcome := "violation"
	switch {
	case f.unknown:
		outcome = "undetermined"
	case f.accepted != nil:
		outcome = "waived"
	}
	o := oscal.Observation{
		UUID: a.uuid("observation", f.id), Title: markup(fmt.Sprintf("%s: %s of %s", f.promise.ID, outcome, f.Rule)),
		Description: markup(f.Message),
		Props: properties([2]string{"promise", string(f.promise.ID)}, [2]string{"rule", f.Rule}, [2]string{"outcome", outcome},
			[2]string{"property", f.Property}, [2]string{"source", f.Position}),
	}
	if f.URN != "" {
		o.Subjects = &[]oscal.SubjectReference{a.subject(f.URN)}
	}
	related := a.observe(f.promise.ID, o)
	e := a.evidence[f.promise.ID]
	e.controls = append(e.controls, f.Controls...)
	if !f.unknown {
		risk := a.risk(f)
		risk.RelatedObservations = &[]oscal.RelatedObservation{related}
		a.risks = append(a.risks, risk)
		e.risks = append(e.risks, oscal.AssociatedRisk{RiskUuid: risk.UUID})
	}
}

func (a *assessment) risk(f finding) oscal.Risk {
	props := [][2]string{{"severity", string(f.Severity)}, {"controls", strings.Join(f.Controls, " ")}}
	risk := oscal.Risk{
		UUID: a.uuid("risk", f.id), Title: markup(fmt.Sprintf("%s is broken by %s", f.promise.ID, f.Rule)), Status: "open",
		Description: markup(about(f.URN) + ": " + f.Message), Statement: "The estate does not keep what it promises.",
	}
	if f.Remediation != "" {
		risk.Remediations = &[]oscal.Response{{
			UUID: a.uuid("remediation", f.id), Lifecycle: "recommendation", Title: "Fix", Description: markup(f.Remediation),
		}}
	}
	if w := f.accepted; w != nil {
		risk.Status = "deviation-approved"
		risk.Statement = markup("Accepted by a waiver: " + w.Reason)
		if day, err := time.Parse(time.DateOnly, w.Expires); err == nil {
			risk.Deadline = &day
		}
		props = append(props, [2]string{"owner", w.Owner}, [2]string{"ticket", w.Ticket})
	}
	risk.Props = properties(props...)
	return risk
}
