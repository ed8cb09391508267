package variants

import (
	app "github.com/pulumi/pulumi-azure-native-sdk/app/v2/v20240301"
	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/network/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/modules/azure/dataprotection"
	"github.com/tillit-dev/tillit/modules/azure/dbforpostgresql"
	"github.com/tillit-dev/tillit/promises"
)

func continuity(d *promises.Declaration) []Variant {
	list := []Variant{
		{
			Promise: "continuity.redundant", Kind: Missing, Name: "a database in one zone", Rule: "continuity/redundant-data",
			declare: without("continuity.redundant"),
		},
		{
			Promise: "continuity.redundant", Kind: Missing, Name: "programs in one zone", Rule: "continuity/redundant-runtime",
			declare: without("continuity.redundant"),
		},
		{
			Promise: "continuity.redundant", Kind: Weakened, Name: "firewalls in one zone", Rule: "continuity/redundant-network",
			edit: on("", func(a *network.AzureFirewallArgs) { a.Zones = pulumi.StringArray{pulumi.String("1")} }),
		},
		{
			Promise: "continuity.redundant", Kind: Weakened, Name: "documents in one building", Rule: "continuity/redundant-data",
			edit: on("documents-", func(a *storage.StorageAccountArgs) {
				a.Sku = storage.SkuArgs{Name: pulumi.String("Standard_RAGRS")}
			}),
		},
		{
			Promise: "continuity.redundant", Kind: Weakened, Name: "backups in one building", Rule: "continuity/redundant-data",
			edit: on("", func(a *dataprotection.BackupVaultArgs) {
				a.Properties.StorageSettings = []dataprotection.StorageSettingArgs{{
					DatastoreType: pulumi.String("VaultStore"), Type: pulumi.String("LocallyRedundant"),
				}}
			}),
		},
		{
			Promise: "continuity.redundant", Kind: Weakened, Name: "a region that takes no new redundant server", Means: "postgres", Rule: "continuity/redundant-data",
			declare: func(d *promises.Declaration) {
				d.Promises["residency.primary"] = promises.Declared{
					ID: "residency.primary", Params: promises.Params{"region": {Text: "westeurope"}},
				}
			},
		},
		{
			Promise: "continuity.redundant", Kind: Bypassed, Name: "an app with one replica", Rule: "continuity/redundant-runtime",
			add: func(ctx *pulumi.Context, name string) error {
				_, err := app.NewContainerApp(ctx, name, &app.ContainerAppArgs{
					ResourceGroupName: pulumi.String("rg-side"), ContainerAppName: pulumi.String("side-door"), Location: pulumi.String("swedencentral"),
					Identity: app.ManagedServiceIdentityArgs{Type: pulumi.String("SystemAssigned")},
					Template: app.TemplateArgs{Scale: app.ScaleArgs{MinReplicas: pulumi.Int(1), MaxReplicas: pulumi.Int(10)}},
				})
				return err
			},
		},
		{
			Promise: "perimeter.uplinks", Kind: Missing, Name: "no uplinks", Rule: "perimeter/uplinks",
			declare: without("perimeter.uplinks"),
		},
		{
			Promise: "perimeter.uplinks", Kind: Weakened, Name: "one operator for both", Rule: "perimeter/uplinks",
			edit: on("", func(a *network.ExpressRouteCircuitArgs) {
				a.ServiceProviderProperties = network.ExpressRouteCircuitServiceProviderPropertiesArgs{
					ServiceProviderName: pulumi.String("Elisa"), PeeringLocation: pulumi.String("Stockholm"), BandwidthInMbps: pulumi.Int(200),
				}
			}),
		},
		{
			Promise: "perimeter.uplinks", Kind: Weakened, Name: "a gateway in one zone", Rule: "perimeter/uplinks",
			edit: on("", func(a *network.VirtualNetworkGatewayArgs) {
				a.Sku = network.VirtualNetworkGatewaySkuArgs{Name: pulumi.String("HighPerformance"), Tier: pulumi.String("HighPerformance")}
			}),
		},
		{
			Promise: "perimeter.uplinks", Kind: Weakened, Name: "addresses from one prefix", Rule: "perimeter/uplinks",
			edit: on("-b-", func(a *network.PublicIPAddressArgs) { a.PublicIPPrefix = nil }),
		},
		{
			Promise: "perimeter.uplinks", Kind: Bypassed, Name: "a circuit that nothing connects", Rule: "perimeter/uplinks",
			edit: on("", func(a *network.VirtualNetworkGatewayConnectionArgs) {
				a.Peer = network.SubResourceArgs{Id: pulumi.String(subscription + "/resourceGroups/rg-side/providers/Microsoft.Network/expressRouteCircuits/erc-other")}
			}),
		},
		{
			Promise: "identity.personal-accounts", Kind: Missing, Name: "passwords of the database's own", Means: "postgres", Rule: "identity/personal-accounts",
			edit: on("", func(a *dbforpostgresql.ServerArgs) { a.AuthConfig = nil }),
		},
		{
			Promise: "identity.personal-accounts", Kind: Weakened, Name: "shared keys on", Rule: "identity/personal-accounts",
			edit: on("", func(a *storage.StorageAccountArgs) { a.AllowSharedKeyAccess = pulumi.Bool(true) }),
		},
		{
			Promise: "identity.personal-accounts", Kind: Bypassed, Name: "a job that signs in with a secret", Rule: "identity/personal-accounts",
			add: func(ctx *pulumi.Context, name string) error {
				return signIn(ctx, name, "side.example/a:1", "AZURE_CLIENT_SECRET")
			},
		},
		{
			Promise: "identity.personal-accounts", Kind: Bypassed, Name: "two programs under one identity", Rule: "identity/own-identity",
			add: func(ctx *pulumi.Context, name string) error {
				if err := signIn(ctx, name, "side.example/a:1", "AZURE_CLIENT_ID"); err != nil {
					return err
				}
				return signIn(ctx, name+"-too", "side.example/b:1", "AZURE_CLIENT_ID")
			},
		},
	}
	if d.Has("perimeter.uplinks") {
		list = append(list, uplinked...)
	}
	return list
}

// uplinked are the broken variants of what else is promised where there are
// uplinks.
var uplinked = []Variant{
	{
		Promise: "continuity.redundant", Kind: Weakened, Name: "a gateway in one zone", Rule: "continuity/redundant-network",
		edit: on("", func(a *network.VirtualNetworkGatewayArgs) {
			a.Sku = network.VirtualNetworkGatewaySkuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Standard")}
		}),
	},
	{
		Promise: "perimeter.firewalls", Kind: Bypassed, Name: "an uplink past the gateway", Rule: "perimeter/uplinks-inspected",
		edit: fast,
	},
	{
		Promise: "perimeter.firewalls", Kind: Bypassed, Name: "an uplink straight to the inner network", Rule: "perimeter/uplinks-inspected",
		edit: straight,
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "an uplink past the gateway", Rule: "perimeter/all-inspected",
		edit: fast,
	},
	{
		Promise: "perimeter.inspection", Kind: Bypassed, Name: "an uplink straight to the inner network", Rule: "perimeter/all-inspected",
		edit: straight,
	},
}

var (
	fast = on("", func(a *network.VirtualNetworkGatewayConnectionArgs) {
		a.ExpressRouteGatewayBypass = pulumi.Bool(true)
	})
	straight = on("GatewaySubnet", func(a *network.SubnetArgs) { a.RouteTable = nil })
)

// signIn registers a job that runs under an identity beside the estate and has one
// environment variable.
func signIn(ctx *pulumi.Context, name, image, variable string) error {
	_, err := app.NewJob(ctx, name, &app.JobArgs{
		ResourceGroupName: pulumi.String("rg-side"), JobName: pulumi.String(name), Location: pulumi.String("swedencentral"),
		Identity: app.ManagedServiceIdentityArgs{
			Type:                   pulumi.String("UserAssigned"),
			UserAssignedIdentities: pulumi.StringArray{sideIdentity},
		},
		Template: app.JobTemplateArgs{Containers: app.ContainerArray{app.ContainerArgs{
			Name: pulumi.String("main"), Image: pulumi.String(image),
			Env: app.EnvironmentVarArray{app.EnvironmentVarArgs{Name: pulumi.String(variable), Value: pulumi.String("Correct-Horse-1")}},
		}}},
	})
	return err
}

var patching = []Variant{
	{
		Promise: "assurance.patching", Kind: Missing, Name: "nothing keeps machines without updates out", Rule: "assurance/patching",
		declare: without("assurance.patching"),
	},
	{
		Promise: "assurance.patching", Kind: Weakened, Name: "a policy that only reports", Rule: "assurance/patching",
		edit: on("machine-patching", func(a *authorization.PolicyAssignmentArgs) { a.EnforcementMode = pulumi.String("DoNotEnforce") }),
	},
	{
		Promise: "assurance.patching", Kind: Weakened, Name: "a policy that audits", Rule: "assurance/patching",
		edit: on("machine-patching", func(a *authorization.PolicyDefinitionArgs) {
			a.PolicyRule = pulumi.Map{"then": pulumi.Map{"effect": pulumi.String("audit")}}
		}),
	},
	{
		Promise: "assurance.patching", Kind: Bypassed, Name: "a database that gets no updates", Rule: "assurance/patching",
		add: func(ctx *pulumi.Context, name string) error {
			_, err := dbforpostgresql.NewServer(ctx, name, &dbforpostgresql.ServerArgs{
				ResourceGroupName: pulumi.String("rg-side"), ServerName: pulumi.String("side-door"), Location: pulumi.String("francecentral"),
				Version: pulumi.String("11"),
			})
			return err
		},
	},
}
