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
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/tests/bench"
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

func plan(t *testing.T, d *promises.Declaration, program pulumi.RunFunc) *inventory.Inventory {
	t.Helper()
	inv, err := variants.Plan(context.Background(), d, program)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func byGate(t *testing.T, g *gate.Gate, d *promises.Declaration, path string, inv *inventory.Inventory) []finding {
	t.Helper()
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

// one is an inventory and what it is judged by.
type one struct {
	d   *promises.Declaration
	inv *inventory.Inventory
}

// cases are the sound estates, and broken ones in which every rule of the pack
// finds something.
func cases(t *testing.T) map[string]one {
	t.Helper()
	d := declared(t, "ledger-no")
	all := variants.For(d)
	sound := plan(t, d, variants.Sound(d))
	list := map[string]one{
		"sound":    {d, sound},
		"empty":    {d, plan(t, d, func(*pulumi.Context) error { return nil })},
		"missing":  {d, plan(t, d, variants.Combined("missing", variants.Of(variants.Missing, all)).Program(d))},
		"weakened": {d, plan(t, d, variants.Combined("weakened", variants.Of(variants.Weakened, all)).Program(d))},
		"bypassed": {d, plan(t, d, variants.Combined("bypassed", variants.Of(variants.Bypassed, all)).Program(d))},
		// What is measured is what is compared.
		"many sound": {d, bench.Multiply(sound, 1000, false)},
		"many weak":  {d, bench.Weaken(bench.Multiply(sound, 1000, false), 4)},
	}
	for _, estate := range []string{"benchmark-se", "documents-fi", "ledger-fi", "validation-eu"} {
		d := declared(t, estate)
		list[estate+" sound"] = one{d, plan(t, d, variants.Sound(d))}
		list[estate+" broken"] = one{d, plan(t, d, variants.Combined("broken", ofEachRule(variants.For(d))).Program(d))}
	}
	// No estate has machines, so these are Azure's own answer about some.
	limits := filepath.Join(variants.Root(), "tests", "limits", "testdata")
	disks, err := promises.Load(filepath.Join(limits, "Pulumi.disks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.Open(filepath.Join(limits, "disks.arm.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = text.Close() }() // it was only read
	inv, err := inventory.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	inv.Estate, inv.Promises, inv.Means = disks.Estate, disks.Canonical(), disks.Means
	list["machines"] = one{disks, inv}
	return list
}

// ofEachRule picks one variant that each rule of the pack refuses: one that leaves
// everything there, where it can, since what is missing cannot be broken in other
// ways too.
func ofEachRule(all []variants.Variant) []variants.Variant {
	var picked []variants.Variant
	for _, kind := range []variants.Kind{variants.Weakened, variants.Bypassed, variants.Missing} {
		for _, v := range variants.Of(kind, all) {
			if v.Rule != gate.Witnessed && !slices.ContainsFunc(picked, func(p variants.Variant) bool { return p.Rule == v.Rule }) {
				picked = append(picked, v)
			}
		}
	}
	return picked
}

func declared(t *testing.T, estate string) *promises.Declaration {
	t.Helper()
	d, err := variants.Declaration(estate)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPeersFindTheSame(t *testing.T) {
	g, err := gate.Load(context.Background(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{}
	for name, c := range cases(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "inventory.json")
			found := byGate(t, g, c.d, path, c.inv)
			for _, f := range found {
				compared[f.Rule] = true
			}
			want := sorted(found)
			isSound := strings.HasSuffix(name, "sound")
			if isSound && len(want) != 0 {
				t.Errorf("the sound estate has violations: %v", want)
			}
			if !isSound && len(want) == 0 {
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
