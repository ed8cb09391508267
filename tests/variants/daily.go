package variants

import (
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/sql/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
)

// daily are the broken variants of an estate that promises daily backups, whatever
// the means of its database.
func daily() []Variant {
	const promise, rule = "backup.daily", "backup/daily"
	return []Variant{
		{Promise: promise, Kind: Missing, Name: "nothing is backed up for a month", Rule: rule, declare: without(promise)},
		{Promise: promise, Kind: Weakened, Name: "a week of backups", Rule: rule, edit: func(name string, props pulumi.Input) bool {
			return on("", func(a *dbforpostgresql.ServerArgs) {
				a.Backup = &dbforpostgresql.BackupArgs{BackupRetentionDays: pulumi.Int(7), GeoRedundantBackup: pulumi.String("Enabled")}
			})(name, props) || on("", func(a *sql.BackupShortTermRetentionPolicyArgs) { a.RetentionDays = pulumi.Int(7) })(name, props)
		}},
		{Promise: promise, Kind: Weakened, Name: "a copy of the documents a week", Rule: rule, edit: on("policy-documents", func(a *dataprotection.BackupPolicyArgs) {
			properties := *a.Properties
			properties.PolicyRules = slices.Clone(properties.PolicyRules)
			for i, rule := range properties.PolicyRules {
				if taken, ok := rule.(dataprotection.AzureBackupRuleArgs); ok {
					trigger := *taken.Trigger
					trigger.Schedule = &dataprotection.BackupScheduleArgs{
						RepeatingTimeIntervals: pulumi.ToStringArray([]string{"R/2024-01-07T04:00:00+00:00/P1W"}), TimeZone: pulumi.String("UTC"),
					}
					taken.Trigger = &trigger
					properties.PolicyRules[i] = taken
				}
			}
			a.Properties = &properties
		})},
		{Promise: promise, Kind: Bypassed, Name: "copies of other documents", Rule: rule, edit: on("backup-documents", func(a *dataprotection.BackupInstanceArgs) {
			properties := *a.Properties
			source := *properties.DataSourceInfo
			source.ResourceID = pulumi.String(subscription + "/resourceGroups/rg-side/providers/Microsoft.Storage/storageAccounts/other")
			properties.DataSourceInfo = &source
			a.Properties = &properties
		})},
	}
}
