package drills

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/rights"
	"github.com/tillit-dev/tillit/modules/identity"
)

// permit gives the drills' identity its roles, each where it is needed. A role
// that is needed nowhere is not made.
func (d *Drills) permit(ctx *pulumi.Context) error {
	group := []pulumi.StringInput{d.Workbench}
	onSQL := group
	if len(d.args.SQL) == 0 {
		onSQL = nil
	}
	for _, given := range []struct {
		role   rights.Role
		scopes []pulumi.StringInput
	}{
		{rights.Restore, d.args.Reach},
		{rights.Look, d.args.Look},
		{rights.ReadBlobs, d.args.Blobs},
		{rights.Heartbeat, d.args.Beat},
		{rights.Workbench, group},
		{rights.Join, d.args.Join},
		{rights.SQLRead, d.args.ReadSQL},
		{rights.SQLRestore, d.args.SQL},
		{rights.SQLWorkbench, onSQL},
	} {
		if len(given.scopes) == 0 {
			continue
		}
		if err := d.give(ctx, given.role, given.scopes); err != nil {
			return err
		}
	}
	return nil
}

func (d *Drills) give(ctx *pulumi.Context, role rights.Role, scopes []pulumi.StringInput) error {
	id, made, err := d.args.Identity.Define(ctx, identity.Role(role))
	if err != nil {
		return err
	}
	for i, scope := range scopes {
		// The role has to be there before it can be given.
		after := pulumi.OutputWithDependencies(ctx.Context(), scope.ToStringOutput(), made).(pulumi.StringOutput)
		if err := d.args.Identity.Grant(ctx, fmt.Sprintf("%s-%d", role.Name, i+1), d.workload.PrincipalID, "ServicePrincipal", id, after); err != nil {
			return err
		}
	}
	return nil
}
