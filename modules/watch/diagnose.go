package watch

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/insights/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// offer is what a resource type can send.
type offer struct {
	logs      bool     // it has logs; the category group allLogs takes them all, also future ones
	metrics   []string // metric categories
	dedicated bool     // its logs have tables of their own; the rest share AzureDiagnostics
}

var all = []string{"AllMetrics"}

// offers lists the types an estate is built of. Network security groups have no
// metrics. Storage and SQL name their metric categories one by one. Source:
// https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/logs-index.
var offers = map[string]offer{
	"azure-native:apimanagement:ApiManagementService": {logs: true, metrics: all},
	"azure-native:app:ManagedEnvironment":             {logs: true, metrics: all, dedicated: true},
	"azure-native:cdn:Profile":                        {logs: true, metrics: all},
	"azure-native:dataprotection:BackupVault":         {logs: true, metrics: all, dedicated: true},
	"azure-native:dbforpostgresql:Server":             {logs: true, metrics: all},
	"azure-native:keyvault:Vault":                     {logs: true, metrics: all, dedicated: true},
	"azure-native:network:AzureFirewall":              {logs: true, metrics: all, dedicated: true},
	"azure-native:network:ExpressRouteCircuit":        {logs: true, metrics: all},
	"azure-native:network:NetworkSecurityGroup":       {logs: true},
	"azure-native:network:PublicIPAddress":            {logs: true, metrics: all},
	"azure-native:network:VirtualNetwork":             {logs: true, metrics: all},
	"azure-native:network:VirtualNetworkGateway":      {logs: true, metrics: all},
	"azure-native:operationalinsights:Workspace":      {logs: true, metrics: all},
	"azure-native:recoveryservices:Vault":             {logs: true, metrics: all, dedicated: true},
	"azure-native:sql:Database":                       {logs: true, metrics: []string{"Basic", "InstanceAndAppAdvanced", "WorkloadManagement"}},
	"azure-native:storage:BlobServiceProperties":      {logs: true, metrics: []string{"Capacity", "Transaction"}},
	"azure-native:storage:StorageAccount":             {metrics: []string{"Capacity", "Transaction"}},
}

// Diagnose sends every log and metric the target offers to the workspace and to
// the archive of its region (the primary's for resources without a region).
// Kind is the target's type token, which decides what it offers; a storage
// account's logs are its blob service's.
func (w *Watch) Diagnose(ctx *pulumi.Context, name, kind, region string, target pulumi.StringInput) error {
	if region == "" {
		region = w.args.Primary
	}
	if w.args.TamperProof == 0 {
		return w.setting(ctx, name, kind, nil, target)
	}
	archive, ok := w.Archives[region]
	if !ok {
		return fmt.Errorf("watch: %s stands in %s, where the estate has no log archive", name, region)
	}
	return w.setting(ctx, name, kind, &archive, target)
}

func (w *Watch) setting(ctx *pulumi.Context, name, kind string, archive *Archive, target pulumi.StringInput) error {
	o, ok := offers[kind]
	if !ok {
		return fmt.Errorf("watch: it is not known which logs %s offers (%s)", kind, name)
	}
	args := &insights.DiagnosticSettingArgs{
		Name:        pulumi.String("tillit"),
		ResourceUri: target,
		WorkspaceId: w.WorkspaceID,
	}
	if archive != nil {
		args.StorageAccountId = archive.AccountID
	}
	if o.logs {
		args.Logs = insights.LogSettingsArray{
			insights.LogSettingsArgs{CategoryGroup: pulumi.String("allLogs"), Enabled: pulumi.Bool(true)},
		}
	}
	var metrics insights.MetricSettingsArray
	for _, category := range o.metrics {
		metrics = append(metrics, insights.MetricSettingsArgs{Category: pulumi.String(category), Enabled: pulumi.Bool(true)})
	}
	if len(metrics) > 0 {
		args.Metrics = metrics
	}
	if o.dedicated {
		args.LogAnalyticsDestinationType = pulumi.String("Dedicated")
	}
	_, err := insights.NewDiagnosticSetting(ctx, "diagnose-"+name, args, pulumi.Parent(w))
	return err
}
