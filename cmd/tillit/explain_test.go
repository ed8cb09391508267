package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/explain"
	"github.com/tillit-dev/tillit/internal/inventory"
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
	if rule.Kind != "rule" || rule.Severity != "high" || len(rule.Facts) != 1 || rule.Facts[0].Unit != "rank" {
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
