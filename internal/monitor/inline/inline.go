package inline

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/internal/monitor"
)

// Plan runs a program against a monitor and returns what it registers. A panic
// of the program is an error. When ctx ends first, Plan returns its cause and
// leaves the program to fail by itself, for it cannot be stopped.
func Plan(ctx context.Context, opts monitor.Options, program pulumi.RunFunc) (*inventory.Inventory, error) {
	session, err := monitor.Start(opts)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	done := make(chan error, 1)
	go func() { done <- run(ctx, opts, session.Address(), program) }()
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return session.Inventory(err)
}

func run(ctx context.Context, opts monitor.Options, address string, program pulumi.RunFunc) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the program panicked: %v\n%s", r, debug.Stack())
		}
	}()
	pctx, err := pulumi.NewContext(ctx, pulumi.RunInfo{
		Project: opts.Project, Stack: opts.Stack, Organization: opts.Organization, RootDirectory: opts.Root,
		Config: opts.Config, ConfigSecretKeys: opts.SecretKeys,
		MonitorAddr: address, EngineAddr: address, DryRun: true, Parallel: 16,
	})
	if err != nil {
		return err
	}
	err = pulumi.RunWithContext(pctx, program)
	if closeErr := pctx.Close(); err == nil {
		err = closeErr
	}
	return err
}
