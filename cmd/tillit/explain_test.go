package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/report"
)

func explainWith(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := explainCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestExplain(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"a rule": {[]string{"crypto/tls-current"}, []string{
			"Only current TLS is spoken", "crypto.transit: ", "A.8.24 Use of cryptography", "tls_versions: ", "2023-05-01",
			"policies/rules/crypto/tls_current/tls_current.rego", "kept by     documents (tls 1.2)", "found       orders accepts",
		}},
		"a rule on disk": {[]string{"crypto/tls-current", "--policies", "../../policies"}, []string{"../../policies/rules/crypto/tls_current/tls_current.rego"}},
		"a promise":      {[]string{"backup.interval"}, []string{"every: Longest time", "required, such as 10m", "gated: ", "backup/interval: "}},
		"in Norwegian":   {[]string{"backup.interval", "--language", "nb"}, []string{"Parametre", "påkrevd", "målt: "}},
		"in Swedish":     {[]string{"backup.interval", "--language", "sv"}, []string{"Parametrar", "krävs", "mätt: "}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := explainWith(t, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("the page does not say %q:\n%s", want, got)
				}
			}
		})
	}
}

func TestExplainRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"an unknown rule":     {[]string{"crypto/tls"}, "the nearest is crypto/tls-current"},
		"an unknown promise":  {[]string{"backup.retenton"}, "the nearest is backup.retention"},
		"an unknown language": {[]string{"backup.interval", "--language", "fi"}, "use one of en, nb, sv"},
		"no pack":             {[]string{"backup.interval", "--policies", "testdata"}, "not a policy pack"},
		"nothing":             {nil, "accepts 1 arg"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := explainWith(t, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
			if out != "" {
				t.Errorf("it printed %q", out)
			}
			if code := run(append([]string{"explain"}, c.args...)); code != exitCannot {
				t.Errorf("the exit status is %d", code)
			}
		})
	}
}

// The examples of --json are inventories that check judges as the page says.
func TestExplainJSON(t *testing.T) {
	text, err := explainWith(t, "crypto/tls-current", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var rule explain.Rule
	if err := json.Unmarshal([]byte(text), &rule); err != nil {
		t.Fatal(err)
	}
	if rule.Kind != "rule" || rule.Severity != "high" || !slices.ContainsFunc(rule.Facts, func(f gate.Fact) bool { return f.Key == "tls_versions" && f.Unit == "rank" }) {
		t.Errorf("got %+v", rule)
	}
	for want, inv := range map[int]*inventory.Inventory{exitKept: rule.Good.Inventory, exitBroken: rule.Bad.Inventory} {
		encoded, err := inv.Encode()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "inventory.json")
		if err := os.WriteFile(file, encoded, 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run([]string{"check", "--input", file, "--out", filepath.Join(t.TempDir(), "out")}); code != want {
			t.Errorf("check gives %d, want %d", code, want)
		}
	}
	text, err = explainWith(t, "residency.in-country", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var promise explain.Promise
	if err := json.Unmarshal([]byte(text), &promise); err != nil {
		t.Fatal(err)
	}
	if promise.Kind != "promise" || len(promise.Parameters) != 2 || promise.Rules[0].ID != "residency/in-country-copy" {
		t.Errorf("got %+v", promise)
	}
}

// A finding is explained by what check shows of it, as text and as JSON, from a
// file and from a pipe.
func TestExplainFinding(t *testing.T) {
	result := strings.ReplaceAll(earlierResult, "crypto/tls", "crypto/tls-current")
	file := filepath.Join(t.TempDir(), "result.json")
	if err := os.WriteFile(file, []byte(result), 0o600); err != nil {
		t.Fatal(err)
	}
	earlier, err := report.ReadResult(strings.NewReader(result))
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	if err := (report.Text{}).Output(&shown, earlier); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(shown.String(), "finding")
	id := strings.Fields(after)[0]
	got, err := explainWith(t, id, "--result", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"violation " + id, " of crypto.transit", "b is old", "resource urn:pulumi:test::tillit::test:data:Store::b", "Only current TLS is spoken", "tls_versions: "} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, got)
		}
	}
	got, err = explainWith(t, id, "--result", file, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Kind, ID, Outcome, Promise, Rule, URN string
		About                                 struct{ Kind, ID string }
	}
	if err := json.Unmarshal([]byte(got), &told); err != nil || told.Kind != "finding" || !strings.HasPrefix(told.ID, id) || told.Outcome != "violation" ||
		told.Rule != "crypto/tls-current" || told.About.Kind != "rule" || told.About.ID != told.Rule {
		t.Errorf("%v\n%s", err, got)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no result":         {[]string{id}, "name that with --result"},
		"no such result":    {[]string{id, "--result", file + "x"}, "the result: open "},
		"a result not one":  {[]string{id, "--result", "explain_test.go"}, "the result explain_test.go: it is no result"},
		"no such finding":   {[]string{"000000", "--result", file}, "the result of test has no finding 000000"},
		"a rule for result": {[]string{"crypto/tls-current", "--result", file}, `"crypto/tls-current" is not a finding`},
	} {
		if _, err := explainWith(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
