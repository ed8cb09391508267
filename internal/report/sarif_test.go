package report

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/tillit-dev/tillit/internal/gate"
)

func readSARIF(t *testing.T, text []byte) *sarif.Run {
	t.Helper()
	log, err := sarif.FromBytes(text, sarif.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Errorf("it breaks the schema of SARIF 2.1.0: %v", err)
	}
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	return log.Runs[0]
}

// Every judgement is valid by the OASIS schema, which the library carries, and
// by what the standard asks besides.
func TestSARIFIsValid(t *testing.T) {
	for name, result := range fixtures() {
		text := written(t, "sarif", options(), result)
		run := readSARIF(t, text)
		checkNoNulls(t, text)
		seen := map[string]bool{}
		for _, r := range run.Results {
			if got := *run.Tool.Driver.Rules[r.RuleIndex].ID; got != *r.RuleID {
				t.Errorf("%s: a result of %s points to the rule %s", name, *r.RuleID, got)
			}
			if (r.Kind == "fail") == (r.Level == "none") {
				t.Errorf("%s: kind %s with level %s", name, r.Kind, r.Level)
			}
			print := r.PartialFingerprints["primaryLocationLineHash"]
			if !regexp.MustCompile(`^[0-9a-f]{32}:[1-9][0-9]*$`).MatchString(print) || seen[print] {
				t.Errorf("%s: the fingerprint %q is malformed or there twice", name, print)
			}
			seen[print] = true
			for _, l := range slices.Concat(r.Locations, r.RelatedLocations) {
				if uri := *l.PhysicalLocation.ArtifactLocation.URI; strings.HasPrefix(uri, "/") || strings.Contains(uri, "..") {
					t.Errorf("%s: %s does not lie in the repository", name, uri)
				}
			}
		}
		var raw struct {
			Runs []struct {
				Results []struct{ Suppressions []any }
			}
		}
		if err := json.Unmarshal(text, &raw); err != nil {
			t.Fatal(err)
		}
		for _, r := range raw.Runs[0].Results {
			if r.Suppressions == nil {
				t.Errorf("%s: a result without a list of suppressions", name)
			}
		}
	}
}

// checkNoNulls looks for members that the library would have left null; its
// reading repairs them, so that the schema would not tell.
func checkNoNulls(t *testing.T, text []byte) {
	t.Helper()
	if at := regexp.MustCompile(`"[A-Za-z]+": null`).Find(text); at != nil {
		t.Errorf("the log has %s", at)
	}
}

// The schema check can fail.
func TestSARIFSchemaRefuses(t *testing.T) {
	text := strings.Replace(string(written(t, "sarif", options(), everything())), `"kind": "open"`, `"kind": "maybe"`, 1)
	log, err := sarif.FromBytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if log.Validate() == nil {
		t.Error("a result of kind maybe is valid")
	}
}

func TestSARIFResults(t *testing.T) {
	run := readSARIF(t, written(t, "sarif", options(), everything()))
	type row struct{ rule, kind, level, at, related, suppression string }
	place := func(l *sarif.Location) string {
		if l.PhysicalLocation.Region == nil {
			return *l.PhysicalLocation.ArtifactLocation.URI
		}
		return where("", *l.PhysicalLocation.ArtifactLocation.URI, *l.PhysicalLocation.Region.StartLine)
	}
	var got []row
	for _, r := range run.Results {
		one := row{rule: *r.RuleID, kind: r.Kind, level: r.Level, at: place(r.Locations[0])}
		if len(r.RelatedLocations) > 0 {
			one.related = place(r.RelatedLocations[0])
		}
		if len(r.Suppressions) > 0 {
			one.suppression = *r.Suppressions[0].Justification + " " + place(r.Suppressions[0].Location)
		}
		got = append(got, one)
	}
	const file = "infra/stacks/Pulumi.test.yaml"
	want := []row{
		{"crypto/keys-rotate", "fail", "warning", "infra/modules/keys/keys.go:103", file + ":12", "moved in May (owner ops, ticket T-7, expires 2024-07-01) " + file + ":40"},
		{"crypto/keys-rotate", "fail", "warning", "infra/modules/keys/keys.go:103", file + ":12", "a copy (owner ops, ticket T-6, expires 2024-07-01) " + file + ":43"},
		{"crypto/tls-current", "fail", "error", "infra/modules/documents/documents.go:41", file + ":13", ""},
		{"crypto/tls-current", "open", "none", "infra/new.go:3", file + ":13", ""},
		{"promise/witnessed", "fail", "error", file + ":14", "", ""},
		{"promise/judged", "open", "none", file, "", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("results\n%+v\nwant\n%+v", got, want)
	}
	var ids []string
	for _, r := range run.Tool.Driver.Rules {
		ids = append(ids, *r.ID)
	}
	if want := []string{"crypto/keys-rotate", "crypto/tls-current", gate.Witnessed, judged}; !slices.Equal(ids, want) {
		t.Errorf("rules %v, want %v", ids, want)
	}
	tls := run.Tool.Driver.Rules[1]
	if tags := tls.Properties.Tags; !slices.Equal(tags, []string{"security", "iso27001-2022/A.5.14", "iso27001-2022/A.8.24"}) {
		t.Errorf("tags %v", tags)
	}
	if score := tls.Properties.Properties["security-severity"]; score != "8.0" {
		t.Errorf("security-severity %v", score)
	}
	if !strings.Contains(*tls.Help.Text, "Set the minimum TLS version.") {
		t.Errorf("help %q", *tls.Help.Text)
	}
	if tls.HelpURI == nil || *tls.HelpURI != "https://example.com/rules/crypto/tls-current.md" {
		t.Errorf("help URI %v", tls.HelpURI)
	}
	if own := run.Tool.Driver.Rules[2]; own.HelpURI != nil {
		t.Errorf("the gate's own rule has the page %s", *own.HelpURI)
	}
	if notes := run.Invocations[0].ToolConfigurationNotifications; len(notes) != 4 {
		t.Errorf("%d notifications of an over-broad, an expired, an orphaned and a pending waiver", len(notes))
	}
	if notes := run.Invocations[0].ToolExecutionNotifications; len(notes) != 1 || !strings.Contains(*notes[0].Message.Text, "Microsoft.Quantum") {
		t.Errorf("notifications of what is not judged: %v", notes)
	}
}

// The same finding keeps its identity when its line, its words, its value or the
// rest of the judgement change, and when it is waived; another resource is
// another finding.
func TestIdentity(t *testing.T) {
	id := func(v gate.Violation, more ...gate.Violation) string {
		r := &gate.Result{Estate: "test", Promises: []gate.Promise{{ID: "crypto.transit", Violations: append([]gate.Violation{v}, more...)}}}
		return findings(r, nil)[0].id
	}
	v := gate.Violation{Rule: "crypto/tls-current", URN: "urn:a", Property: "tls", Message: "m", Seen: "1.0", Position: "a.go:1"}
	moved, other := v, v
	moved.Message, moved.Seen, moved.Position, moved.Severity = "n", "1.1", "b.go:99", gate.Low
	other.URN = "urn:b"
	if id(v) != id(moved) || id(v) != id(v, other) {
		t.Error("the identity changed with what does not belong to it")
	}
	if id(v) == id(other) {
		t.Error("two resources have one identity")
	}
	accepted := &gate.Result{Estate: "test", Promises: []gate.Promise{{
		ID: "crypto.transit", Waivers: []gate.Waiver{{State: gate.Used, Rule: v.Rule, Violations: []gate.Violation{v}}},
	}}}
	if got := findings(accepted, nil); len(got) != 1 || got[0].id != id(v) || got[0].accepted == nil {
		t.Errorf("waived: %+v", got)
	}
}
