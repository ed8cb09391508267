package variants

import (
	"slices"

	app "github.com/pulumi/pulumi-azure-native-sdk/app/v2/v20240301"
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/promises"
)

// copyJob is the Pulumi name of the job that copies to another provider.
const copyJob = "copy-off-provider"

// offProvider are the broken variants of an estate that promises a copy at an
// independent provider.
func offProvider() []Variant {
	const promise, rule = "backup.off-provider", "backup/off-provider"
	return []Variant{
		{Promise: promise, Kind: Missing, Name: "no copy leaves the cloud", Rule: rule, declare: without(promise)},
		{
			Promise: promise, Kind: Weakened, Name: "a copy a day", Rule: rule,
			edit: on(copyJob, func(a *app.JobArgs) {
				a.Configuration = configured(a, func(c *app.JobConfiguration) {
					c.ScheduleTriggerConfig = &app.JobConfigurationScheduleTriggerConfig{CronExpression: "0 3 * * *"}
				})
			}),
		},
		{
			Promise: promise, Kind: Weakened, Name: "a copy that may be altered from here", Rule: rule,
			edit: on("role-copy-account", func(a *authorization.RoleAssignmentArgs) {
				a.RoleDefinitionId = pulumi.String(subscription + "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe")
			}),
		},
		{
			Promise: promise, Kind: Weakened, Name: "credentials of a program's making", Rule: rule,
			edit: on(copyJob, func(a *app.JobArgs) {
				a.Configuration = configured(a, func(c *app.JobConfiguration) {
					c.Secrets = slices.Clone(c.Secrets)
					for i := range c.Secrets {
						value := "made-up"
						c.Secrets[i].KeyVaultUrl, c.Secrets[i].Value = nil, &value
					}
				})
			}),
		},
		{
			Promise: promise, Kind: Bypassed, Name: "the copy goes to another account of Azure", Rule: rule,
			declare: func(d *promises.Declaration) {
				d.Settings.OffProvider = map[string]string{
					"endpoint": "https://copies.blob.core.windows.net", "bucket": "copies", "region": "northeurope",
				}
			},
		},
		{
			Promise: promise, Kind: Bypassed, Name: "the firewalls let it through to other hosts too", Rule: rule,
			edit: on("", func(a *network.FirewallPolicyRuleCollectionGroupArgs) {
				collections, ok := a.RuleCollections.(pulumi.Array)
				if !ok {
					return
				}
				collections = slices.Clone(collections)
				for i, c := range collections {
					collection, ok := c.(network.FirewallPolicyFilterRuleCollectionArgs)
					if !ok || collection.Name != pulumi.String("egress-copies") {
						continue
					}
					collection.Rules = pulumi.Array{network.ApplicationRuleArgs{
						RuleType:    pulumi.String("ApplicationRule"),
						Name:        pulumi.String("off-provider"),
						TargetFqdns: pulumi.ToStringArray([]string{"s3.provider.example", "files.example"}),
					}}
					collections[i] = collection
				}
				a.RuleCollections = collections
			}),
		},
		{
			Promise: promise, Kind: Bypassed, Name: "a job that copies nothing", Rule: rule,
			edit: on("role-copy-server", func(a *authorization.RoleAssignmentArgs) {
				a.Scope = pulumi.String(subscription + "/resourceGroups/rg-side/providers/Microsoft.DBforPostgreSQL/flexibleServers/other")
			}),
		},
	}
}

// configured is a job's configuration with a change. The SDK has filled in its
// defaults by now, so that it is an output.
func configured(a *app.JobArgs, change func(*app.JobConfiguration)) app.JobConfigurationPtrInput {
	return a.Configuration.ToJobConfigurationPtrOutput().ApplyT(func(c *app.JobConfiguration) *app.JobConfiguration {
		changed := *c
		change(&changed)
		return &changed
	}).(app.JobConfigurationPtrOutput)
}
