package limits

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/gate"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/policies"
	"github.com/tillit-dev/tillit/promises"
)

var update = flag.Bool("update", false, "write the golden files")

// What the gate says of a machine and its disk that are promised ten-minute points
// for a week, whatever their backup policy says.
func TestDisksAreRefusedWithTheArithmetic(t *testing.T) {
	inv, d := disks(t)
	g, err := gate.Load(t.Context(), policies.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	result, err := g.Judge(t.Context(), inv, d, clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range result.Promises {
		for _, v := range p.Violations {
			said = append(said, v.Rule+": "+v.Message)
		}
	}
	slices.Sort(said)
	got := strings.Join(slices.Compact(said), "\n") + "\n"
	golden := filepath.Join("testdata", "disks.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the gate says\n%s\nwant\n%s", got, want)
	}
	for _, words := range []string{
		"1008 in all",
		"Azure Disk Backup: one every 1h at most, 450 are kept, which at this pace reach 3d3h back",
		"restore points: one every 20m at most, 500 are kept",
		"cross-region restore: one every 1d12h at most",
		"Standard_RAGRS copies it to northeurope, the pair of westeurope",
	} {
		if !strings.Contains(got, words) {
			t.Errorf("nothing says %q", words)
		}
	}
}

// disks is the machine and its disk, and what is promised of them.
func disks(t *testing.T) (*inventory.Inventory, *promises.Declaration) {
	t.Helper()
	d, err := promises.Load(filepath.Join("testdata", "Pulumi.disks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "disks.arm.json"))
	if err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	inv.Estate, inv.Promises = d.Estate, d.Canonical()
	return inv, d
}
