package peers

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/tests/variants"
)

// finding is what all three must agree on. conftest does not name the rule but
// its namespace.
type finding struct{ Rule, URN, Msg string }

func (f finding) String() string { return f.Rule + " " + f.URN + ": " + f.Msg }

func sorted(list []finding) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.String()
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func tool(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(variants.Root(), "bin", "tools", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not built: run make bin/tools/%s", path, name)
	}
	return path
}

func output(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = variants.Root()
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && len(exit.Stderr) == 0 {
		return out // conftest exits 1 when it finds violations
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, exit.Stderr)
	}
	return out
}

func byOPA(t *testing.T, inventory string) []finding {
	t.Helper()
	var doc struct {
		Result []struct {
			Expressions []struct {
				Value []struct{ Rule, URN, Msg string }
			}
		}
	}
	out := output(t, tool(t, "opa"), "eval", "-d", "policies/lib", "-d", "policies/rules", "-d", "policies/data", "-i", inventory, "data.tillit.report.violations")
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	var list []finding
	for _, v := range doc.Result[0].Expressions[0].Value {
		list = append(list, finding(v))
	}
	return list
}

func byConftest(t *testing.T, inventory string) []finding {
	t.Helper()
	var docs []struct {
		Namespace string
		Failures  []struct {
			Msg      string
			Metadata struct{ URN string }
		}
	}
	out := output(t, tool(t, "conftest"), "test", "--all-namespaces", "--output", "json",
		"-p", "policies/lib", "-p", "policies/rules", "-d", "policies/data", inventory)
	if err := json.Unmarshal(out, &docs); err != nil {
		t.Fatal(err)
	}
	var list []finding
	for _, doc := range docs {
		rule := "promise/witnessed"
		if rest, ok := strings.CutPrefix(doc.Namespace, "tillit.rules."); ok {
			rule = strings.ReplaceAll(strings.Replace(rest, ".", "/", 1), "_", "-")
		}
		for _, f := range doc.Failures {
			list = append(list, finding{rule, f.Metadata.URN, f.Msg})
		}
	}
	return list
}

func byGate(t *testing.T, g *gate.Gate, d *promises.Declaration, path string, program pulumi.RunFunc) []finding {
	t.Helper()
	inv, err := variants.Plan(context.Background(), d, program)
	if err != nil {
		t.Fatal(err)
	}
	b, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := g.Judge(context.Background(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	var list []finding
	for _, p := range result.Promises {
		for _, v := range p.Violations {
			list = append(list, finding{v.Rule, v.URN, v.Message})
		}
	}
	return list
}

func TestPeersFindTheSame(t *testing.T) {
	d, err := variants.Declaration("ledger-no")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	all := variants.LedgerNo()
	programs := map[string]pulumi.RunFunc{
		"sound":    variants.Sound(d),
		"empty":    func(*pulumi.Context) error { return nil },
		"missing":  variants.Combined("missing", variants.Of(variants.Missing, all)).Program(d),
		"weakened": variants.Combined("weakened", variants.Of(variants.Weakened, all)).Program(d),
		"bypassed": variants.Combined("bypassed", variants.Of(variants.Bypassed, all)).Program(d),
	}
	compared := map[string]bool{}
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "inventory.json")
			found := byGate(t, g, d, path, program)
			for _, f := range found {
				compared[f.Rule] = true
			}
			want := sorted(found)
			if name == "sound" && len(want) != 0 {
				t.Errorf("the sound estate has violations: %v", want)
			}
			if name != "sound" && len(want) == 0 {
				t.Error("nothing is violated, so nothing is compared")
			}
			if got := sorted(byOPA(t, path)); !slices.Equal(got, want) {
				t.Errorf("opa finds\n%s\nthe gate finds\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if got := sorted(byConftest(t, path)); !slices.Equal(got, want) {
				t.Errorf("conftest finds\n%s\nthe gate finds\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	for _, rule := range g.Rules() {
		if !compared[rule.ID] {
			t.Errorf("%s found nothing to compare", rule.ID)
		}
	}
}
