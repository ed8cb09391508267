package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/clock"
	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/rehearsal"
	"github.com/tillit-dev/tillit/promises"
)

// BenchmarkPreview previews 1,000 new resources in Pulumi's engine: without an
// analyzer, with one that does nothing, and with the gate.
func BenchmarkPreview(b *testing.B) {
	file, err := os.Open(plan(b))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	inv, err := inventory.Read(file)
	if err != nil {
		b.Fatal(err)
	}
	program := register(Multiply(inv, 1_000, true))
	policies, err := filepath.Abs(filepath.Join(root, "policies"))
	if err != nil {
		b.Fatal(err)
	}
	kinds := []string{"none", "idle", "tillit"}
	engines := map[string]*rehearsal.Rehearsal{
		"none":   start(b, root, ""),
		"idle":   start(b, idle(b), policies),
		"tillit": start(b, root, policies),
	}
	costs := map[string]*Cost{}
	for _, kind := range kinds {
		costs[kind] = &Cost{}
	}
	for b.Loop() {
		for _, kind := range kinds {
			c, begun, used := costs[kind], clock.Now(), children(b)
			result, err := engines[kind].Preview(context.Background(), program)
			if err != nil {
				b.Fatalf("%s: %v\n%+v", kind, err, result.Findings)
			}
			c.Runs, c.Wall, c.CPU = c.Runs+1, c.Wall+clock.Since(begun), c.CPU+children(b)-used
		}
	}
	for _, kind := range kinds {
		b.ReportMetric(costs[kind].Seconds(), kind+"-s/op")
	}
	over := func(kind, base string) {
		b.ReportMetric(100*(costs[kind].Seconds()/costs[base].Seconds()-1), fmt.Sprintf("%%-%s-over-%s", kind, base))
		b.ReportMetric(100*(costs[kind].CPUSeconds()/costs[base].CPUSeconds()-1), fmt.Sprintf("%%-%s-over-%s-cpu", kind, base))
	}
	over("tillit", "idle")
	over("idle", "none")
}

// children is the processor time of the processes started here that have ended:
// the engine's, with its plugins.
func children(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func start(b *testing.B, root, pack string) *rehearsal.Rehearsal {
	b.Helper()
	r, err := rehearsal.Start(context.Background(), rehearsal.Options{
		Estate: "ledger-no", StackFile: promises.Path("../../stacks", "ledger-no"), Root: root, PolicyPack: pack,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := r.Close(); err != nil {
			b.Error(err)
		}
	})
	return r
}

// idle is a folder like the repository's but for the analyzer.
func idle(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"tools", "rehearsal"} {
		at, err := filepath.Abs(filepath.Join(root, "bin", name))
		if err != nil {
			b.Fatal(err)
		}
		if err := os.Symlink(at, filepath.Join(dir, "bin", name)); err != nil {
			b.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "pulumi-analyzer-policy-tillit"), "./idle")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// thing is a resource of any type.
type thing struct{ pulumi.CustomResourceState }

// register is a program that registers what an inventory deploys.
func register(inv *inventory.Inventory) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for i, r := range inv.Resources {
			if !r.Custom {
				continue
			}
			props, _ := input(r.Props).(pulumi.Map)
			if err := ctx.RegisterResource(r.Type, fmt.Sprintf("%s-%d", r.Name, i), props, &thing{}); err != nil {
				return err
			}
		}
		return nil
	}
}

func input(v any) pulumi.Input {
	switch v := v.(type) {
	case string:
		return pulumi.String(v)
	case float64:
		return pulumi.Float64(v)
	case bool:
		return pulumi.Bool(v)
	case []any:
		list := pulumi.Array{}
		for _, e := range v {
			list = append(list, input(e))
		}
		return list
	case map[string]any:
		if inventory.IsUnknown(v) || inventory.IsSecret(v) {
			return pulumi.UnsafeUnknownOutput(nil)
		}
		object := pulumi.Map{}
		for key, e := range v {
			object[key] = input(e)
		}
		return object
	default:
		return nil
	}
}
