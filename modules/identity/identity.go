package identity

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/managedidentity"
	"github.com/tillit-dev/tillit/modules/site"
)

// Args name the workloads that get an identity and the groups that get roles.
type Args struct {
	Site      site.Site
	Workloads []string          // such as database, documents, backup, drill, application
	Groups    map[string]string // role to Entra group object id
}

// Workload is the user-assigned identity of one workload.
type Workload struct {
	Name        string
	ID          pulumi.StringOutput // ARM id
	KnownID     pulumi.StringOutput // the same, told before the identity is made
	PrincipalID pulumi.StringOutput // object id in Entra
	ClientID    pulumi.StringOutput
}

// Identity holds one user-assigned identity per workload.
type Identity struct {
	pulumi.ResourceState
	Workloads map[string]Workload
	site      site.Site
}

// New makes the component.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Identity, error) {
	i := &Identity{Workloads: map[string]Workload{}, site: args.Site}
	if err := ctx.RegisterComponentResource("tillit:modules:Identity", name, i, opts...); err != nil {
		return nil, err
	}
	for _, workload := range args.Workloads {
		made, err := managedidentity.NewUserAssignedIdentity(ctx, "identity-"+workload, &managedidentity.UserAssignedIdentityArgs{
			ResourceGroupName: args.Site.Group,
			ResourceName:      pulumi.String(args.Site.Name("id", args.Site.Estate, workload)),
			Location:          pulumi.String(args.Site.Region),
			Tags:              args.Site.Tagged(map[string]string{"purpose": workload}),
		}, pulumi.Parent(i))
		if err != nil {
			return nil, err
		}
		i.Workloads[workload] = Workload{
			Name: workload,
			ID:   made.ID().ToStringOutput(),
			KnownID: pulumi.OutputWithDependencies(ctx.Context(), pulumi.Sprintf(
				"%s/resourceGroups/%s/providers/Microsoft.ManagedIdentity/userAssignedIdentities/%s",
				args.Site.SubscriptionID(), args.Site.Group, args.Site.Name("id", args.Site.Estate, workload),
			), made).(pulumi.StringOutput),
			PrincipalID: made.PrincipalId,
			ClientID:    made.ClientId,
		}
	}
	if err := i.groups(ctx, args.Groups); err != nil {
		return nil, err
	}
	return i, ctx.RegisterResourceOutputs(i, pulumi.Map{})
}
