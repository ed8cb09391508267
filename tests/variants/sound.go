package variants

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/monitor/inline"
	"github.com/tillit-dev/tillit/promises"
	"github.com/tillit-dev/tillit/stacks"
)

// Root is the repository's folder, which tests find their files from.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Declaration reads the declaration of a shipped estate.
func Declaration(estate string) (*promises.Declaration, error) {
	return promises.Load(promises.Path(filepath.Join(Root(), "stacks"), estate))
}

// Sound composes the estate as its declaration says.
func Sound(d *promises.Declaration) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error { return stacks.Estate(ctx, d) }
}

// Plan collects what a program registers, with the promises of d and the rest of
// its stack file.
func Plan(ctx context.Context, d *promises.Declaration, program pulumi.RunFunc) (*inventory.Inventory, error) {
	opts := monitor.Options{Project: "tillit", Stack: d.Estate, Root: Root()}
	var err error
	if opts.Config, opts.SecretKeys, err = monitor.ReadConfig(d.File, opts.Project); err != nil {
		return nil, err
	}
	inv, err := inline.Plan(ctx, opts, program)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	inv.Estate, inv.Promises, inv.Means = d.Estate, d.Canonical(), d.Means
	return inv, nil
}
