package documents

import (
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// replicate copies every container to the standby. The policy is made twice:
// first on the destination, where Azure gives it and its rules their ids, then
// with those ids on the source.
//
// What the containers already hold is copied too, which is the meaning of the
// earliest creation time.
func (d *Documents) replicate(ctx *pulumi.Context, from, to *account) error {
	var rules storage.ObjectReplicationPolicyRuleArray
	for _, container := range containers {
		rules = append(rules, storage.ObjectReplicationPolicyRuleArgs{
			SourceContainer:      from.containers[container],
			DestinationContainer: to.containers[container],
			Filters:              storage.ObjectReplicationPolicyFilterArgs{MinCreationTime: pulumi.String("1601-01-01T00:00:00Z")},
		})
	}
	destination, err := storage.NewObjectReplicationPolicy(ctx, to.site.Name("replication", "destination"), &storage.ObjectReplicationPolicyArgs{
		ObjectReplicationPolicyId: pulumi.String("default"),
		AccountName:               site.Known(ctx, to.name, to.resource),
		ResourceGroupName:         to.site.Group,
		SourceAccount:             from.id(ctx),
		DestinationAccount:        to.id(ctx),
		Rules:                     rules,
	}, pulumi.Parent(d))
	if err != nil {
		return err
	}
	_, err = storage.NewObjectReplicationPolicy(ctx, from.site.Name("replication", "source"), &storage.ObjectReplicationPolicyArgs{
		ObjectReplicationPolicyId: destination.PolicyId,
		AccountName:               site.Known(ctx, from.name, from.resource),
		ResourceGroupName:         from.site.Group,
		SourceAccount:             from.id(ctx),
		DestinationAccount:        to.id(ctx),
		Rules:                     destination.Rules.ApplyT(identified).(storage.ObjectReplicationPolicyRuleArrayOutput),
	}, pulumi.Parent(d))
	return err
}

// identified are the destination's rules, with the ids it gave them, as inputs.
func identified(rules []storage.ObjectReplicationPolicyRuleResponse) []storage.ObjectReplicationPolicyRule {
	given := make([]storage.ObjectReplicationPolicyRule, 0, len(rules))
	for _, r := range rules {
		rule := storage.ObjectReplicationPolicyRule{
			RuleId:               r.RuleId,
			SourceContainer:      r.SourceContainer,
			DestinationContainer: r.DestinationContainer,
		}
		if r.Filters != nil {
			rule.Filters = &storage.ObjectReplicationPolicyFilter{MinCreationTime: r.Filters.MinCreationTime, PrefixMatch: r.Filters.PrefixMatch}
		}
		given = append(given, rule)
	}
	return given
}
