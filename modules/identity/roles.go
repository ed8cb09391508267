package identity

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Built-in roles that groups get, by their ids in
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
const (
	reader           = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	monitoringReader = "43d0d8ad-25c7-4714-9337-8ba259a9fe05"
	securityReader   = "39bc4728-0917-49c7-9d2c-d95423bc2eb4"
	backupReader     = "a795c7a0-d4a2-40c1-ae25-d81f01202912"
)

// groupRoles are the standing roles of each group. None reaches data.
var groupRoles = map[string][]struct{ name, role string }{
	"operators": {{"monitoring", monitoringReader}, {"backup", backupReader}},
	"databases": {{"backup", backupReader}},
	"security":  {{"security", securityReader}},
	"auditors":  {{"reader", reader}},
}

func (i *Identity) groups(ctx *pulumi.Context, groups map[string]string) error {
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		for _, r := range groupRoles[group] {
			err := i.Grant(ctx, group+"-"+r.name, pulumi.String(groups[group]), "Group", r.role, pulumi.String(i.site.SubscriptionID()))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Grant gives a principal one built-in role on one scope. Kind is
// ServicePrincipal or Group.
func (i *Identity) Grant(ctx *pulumi.Context, name string, principal pulumi.StringInput, kind, roleID string, scope pulumi.StringInput) error {
	_, err := i.Assign(ctx, name, principal, kind, roleID, scope)
	return err
}

// Assign is Grant for a caller that has to wait until the role is there, such
// as an account that is made with a key it must be able to use.
//
// The assignment's name is a GUID made of what identifies it: estate, name and
// role. The principal's id cannot be part of it, since it is not known before
// the identity is made. A principal that is replaced needs a new assignment
// under the old name, so the old one goes first.
func (i *Identity) Assign(ctx *pulumi.Context, name string, principal pulumi.StringInput, kind, roleID string, scope pulumi.StringInput) (pulumi.Resource, error) {
	return authorization.NewRoleAssignment(ctx, "role-"+name, &authorization.RoleAssignmentArgs{
		RoleAssignmentName: pulumi.String(guid(i.site.Subscription, i.site.Estate, name, roleID)),
		RoleDefinitionId:   pulumi.String(i.site.SubscriptionID() + "/providers/Microsoft.Authorization/roleDefinitions/" + roleID),
		PrincipalId:        principal,
		PrincipalType:      pulumi.String(kind),
		Scope:              scope,
	}, pulumi.Parent(i), pulumi.DeleteBeforeReplace(true))
}

// guid makes a UUID of version 8 (RFC 9562) from the parts' hash.
func guid(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
