package identity

import (
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Role is what one task may do, action by action, where no built-in role is as
// narrow.
type Role struct {
	Name        string // in the estate, such as drill-restore
	Does        string // one sentence for whoever meets the role
	Actions     []string
	DataActions []string
}

// Define makes a custom role that can be given anywhere in the subscription and
// returns its id for Assign, and the resource to wait for.
func (i *Identity) Define(ctx *pulumi.Context, role Role) (id string, made pulumi.Resource, err error) {
	id = guid(i.site.Subscription, i.site.Estate, "role", role.Name)
	scope := i.site.SubscriptionID()
	made, err = authorization.NewRoleDefinition(ctx, "role-definition-"+role.Name, &authorization.RoleDefinitionArgs{
		RoleDefinitionId: pulumi.String(id),
		RoleName:         pulumi.String(i.site.Estate + " " + role.Name), // unique in the tenant
		RoleType:         pulumi.String("CustomRole"),
		Description:      pulumi.String(role.Does),
		Scope:            pulumi.String(scope),
		AssignableScopes: pulumi.ToStringArray([]string{scope}),
		Permissions: authorization.PermissionArray{authorization.PermissionArgs{
			Actions:     pulumi.ToStringArray(role.Actions),
			DataActions: pulumi.ToStringArray(role.DataActions),
		}},
	}, pulumi.Parent(i))
	return id, made, err
}
