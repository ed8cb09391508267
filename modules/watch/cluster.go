package watch

import (
	"fmt"

	"github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2"
	clusters "github.com/pulumi/pulumi-azure-native-sdk/operationalinsights/v2/v20221001"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/site"
)

// clusterCapacity is the smallest commitment of a dedicated cluster, in GB a
// day. It is what a key of one's own for a workspace costs.
const clusterCapacity = 100

// cluster puts the workspace under the estate's own key. A workspace cannot name
// a key; it takes the key of the dedicated cluster it is linked to. What was
// logged before the link stays under Azure's key, so the link comes first.
//
// Source: https://learn.microsoft.com/azure/azure-monitor/logs/customer-managed-keys.
func (w *Watch) cluster(ctx *pulumi.Context, workspace string, waitFor pulumi.Resource) error {
	home := w.home()
	vault, ok := w.args.Keys[home.Region]
	if !ok {
		return fmt.Errorf("watch: no key vault stands in %s for the workspace", home.Region)
	}
	workload := w.args.Identity.Workloads["logs"]
	key, err := vault.Key(ctx, "workspace", workload)
	if err != nil {
		return err
	}
	made, err := clusters.NewCluster(ctx, "cluster", &clusters.ClusterArgs{
		ClusterName:               pulumi.String(home.Name("logc", home.Estate)),
		ResourceGroupName:         home.Group,
		Location:                  pulumi.String(home.Region),
		Sku:                       clusters.ClusterSkuArgs{Name: pulumi.String("CapacityReservation"), Capacity: pulumi.Float64(clusterCapacity)},
		BillingType:               pulumi.String("Cluster"),
		IsDoubleEncryptionEnabled: pulumi.Bool(true),
		Identity: clusters.ManagedServiceIdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{workload.ID},
		},
		KeyVaultProperties: clusters.KeyVaultPropertiesArgs{
			KeyVaultUri: key.VaultURI,
			KeyName:     key.Name,
			KeyVersion:  pulumi.String(""), // the newest, so that rotation is followed
		},
		Tags: w.tags(home, "cluster", w.args.Traceable),
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	link, err := operationalinsights.NewLinkedService(ctx, "cluster-link", &operationalinsights.LinkedServiceArgs{
		LinkedServiceName:     pulumi.String("cluster"),
		WorkspaceName:         site.Known(ctx, workspace, waitFor),
		ResourceGroupName:     home.Group,
		WriteAccessResourceId: made.ID().ToStringOutput().ToStringPtrOutput(),
		Tags:                  w.tags(home, "cluster", w.args.Traceable),
	}, pulumi.Parent(w))
	if err != nil {
		return err
	}
	w.WorkspaceID = pulumi.OutputWithDependencies(ctx.Context(), w.WorkspaceID, link).(pulumi.StringOutput)
	return nil
}
