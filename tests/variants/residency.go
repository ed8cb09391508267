package variants

import (
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
	"github.com/tillit-dev/tillit/promises"
)

func residency(d *promises.Declaration) []Variant {
	return []Variant{
		{
			Promise: "residency.primary", Kind: Missing, Name: "production stands elsewhere", Rule: "residency/primary-region",
			declare: with("residency.primary", "region", func(v *promises.Value) { v.Text = elsewhere(d) }),
		},
		{
			Promise: "residency.primary", Kind: Weakened, Name: "locations are not enforced", Rule: "residency/primary-region",
			edit: on("", func(a *authorization.PolicyAssignmentArgs) { a.EnforcementMode = pulumi.String("DoNotEnforce") }),
		},
		{
			Promise: "residency.primary", Kind: Bypassed, Name: "an account outside the union", Rule: "residency/primary-region",
			add: func(ctx *pulumi.Context, name string) error {
				_, err := storage.NewStorageAccount(ctx, name, &storage.StorageAccountArgs{
					ResourceGroupName: pulumi.String("rg-side"), AccountName: pulumi.String("sidedoor"), Location: pulumi.String("eastus"),
					Kind: pulumi.String("StorageV2"), Sku: storage.SkuArgs{Name: pulumi.String("Standard_LRS")},
				})
				return err
			},
		},
		{
			Promise: "residency.in-country", Kind: Missing, Name: "no copy in the country", Rule: "residency/in-country-copy",
			declare: func(d *promises.Declaration) {
				without("residency.in-country")(d)
				without("continuity.standby")(d)
			},
		},
		{
			Promise: "residency.in-country", Kind: Weakened, Name: "the replica stands in another country", Means: "postgres", Rule: "residency/in-country-copy",
			edit: on("", func(a *dbforpostgresql.ServerArgs) { a.Location = pulumi.String("westeurope") }),
		},
		{
			Promise: "residency.in-country", Kind: Bypassed, Name: "replication without rules", Rule: "residency/in-country-copy",
			edit: on("", func(a *storage.ObjectReplicationPolicyArgs) { a.Rules = storage.ObjectReplicationPolicyRuleArray{} }),
		},
	}
}

// elsewhere is a region that the estate does not name.
func elsewhere(d *promises.Declaration) string {
	if d.Params("residency.primary").Text("region") == "francecentral" {
		return "germanywestcentral"
	}
	return "francecentral"
}
