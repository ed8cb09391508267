package watch

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// alarm is a query over the logs that is run on schedule.
type alarm struct {
	name     string
	says     string
	severity float64 // 0 critical to 4 verbose
	query    string
	silence  bool   // fires when the query finds nothing; otherwise when it finds something
	of       string // what the alarm is about, where an estate may be without it
	window   string // what the query looks at, ISO 8601
	every    string // how often
}

// eventful are the alarms on things that happened. Their queries name the
// tables that the estate's diagnostics fill.
var eventful = []alarm{
	{
		name: "backup-failed", says: "A backup or a restore failed.", severity: 1,
		query:  `AddonAzureBackupJobs | where JobStatus == "Failed"`,
		window: "PT1H", every: "PT15M",
	},
	{
		name: "drill-failed", says: "A drill failed or missed its objective.", severity: 1, of: "drills",
		query: `ContainerAppConsoleLogs | extend report = parse_json(Log)` +
			` | where tostring(report.event) == "drill-finished" and tostring(report.result) != "passed"`,
		window: "PT1H", every: "PT15M",
	},
	{
		name: "firewall-hit", says: "A firewall recognised an intrusion or a known bad address.", severity: 1,
		query:  `union isfuzzy=true AZFWIdpsSignature, AZFWThreatIntel`,
		window: "PT15M", every: "PT5M",
	},
	{
		name: "waf-hit", says: "The web application firewall blocked a request.", severity: 2, of: "web",
		query:  `AzureDiagnostics | where Category == "FrontDoorWebApplicationFirewallLog" and action_s == "Block"`,
		window: "PT15M", every: "PT5M",
	},
	{
		name: "key-access", says: "Use of a key was refused, or a key or vault was deleted or changed.", severity: 1, of: "keys",
		query: `AZKVAuditLogs | where HttpStatusCode in (401, 403)` +
			` or OperationName in ("KeyDelete", "KeyPurge", "KeyUpdate", "KeyImport", "VaultDelete", "VaultPatch")`,
		window: "PT15M", every: "PT5M",
	},
}

// silent are the alarms on things that did not happen. A query reaches two days
// back at most, so drills cannot be searched for directly: the heartbeat job
// keeps reporting how long ago the drill that is longest overdue last passed, and
// the alarm fires when no report in a day says that this is recent enough.
func (w *Watch) silent() []alarm {
	alarms := []alarm{{
		name: "backup-late", says: "No backup has finished for a day.", severity: 1, silence: true,
		query:  `AddonAzureBackupJobs | where JobOperation == "Backup" and JobStatus == "Completed"`,
		window: "P1D", every: "PT1H",
	}}
	if w.args.MaxDrillAge > 0 {
		alarms = append(alarms, alarm{
			name: "drill-late", says: "A drill has not passed for longer than promised, or nothing reports on drills.", severity: 1, silence: true,
			query: fmt.Sprintf(`ContainerAppConsoleLogs | extend report = parse_json(Log)`+
				` | where tostring(report.event) == "drills-age" and tolong(report.oldestSeconds) <= %d`, int64(w.args.MaxDrillAge.Seconds())),
			window: "P1D", every: "PT1H",
		})
	}
	if w.args.MaxCopyLag > 0 {
		alarms = append(alarms, alarm{
			name: "copy-late", says: "The copy at another provider lags behind, or nothing reports on it.", severity: 1, silence: true,
			query: fmt.Sprintf(`ContainerAppConsoleLogs | extend report = parse_json(Log)`+
				` | where tostring(report.event) == "copy-finished" and tolong(report.lagSeconds) <= %d`, int64(w.args.MaxCopyLag.Seconds())),
			window: "PT30M", every: "PT5M",
		})
	}
	return alarms
}

func (w *Watch) alarms(ctx *pulumi.Context) error {
	home := w.home()
	short := home.Estate
	if len(short) > 12 { // Azure's limit
		short = short[:12]
	}
	group, err := insights.NewActionGroup(ctx, "action-group", &insights.ActionGroupArgs{
		ActionGroupName:   pulumi.String("alarm-" + home.Estate),
		ResourceGroupName: home.Group,
		Location:          pulumi.String("Global"),
		GroupShortName:    pulumi.String(short),
		Enabled:           pulumi.Bool(true),
		EmailReceivers: insights.EmailReceiverArray{insights.EmailReceiverArgs{
			Name:                 pulumi.String("contact"),
			EmailAddress:         pulumi.String(w.args.Contact),
			UseCommonAlertSchema: pulumi.Bool(true),
		}},
		Tags: home.Tags,
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	w.ActionGroupID = group.ID().ToStringOutput()
	there := map[string]bool{"": true, "drills": w.args.MaxDrillAge > 0, "web": w.args.Web, "keys": w.args.Vaults}
	for _, a := range append(w.silent(), eventful...) {
		if !there[a.of] {
			continue
		}
		if err := w.query(ctx, a); err != nil {
			return err
		}
	}
	return w.events(ctx)
}

func (w *Watch) query(ctx *pulumi.Context, a alarm) error {
	home := w.home()
	operator, threshold := "GreaterThan", 0.0
	if a.silence {
		operator, threshold = "LessThan", 1
	}
	_, err := insights.NewScheduledQueryRule(ctx, "alarm-"+a.name, &insights.ScheduledQueryRuleArgs{
		RuleName:            pulumi.String("alarm-" + a.name),
		ResourceGroupName:   home.Group,
		Location:            pulumi.String(home.Region),
		Kind:                pulumi.String("LogAlert"),
		DisplayName:         pulumi.String(a.name + " (" + home.Estate + ")"),
		Description:         pulumi.String(a.says),
		Severity:            pulumi.Float64(a.severity),
		Enabled:             pulumi.Bool(true),
		Scopes:              pulumi.StringArray{w.WorkspaceID},
		EvaluationFrequency: pulumi.String(a.every),
		WindowSize:          pulumi.String(a.window),
		// A table exists only once something was logged to it.
		SkipQueryValidation: pulumi.Bool(true),
		AutoMitigate:        pulumi.Bool(a.silence),
		Criteria: insights.ScheduledQueryRuleCriteriaArgs{AllOf: insights.ConditionArray{insights.ConditionArgs{
			Query:           pulumi.String(a.query),
			TimeAggregation: pulumi.String("Count"),
			Operator:        pulumi.String(operator),
			Threshold:       pulumi.Float64(threshold),
			FailingPeriods: insights.ConditionFailingPeriodsArgs{
				NumberOfEvaluationPeriods: pulumi.Float64(1),
				MinFailingPeriodsToAlert:  pulumi.Float64(1),
			},
		}}},
		Actions: insights.ActionsArgs{ActionGroups: pulumi.StringArray{w.ActionGroupID}},
		Tags:    home.Tags,
	}, pulumi.Parent(w))
	return err
}

// guards are the operations that take a protection away.
var guards = []string{
	"Microsoft.Authorization/locks/delete",
	"Microsoft.Authorization/policyAssignments/delete",
	"Microsoft.Cdn/profiles/securityPolicies/delete",
	"Microsoft.DataProtection/backupVaults/delete",
	"Microsoft.Insights/diagnosticSettings/delete",
	"Microsoft.KeyVault/vaults/delete",
	"Microsoft.Network/azureFirewalls/delete",
	"Microsoft.Network/firewallPolicies/delete",
	"Microsoft.RecoveryServices/vaults/delete",
}

// events are alarms on the activity log itself, which need no workspace.
func (w *Watch) events(ctx *pulumi.Context) error {
	var removed insights.AlertRuleLeafConditionArray
	for _, operation := range guards {
		removed = append(removed, insights.AlertRuleLeafConditionArgs{Field: pulumi.String("operationName"), Equals: pulumi.String(operation)})
	}
	category := func(name string) insights.AlertRuleAnyOfOrLeafConditionArgs {
		return insights.AlertRuleAnyOfOrLeafConditionArgs{Field: pulumi.String("category"), Equals: pulumi.String(name)}
	}
	for _, e := range []struct {
		name, says string
		when       insights.AlertRuleAnyOfOrLeafConditionArray
	}{
		{"guard-removed", "A lock, policy, log, firewall or vault was deleted.", insights.AlertRuleAnyOfOrLeafConditionArray{
			category("Administrative"), insights.AlertRuleAnyOfOrLeafConditionArgs{AnyOf: removed},
		}},
		{"platform-trouble", "Azure reports an incident that touches the estate.", insights.AlertRuleAnyOfOrLeafConditionArray{
			category("ServiceHealth"),
		}},
	} {
		_, err := insights.NewActivityLogAlert(ctx, "alarm-"+e.name, &insights.ActivityLogAlertArgs{
			ActivityLogAlertName: pulumi.String("alarm-" + e.name),
			ResourceGroupName:    w.home().Group,
			Location:             pulumi.String("Global"),
			Description:          pulumi.String(e.says),
			Enabled:              pulumi.Bool(true),
			Scopes:               pulumi.StringArray{pulumi.String(w.home().SubscriptionID())},
			Condition:            insights.AlertRuleAllOfConditionArgs{AllOf: e.when},
			Actions: insights.ActionListArgs{ActionGroups: insights.ActionGroupTypeArray{
				insights.ActionGroupTypeArgs{ActionGroupId: w.ActionGroupID},
			}},
			Tags: w.home().Tags,
		}, pulumi.Parent(w))
		if err != nil {
			return err
		}
	}
	return nil
}
