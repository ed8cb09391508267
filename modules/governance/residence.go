package governance

import (
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Built-in policy definitions, by their ids in
// github.com/Azure/azure-policy/built-in-policies/policyDefinitions/General.
const (
	allowedLocations      = "e56962a6-4747-49cd-b67b-bf8b01975c4c" // resources
	allowedGroupLocations = "e765b5de-1225-4ba3-bd56-1ac6695af988" // resource groups
)

// residence denies every resource and resource group outside the estate's
// regions, whoever makes it. Global services have no region and pass.
func (g *Governance) residence(ctx *pulumi.Context) error {
	for _, policy := range []struct{ name, definition, title string }{
		{"resource-locations", allowedLocations, "Resources stand in the promised regions"},
		{"group-locations", allowedGroupLocations, "Resource groups stand in the promised regions"},
	} {
		_, err := authorization.NewPolicyAssignment(ctx, policy.name, &authorization.PolicyAssignmentArgs{
			PolicyAssignmentName: pulumi.String(g.args.Estate + "-" + policy.name),
			DisplayName:          pulumi.String(policy.title + " (" + g.args.Estate + ")"),
			PolicyDefinitionId:   pulumi.String("/providers/Microsoft.Authorization/policyDefinitions/" + policy.definition),
			Scope:                pulumi.String("/subscriptions/" + g.args.Subscription),
			EnforcementMode:      pulumi.String("Default"),
			Parameters: authorization.ParameterValuesValueMap{
				"listOfAllowedLocations": authorization.ParameterValuesValueArgs{Value: pulumi.ToStringArray(g.args.Regions)},
			},
		}, pulumi.Parent(g))
		if err != nil {
			return err
		}
	}
	return nil
}
