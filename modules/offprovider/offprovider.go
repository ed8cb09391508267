package offprovider

import (
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/identity"
	"github.com/tillit-dev/tillit/modules/keys"
	"github.com/tillit-dev/tillit/modules/site"
)

// Late is how far behind the copy may be before somebody is told.
const Late = 30 * time.Minute

// Args describe the copy.
type Args struct {
	Site          site.Site
	Place         Place
	Image         string // runbook image
	EnvironmentID pulumi.StringInput
	Keys          *keys.Keys           // the vault that the credentials lie in
	Identity      *identity.Identity   // its workload "copy" runs the job
	Accounts      []pulumi.StringInput // storage accounts to copy
	Servers       []pulumi.StringInput // database servers to copy
}

// OffProvider is the job that copies.
type OffProvider struct {
	pulumi.ResourceState
	args     Args
	workload identity.Workload
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*OffProvider, error) {
	workload, ok := args.Identity.Workloads["copy"]
	if !ok {
		return nil, errors.New(`off-provider copy: there is no identity for the workload "copy"`)
	}
	if args.Image == "" {
		return nil, errors.New("tillit:settings: images: runbook: name the image that makes the promised copy")
	}
	o := &OffProvider{args: args, workload: workload}
	if err := ctx.RegisterComponentResource("tillit:modules:OffProvider", name, o, opts...); err != nil {
		return nil, err
	}
	granted, err := o.permit(ctx)
	if err == nil {
		err = o.job(ctx, granted)
	}
	if err != nil {
		return nil, fmt.Errorf("off-provider copy: %w", err)
	}
	return o, ctx.RegisterResourceOutputs(o, pulumi.Map{})
}
