package variants

import (
	"github.com/pulumi/pulumi-azure-native-sdk/cdn/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
	"github.com/tillit-dev/tillit/modules/azure/security"
	"github.com/tillit-dev/tillit/promises"
)

var watching = []Variant{
	{
		Promise: "continuity.standby", Kind: Missing, Name: "no standby", Rule: "continuity/standby",
		declare: func(d *promises.Declaration) {
			without("continuity.standby")(d)
			without("residency.in-country")(d)
		},
	},
	{
		Promise: "continuity.standby", Kind: Weakened, Name: "a standby that is no replica", Means: "postgres", Rule: "continuity/standby",
		edit: on("", func(a *dbforpostgresql.ServerArgs) {
			a.CreateMode = pulumi.String("Default")
			a.SourceServerResourceId = nil
		}),
	},
	{
		Promise: "continuity.standby", Kind: Bypassed, Name: "documents are not replicated", Rule: "continuity/standby",
		edit: on("", func(a *storage.ObjectReplicationPolicyArgs) { a.Rules = storage.ObjectReplicationPolicyRuleArray{} }),
	},
	{
		Promise: "continuity.monitored", Kind: Missing, Name: "nobody is told", Rule: "continuity/monitored",
		declare: without("continuity.monitored"),
	},
	{
		Promise: "continuity.monitored", Kind: Weakened, Name: "alerts switched off", Rule: "continuity/monitored",
		edit: on("", func(a *insights.ScheduledQueryRuleArgs) { a.Enabled = pulumi.Bool(false) }),
	},
	{
		Promise: "continuity.monitored", Kind: Bypassed, Name: "the action group is off", Rule: "continuity/monitored",
		edit: on("", func(a *insights.ActionGroupArgs) { a.Enabled = pulumi.Bool(false) }),
	},
	{
		Promise: "log.traceable", Kind: Missing, Name: "no logs", Rule: "log/activity-log",
		declare: without("log.traceable"),
	},
	{
		Promise: "log.traceable", Kind: Weakened, Name: "logs kept thirty days", Rule: "log/kept-long-enough",
		edit: on("", func(a *operationalinsights.WorkspaceArgs) { a.RetentionInDays = pulumi.Int(30) }),
	},
	{
		Promise: "log.traceable", Kind: Bypassed, Name: "settings that send nothing", Rule: "log/everything-diagnosed",
		edit: on("", func(a *insights.DiagnosticSettingArgs) { a.Logs = insights.LogSettingsArray{} }),
	},
	{
		Promise: "log.tamper-proof", Kind: Missing, Name: "no archive", Rule: "log/tamper-proof",
		declare: without("log.tamper-proof"),
	},
	{
		Promise: "log.tamper-proof", Kind: Weakened, Name: "immutability not locked", Rule: "log/tamper-proof",
		edit: on("", func(a *storage.StorageAccountArgs) {
			if a.ImmutableStorageWithVersioning != nil {
				a.ImmutableStorageWithVersioning = storage.ImmutableStorageAccountArgs{
					Enabled: pulumi.Bool(true),
					ImmutabilityPolicy: storage.AccountImmutabilityPolicyPropertiesArgs{
						State: pulumi.String("Unlocked"), ImmutabilityPeriodSinceCreationInDays: pulumi.Int(366), AllowProtectedAppendWrites: pulumi.Bool(true),
					},
				}
			}
		}),
	},
	{
		Promise: "log.tamper-proof", Kind: Bypassed, Name: "settings that miss the archive", Rule: "log/tamper-proof",
		edit: on("", func(a *insights.DiagnosticSettingArgs) { a.StorageAccountId = nil }),
	},
	{
		Promise: "log.tamper-proof", Kind: Bypassed, Name: "an archive that is replicated", Rule: "log/tamper-proof",
		edit: replicated(),
	},
	{
		Promise: "assurance.scan", Kind: Missing, Name: "no scans", Rule: "assurance/scan",
		declare: without("assurance.scan"),
	},
	{
		Promise: "assurance.scan", Kind: Weakened, Name: "the free tier", Rule: "assurance/scan",
		edit: on("", func(a *security.PricingArgs) { a.PricingTier = pulumi.String("Free") }),
	},
	{
		Promise: "assurance.scan", Kind: Bypassed, Name: "storage left out", Rule: "assurance/scan",
		edit: on("Storage", func(a *security.PricingArgs) { a.PricingTier = pulumi.String("Free") }),
	},
	{
		Promise: "assurance.disclosure", Kind: Missing, Name: "no security.txt", Rule: "assurance/disclosure",
		declare: without("assurance.disclosure"),
	},
	{
		Promise: "assurance.disclosure", Kind: Weakened, Name: "another address than promised", Rule: "assurance/disclosure",
		declare: with("assurance.disclosure", "url", func(v *promises.Value) { v.Text = "https://elsewhere.example/security.txt" }),
	},
	{
		Promise: "assurance.disclosure", Kind: Bypassed, Name: "the route does not use the rule", Rule: "assurance/disclosure",
		edit: on("", func(a *cdn.RouteArgs) { a.RuleSets = cdn.ResourceReferenceArray{} }),
	},
}

// replicated puts the policies that replicate documents on an archive of logs.
func replicated() func(string, pulumi.Input) bool {
	var archive pulumi.StringInput
	return func(name string, props pulumi.Input) bool {
		switch args := props.(type) {
		case *storage.StorageAccountArgs:
			if name, known := args.AccountName.(pulumi.String); known && args.ImmutableStorageWithVersioning != nil && archive == nil {
				archive = name
			}
		case *storage.ObjectReplicationPolicyArgs:
			args.AccountName = archive
			return true
		}
		return false
	}
}
