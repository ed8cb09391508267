package report

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/defenseunicorns/go-oscal/src/pkg/validation"
	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/promises"
)

func validateOSCAL(text []byte) error {
	validator, err := validation.NewValidatorDesiredVersion(text, "1.1.3")
	if err != nil {
		return err
	}
	return validator.Validate()
}

func readOSCAL(t *testing.T, text []byte) *oscal.AssessmentResults {
	t.Helper()
	if err := validateOSCAL(text); err != nil {
		t.Errorf("it breaks NIST's schema of OSCAL 1.1.3: %v", err)
	}
	var models oscal.OscalModels
	if err := json.Unmarshal(text, &models); err != nil {
		t.Fatal(err)
	}
	return models.AssessmentResults
}

var uuids = regexp.MustCompile(`"uuid": "([^"]+)"`)

func TestOSCALIsValid(t *testing.T) {
	for name, result := range fixtures() {
		text := written(t, "oscal", options(), result)
		readOSCAL(t, text)
		defined := map[string]bool{}
		for _, m := range uuids.FindAllSubmatch(text, -1) {
			if defined[string(m[1])] {
				t.Errorf("%s: two things have the UUID %s", name, m[1])
			}
			defined[string(m[1])] = true
		}
		for _, m := range regexp.MustCompile(`-uuid": "([^"]+)"`).FindAllSubmatch(text, -1) {
			if !defined[string(m[1])] {
				t.Errorf("%s: nothing has the UUID %s", name, m[1])
			}
		}
		for line := range strings.Lines(string(text)) { // a property's value is no markup
			if strings.Contains(line, "<") && !strings.Contains(line, `"value": `) {
				t.Errorf("%s: markup could start HTML: %s", name, line)
			}
		}
	}
}

// A judgement of nothing but promises for drills has no finding to write, and is
// valid all the same.
func TestOSCALWithoutFindings(t *testing.T) {
	result := everything()
	result.Promises = result.Promises[:1]
	out := readOSCAL(t, written(t, "oscal", options(), result)).Results[0]
	if out.Findings != nil || !strings.Contains(out.Remarks, "assurance.certified-hosting (drill or attestation)") {
		t.Errorf("findings %v, remarks %q", out.Findings, out.Remarks)
	}
}

// The schema check can fail.
func TestOSCALSchemaRefuses(t *testing.T) {
	text := string(written(t, "oscal", options(), everything()))
	for _, broken := range []string{
		strings.Replace(text, `"state": "not-satisfied"`, `"state": "maybe"`, 1),
		strings.Replace(text, `"import-ap"`, `"import-app"`, 1),
	} {
		if validateOSCAL([]byte(broken)) == nil {
			t.Error("what breaks the schema is valid")
		}
	}
}

// UUIDs do not change from run to run, nor those of what stays when something
// else changes.
func TestOSCALUUIDsStay(t *testing.T) {
	ids := func(options Options, result *gate.Result) []string {
		var list []string
		for _, m := range uuids.FindAllStringSubmatch(string(written(t, "oscal", options, result)), -1) {
			list = append(list, m[1])
		}
		return list
	}
	later := options()
	later.Time = later.Time.AddDate(0, 3, 0)
	before := ids(options(), everything())
	if !slices.Equal(before, ids(later, everything())) {
		t.Error("the UUIDs change with the time")
	}
	changed := everything()
	changed.Promises[3].Violations[0].Message = "still too old"
	changed.Promises[3].Violations[0].Position = "moved.go:1"
	after := ids(options(), changed)
	different := 0
	for i := range before {
		if before[i] != after[i] {
			different++
		}
	}
	if len(before) != len(after) || different != 1 {
		t.Errorf("%d of %d UUIDs changed with a message, want the document's only", different, len(before))
	}
}

func TestOSCALControls(t *testing.T) {
	out := readOSCAL(t, written(t, "oscal", options(), everything())).Results[0]
	states := map[string]string{}
	for _, f := range *out.Findings {
		states[f.Target.TargetId] = f.Target.Status.State + " " + f.Target.Status.Reason
	}
	var selected []string
	for _, c := range *out.ReviewedControls.ControlSelections[0].IncludeControls {
		selected = append(selected, c.ControlId)
		if states[c.ControlId] == "" {
			t.Errorf("%s is reviewed and has no finding", c.ControlId)
		}
	}
	if len(selected) != len(states) || !slices.IsSortedFunc(selected, compareControls) {
		t.Errorf("controls %v, findings %v", selected, states)
	}
	for control, want := range map[string]string{
		"A.8.24": "not-satisfied fail", // crypto.transit is broken, crypto.keys waived
		"A.8.13": "satisfied pass",     // backup.interval is kept
		"A.5.14": "not-satisfied fail", // named by the violation
	} {
		if states[control] != want {
			t.Errorf("%s is %q, want %q", control, states[control], want)
		}
	}
	var statuses []string
	for _, risk := range *out.Risks {
		status := risk.Status
		if risk.Deadline != nil {
			status += " " + risk.Deadline.Format("2006-01-02")
		}
		statuses = append(statuses, status)
	}
	if want := []string{"deviation-approved 2024-07-01", "deviation-approved 2024-07-01", "open", "open"}; !slices.Equal(statuses, want) {
		t.Errorf("risks %v, want %v", statuses, want)
	}
}

// A control is satisfied only by promises that are kept.
func TestOSCALConclusion(t *testing.T) {
	a := &assessment{result: &gate.Result{Estate: "e"}, evidence: map[promises.ID]*evidence{"a": {}, "b": {}}}
	for _, test := range []struct {
		a, b          gate.Verdict
		state, reason string
	}{
		{gate.Kept, gate.Kept, "satisfied", "pass"},
		{gate.Kept, gate.Waived, "not-satisfied", "other"},
		{gate.Kept, gate.Undetermined, "not-satisfied", "other"},
		{gate.Broken, gate.Undetermined, "not-satisfied", "fail"},
	} {
		got := a.conclude("A.8.24", []*gate.Promise{{ID: "a", Verdict: test.a}, {ID: "b", Verdict: test.b}}, nil).Target.Status
		if got.State != test.state || got.Reason != test.reason {
			t.Errorf("%s and %s: %s %s, want %s %s", test.a, test.b, got.State, got.Reason, test.state, test.reason)
		}
	}
}
