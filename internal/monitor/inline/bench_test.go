package inline_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/monitor"
	"github.com/tillit-dev/tillit/internal/monitor/inline"
)

// estateOf is a program of n storage accounts, a tenth as many resource groups
// and a component around each group.
func estateOf(n int) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var group *thing
		var component *pulumi.ResourceState
		for i := range n {
			if i%10 == 0 {
				component = &pulumi.ResourceState{}
				if err := ctx.RegisterComponentResource("bench:index:Part", fmt.Sprint("part", i), component); err != nil {
					return err
				}
				var err error
				group, err = register(ctx, "azure-native:resources:ResourceGroup", fmt.Sprint("group", i), pulumi.Map{
					"resourceGroupName": pulumi.Sprintf("rg%d", i), "location": pulumi.String("westeurope"),
				}, pulumi.Parent(component))
				if err != nil {
					return err
				}
			}
			_, err := register(ctx, "azure-native:storage:StorageAccount", fmt.Sprint("account", i), pulumi.Map{
				"resourceGroupName": group.Name, "accountName": pulumi.Sprintf("account%d", i), "location": group.Location,
				"sku": pulumi.Map{"name": pulumi.String("Standard_GRS")}, "kind": pulumi.String("StorageV2"),
				"encryption": pulumi.Map{"keySource": pulumi.String("Microsoft.Keyvault"), "requireInfrastructureEncryption": pulumi.Bool(true)},
				"tags":       pulumi.StringMap{"estate": pulumi.String("bench"), "class": pulumi.String("documents")},
			}, pulumi.Parent(component))
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func BenchmarkPlan1000(b *testing.B) {
	for b.Loop() {
		inv, err := inline.Plan(b.Context(), monitor.Options{Project: "p", Stack: "s"}, estateOf(1000))
		if err != nil {
			b.Fatal(err)
		}
		if len(inv.Resources) != 1201 {
			b.Fatalf("%d resources", len(inv.Resources))
		}
		if _, err := inv.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
