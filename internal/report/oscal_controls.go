package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

// controls are those that a judged promise serves, and the conclusion on each.
func (a *assessment) controls() ([]oscal.AssessedControlsSelectControlById, []oscal.Finding) {
	serving, drills := map[string][]*gate.Promise{}, map[string][]string{}
	for i := range a.result.Promises {
		p := &a.result.Promises[i]
		entry, _ := promises.Lookup(p.ID)
		served := slices.Compact(slices.Sorted(slices.Values(slices.Concat(entry.Controls, a.evidence[p.ID].controls))))
		for _, control := range served {
			if p.Verdict == gate.NotJudged {
				drills[control] = append(drills[control], string(p.ID))
				continue
			}
			serving[control] = append(serving[control], p)
		}
	}
	ids := slices.SortedFunc(maps.Keys(serving), compareControls)
	var selected []oscal.AssessedControlsSelectControlById
	var conclusions []oscal.Finding
	for _, id := range ids {
		selected = append(selected, oscal.AssessedControlsSelectControlById{ControlId: id})
		conclusions = append(conclusions, a.conclude(id, serving[id], drills[id]))
	}
	return selected, conclusions
}

// conclude is the finding on a control, from the promises that serve it. Drills
// are the promises that serve it too and that a design cannot show.
func (a *assessment) conclude(control string, served []*gate.Promise, drills []string) oscal.Finding {
	var verdicts []gate.Verdict
	var says []string
	var observations []oscal.RelatedObservation
	var risks []oscal.AssociatedRisk
	for _, p := range served {
		verdicts = append(verdicts, p.Verdict)
		says = append(says, fmt.Sprintf("%s is %s", p.ID, p.Verdict))
		observations = append(observations, a.evidence[p.ID].observations...)
		risks = append(risks, a.evidence[p.ID].risks...)
	}
	status := oscal.ObjectiveStatus{State: "not-satisfied", Reason: "other"}
	switch gate.Worst(verdicts...) {
	case gate.Kept, gate.Attested:
		status = oscal.ObjectiveStatus{State: "satisfied", Reason: "pass"}
	case gate.Broken:
		status.Reason = "fail"
	}
	status.Remarks = strings.Join(says, "; ") + "."
	if len(drills) > 0 {
		status.Remarks += " Not judged here: " + strings.Join(drills, ", ") + "."
	}
	title := promises.Controls()[control]
	return oscal.Finding{
		UUID: a.uuid("control", control), Title: markup(strings.TrimSpace(control + " " + title)),
		Description:         "Whether the estate's design keeps the promises that serve the control.",
		Target:              oscal.FindingTarget{Type: "objective-id", TargetId: control, Status: status},
		RelatedObservations: pointer(observations), RelatedRisks: pointer(risks),
	}
}

// compareControls orders ids such as A.5.9 and A.5.14 by their numbers.
func compareControls(a, b string) int {
	numbers := func(id string) (list []int) {
		for part := range strings.SplitSeq(id, ".") {
			n, _ := strconv.Atoi(part)
			list = append(list, n)
		}
		return list
	}
	if c := slices.Compare(numbers(a), numbers(b)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// remarks name the promises and the resources that the assessment says nothing
// of, and the waivers that have expired, accept nothing or take in too much.
func (a *assessment) remarks() string {
	var promised, lines []string
	for _, p := range a.result.Promises {
		if p.Verdict == gate.NotJudged {
			promised = append(promised, fmt.Sprintf("%s (%s)", p.ID, strings.Join(p.By, " or ")))
		}
		for _, w := range p.Waivers {
			if wrong := shortcoming(&w); wrong != "" {
				lines = append(lines, markup(fmt.Sprintf("%s: %s on %s: %s (owner %s, ticket %s, expires %s).", kind(&w), w.Rule, w.Resource, wrong, w.Owner, w.Ticket, w.Expires)))
			}
		}
	}
	for _, n := range a.result.NotJudged {
		lines = append(lines, markup(notJudged(n)+"."))
	}
	if len(promised) > 0 {
		lines = append([]string{"A design cannot show these promises, which are not judged here: " + strings.Join(promised, ", ") + "."}, lines...)
	}
	return strings.Join(lines, "\n")
}

// properties are those that have a value.
func properties(pairs ...[2]string) *[]oscal.Property {
	var list []oscal.Property
	for _, pair := range pairs {
		if value := strings.TrimSpace(clean(pair[1])); value != "" {
			list = append(list, oscal.Property{Name: pair[0], Value: value, Ns: namespace})
		}
	}
	return pointer(list)
}

// pointer is how the types say a list that may be left out; they must not be
// empty.
func pointer[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

// markup is text for a member that is read as Markdown, where it must not start
// HTML.
func markup(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(clean(s))
}
