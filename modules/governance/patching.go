package governance

import (
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// scaleSetPatching is the built-in policy Require automatic OS image patching on
// Virtual Machine Scale Sets, by its id in
// github.com/Azure/azure-policy/built-in-policies/policyDefinitions/Compute.
const scaleSetPatching = "465f0161-0087-490a-9ad9-ad6217f4f43a"

// patching denies every machine that does not take its security updates from the
// platform, whoever makes it. Azure has such a policy of its own for scale sets
// only. What else an estate is built of is kept up to date by Azure.
func (g *Governance) patching(ctx *pulumi.Context) error {
	name := g.args.Estate + "-machine-patching"
	subscription := "/subscriptions/" + g.args.Subscription
	made, err := authorization.NewPolicyDefinition(ctx, "machine-patching", &authorization.PolicyDefinitionArgs{
		PolicyDefinitionName: pulumi.String(name),
		DisplayName:          pulumi.String("Machines take security updates by themselves (" + g.args.Estate + ")"),
		Description:          pulumi.String("Denies virtual machines whose patch mode is not AutomaticByPlatform."),
		PolicyType:           pulumi.String("Custom"),
		Mode:                 pulumi.String("All"),
		PolicyRule: pulumi.Map{
			"if": pulumi.Map{"allOf": pulumi.Array{
				pulumi.Map{"field": pulumi.String("type"), "equals": pulumi.String("Microsoft.Compute/virtualMachines")},
				unpatched("linux"),
				unpatched("windows"),
			}},
			"then": pulumi.Map{"effect": pulumi.String("deny")},
		},
	}, pulumi.Parent(g))
	if err != nil {
		return err
	}
	own := pulumi.OutputWithDependencies(ctx.Context(), pulumi.String(subscription+"/providers/Microsoft.Authorization/policyDefinitions/"+name).ToStringOutput(), made).(pulumi.StringOutput)
	for _, policy := range []struct {
		name, title string
		definition  pulumi.StringInput
	}{
		{"machine-patching", "Machines take security updates by themselves", own},
		{"scale-set-patching", "Scale sets take security updates by themselves", pulumi.String("/providers/Microsoft.Authorization/policyDefinitions/" + scaleSetPatching)},
	} {
		_, err := authorization.NewPolicyAssignment(ctx, policy.name, &authorization.PolicyAssignmentArgs{
			PolicyAssignmentName: pulumi.String(g.args.Estate + "-" + policy.name),
			DisplayName:          pulumi.String(policy.title + " (" + g.args.Estate + ")"),
			PolicyDefinitionId:   policy.definition.ToStringOutput().ToStringPtrOutput(),
			Scope:                pulumi.String(subscription),
			EnforcementMode:      pulumi.String("Default"),
		}, pulumi.Parent(g))
		if err != nil {
			return err
		}
	}
	return nil
}

// unpatched holds for a machine of the operating system, and for any other, that
// the platform does not update.
func unpatched(system string) pulumi.Map {
	return pulumi.Map{
		"field":     pulumi.String("Microsoft.Compute/virtualMachines/osProfile." + system + "Configuration.patchSettings.patchMode"),
		"notEquals": pulumi.String("AutomaticByPlatform"),
	}
}
