package watch

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
	"github.com/tillit-dev/tillit/promises"
)

// Interactive retention of a workspace and what lies beyond it. Source:
// https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure (2025-05-05).
const (
	defaultInteractive = 30
	maxInteractive     = 730
)

// longTerm are the days that a table's total retention may have beyond the
// interactive maximum.
var longTerm = []int{1095, 1460, 1826, 2191, 2556, 2922, 3288, 3653, 4018, 4383}

// longTables are the tables that the estate's diagnostic settings fill; they get
// the retention that a workspace as a whole cannot have.
var longTables = []string{
	"AZFWApplicationRule", "AZFWIdpsSignature", "AZFWNatRule", "AZFWNetworkRule", "AZFWThreatIntel",
	"AZKVAuditLogs", "AddonAzureBackupJobs", "AzureActivity", "AzureDiagnostics", "ContainerAppConsoleLogs",
	"ContainerAppSystemLogs", "CoreAzureBackup", "LAQueryLogs", "StorageBlobLogs",
}

func (w *Watch) workspace(ctx *pulumi.Context) error {
	home := w.home()
	interactive, total, err := retention(w.args.Traceable)
	if err != nil {
		return err
	}
	access := "Enabled"
	if w.args.Private {
		access = "Disabled"
	}
	name := home.Name("log", home.Estate)
	made, err := operationalinsights.NewWorkspace(ctx, "workspace", &operationalinsights.WorkspaceArgs{
		WorkspaceName:                   pulumi.String(name),
		ResourceGroupName:               home.Group,
		Location:                        pulumi.String(home.Region),
		Sku:                             operationalinsights.WorkspaceSkuArgs{Name: pulumi.String("PerGB2018")},
		RetentionInDays:                 pulumi.Int(interactive),
		PublicNetworkAccessForIngestion: pulumi.String(access),
		PublicNetworkAccessForQuery:     pulumi.String(access),
		Features: operationalinsights.WorkspaceFeaturesArgs{
			DisableLocalAuth:                            pulumi.Bool(true), // agents sign in, no shared key
			ImmediatePurgeDataOn30Days:                  pulumi.Bool(false),
			EnableLogAccessUsingOnlyResourcePermissions: pulumi.Bool(true),
		},
		Tags: w.tags(home, "workspace", w.args.Traceable),
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	w.WorkspaceID = made.ID().ToStringOutput()
	w.WorkspaceCustomerID = made.CustomerId
	if w.args.Keys != nil {
		if err := w.cluster(ctx, name, made); err != nil {
			return err
		}
	}
	if total > interactive {
		for _, table := range longTables {
			_, err := operationalinsights.NewTable(ctx, "table-"+table, &operationalinsights.TableArgs{
				TableName:            pulumi.String(table),
				WorkspaceName:        site.Known(ctx, name, made),
				ResourceGroupName:    home.Group,
				RetentionInDays:      pulumi.Int(interactive),
				TotalRetentionInDays: pulumi.Int(total),
			}, pulumi.Parent(w))
			if err != nil {
				return err
			}
		}
	}
	if w.args.Private {
		return w.privateLink(ctx)
	}
	return nil
}

// privateLink lets the estate's own networks reach the workspace, and nobody
// else. Azure's diagnostics have a channel of their own.
func (w *Watch) privateLink(ctx *pulumi.Context) error {
	home := w.home()
	name := home.Name("ampls", home.Estate)
	scope, err := insights.NewPrivateLinkScope(ctx, "private-link-scope", &insights.PrivateLinkScopeArgs{
		ScopeName:         pulumi.String(name),
		ResourceGroupName: home.Group,
		Location:          pulumi.String("global"),
		AccessModeSettings: insights.AccessModeSettingsArgs{
			IngestionAccessMode: pulumi.String("PrivateOnly"),
			QueryAccessMode:     pulumi.String("PrivateOnly"),
		},
		Tags: home.Tags,
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	link, err := insights.NewPrivateLinkScopedResource(ctx, "private-link-workspace", &insights.PrivateLinkScopedResourceArgs{
		Name:              pulumi.String("workspace"),
		ScopeName:         site.Known(ctx, name, scope),
		ResourceGroupName: home.Group,
		LinkedResourceId:  w.WorkspaceID,
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	w.PrivateLinkScopeID = pulumi.OutputWithDependencies(ctx.Context(), scope.ID().ToStringOutput(), link).(pulumi.StringOutput)
	return nil
}

// retention gives the interactive and the total retention, in days, that keep
// logs for the promised time.
func retention(promised time.Duration) (interactive, total int, err error) {
	days := max(defaultInteractive, int((promised+day-1)/day))
	if days <= maxInteractive {
		return days, days, nil
	}
	for _, total := range longTerm {
		if days <= total {
			return maxInteractive, total, nil
		}
	}
	return 0, 0, fmt.Errorf("watch: log.traceable for %s is longer than the %d days a workspace can keep", promises.FormatDuration(promised), longTerm[len(longTerm)-1])
}

// tags are a log store's tags.
func (w *Watch) tags(s site.Site, purpose string, kept time.Duration) pulumi.StringMap {
	tags := map[string]string{"purpose": purpose, "class": "logs"}
	if kept > 0 {
		tags["retention"] = promises.FormatDuration(kept)
	}
	return s.Tagged(tags)
}
