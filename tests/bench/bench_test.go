package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tillit-dev/tillit/internal/inventory"
)

const root = "../.."

// make has this program make an inventory and end, so that the one that measures
// stays small: see peak.
var (
	makeInto = flag.String("make", "", "make an inventory in this file of the one on standard input, and end")
	makeSize = flag.Int("resources", 1000, "how many resources to make")
	makeWeak = flag.Int("weaken", 0, "weaken every n-th of them")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *makeInto == "" {
		os.Exit(m.Run())
	}
	if err := makeInventory(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func makeInventory() error {
	inv, err := inventory.Read(os.Stdin)
	if err != nil {
		return err
	}
	inv = Multiply(inv, *makeSize, false)
	if *makeWeak > 0 {
		inv = Weaken(inv, *makeWeak)
	}
	text, err := inv.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(*makeInto, text, 0o600)
}

// program is a program of the repository by its path in bin.
func program(tb testing.TB, name string) string {
	tb.Helper()
	path, err := filepath.Abs(filepath.Join(root, "bin", name))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		tb.Fatalf("%s is not built: make bench builds what is measured", path)
	}
	return path
}

// plan writes the plan of ledger-no to a file.
func plan(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "plan.json")
	cmd := exec.Command(program(tb, "tillit"), "plan", "--estate", "ledger-no")
	cmd.Dir = root
	text, err := cmd.Output()
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// estate writes an inventory of n resources, made of a plan, to a file.
func estate(tb testing.TB, plan string, n, weaken int) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "inventory.json")
	from, err := os.Open(plan)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	cmd := exec.Command(os.Args[0], "-make", file, "-resources", strconv.Itoa(n), "-weaken", strconv.Itoa(weaken))
	cmd.Stdin, cmd.Stderr = from, os.Stderr
	if err := cmd.Run(); err != nil {
		tb.Fatal(err)
	}
	return file
}

// checks are the commands that judge an inventory by the same rules, by name.
func checks(tb testing.TB, inventory string) map[string][]string {
	return map[string][]string{
		"tillit": {program(tb, "tillit"), "check", "--input", inventory},
		"opa": {
			program(tb, "tools/opa"), "eval", "-d", "policies/lib", "-d", "policies/rules", "-d", "policies/data",
			"-i", inventory, "data.tillit.report",
		},
		"conftest": {
			program(tb, "tools/conftest"), "test", "--all-namespaces", "-p", "policies/lib", "-p", "policies/rules", "-d", "policies/data", inventory,
		},
	}
}

// Wanted of the gate beside each peer.
const (
	wantedFaster = 5.0
	wantedMemory = 0.5
)

// BenchmarkCheck judges 10,000 resources with the gate and its peers in turn.
func BenchmarkCheck(b *testing.B) {
	for _, c := range []struct {
		name   string
		weaken int
	}{{"kept", 0}, {"broken", 20}} {
		b.Run(c.name, func(b *testing.B) {
			commands := checks(b, estate(b, plan(b), 10_000, c.weaken))
			costs := map[string]*Cost{}
			for b.Loop() {
				for _, name := range []string{"tillit", "opa", "conftest"} {
					run(b, costs, name, commands[name])
				}
			}
			gate := costs["tillit"]
			for _, name := range []string{"opa", "conftest"} {
				peer := costs[name]
				b.ReportMetric(peer.Seconds(), name+"-s/op")
				b.ReportMetric(peer.MB(), name+"-MB")
				b.ReportMetric(peer.Seconds()/gate.Seconds(), name+"-times")
				b.ReportMetric(peer.CPUSeconds()/gate.CPUSeconds(), name+"-times-cpu")
				b.ReportMetric(gate.MB()/peer.MB(), name+"-memory")
				if times := peer.Seconds() / gate.Seconds(); times < wantedFaster {
					b.Logf("%.1f times as fast as %s: less than %.0f", times, name, wantedFaster)
				}
				if part := gate.MB() / peer.MB(); part > wantedMemory {
					b.Logf("%.2f of the memory of %s: more than %.1f", part, name, wantedMemory)
				}
			}
			b.ReportMetric(gate.Seconds(), "tillit-s/op")
			b.ReportMetric(gate.CPUSeconds(), "tillit-cpu-s/op")
			b.ReportMetric(gate.MB(), "tillit-MB")
		})
	}
}

// BenchmarkGrowth judges ever more resources. The cost of one must not grow.
func BenchmarkGrowth(b *testing.B) {
	sizes := []int{1_000, 10_000, 100_000}
	from := plan(b)
	commands := map[string][]string{}
	for _, n := range sizes {
		commands[strconv.Itoa(n)] = checks(b, estate(b, from, n, 0))["tillit"]
	}
	costs := map[string]*Cost{}
	for b.Loop() {
		for _, n := range sizes {
			run(b, costs, strconv.Itoa(n), commands[strconv.Itoa(n)])
		}
	}
	each := func(n int) float64 { return costs[strconv.Itoa(n)].Seconds() / float64(n) * 1e6 }
	for _, n := range sizes {
		b.ReportMetric(each(n), fmt.Sprintf("µs/resource-of-%d", n))
		b.ReportMetric(costs[strconv.Itoa(n)].MB(), fmt.Sprintf("MB-of-%d", n))
	}
	b.ReportMetric(each(100_000)/each(1_000), "growth")
	b.ReportMetric(each(100_000)/each(10_000), "growth-from-10000")
}

func run(b *testing.B, costs map[string]*Cost, name string, command []string) {
	b.Helper()
	if costs[name] == nil {
		costs[name] = &Cost{}
	}
	if err := costs[name].Run(context.Background(), root, command...); err != nil {
		b.Fatal(err)
	}
}
