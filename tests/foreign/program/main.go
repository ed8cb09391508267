package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() { pulumi.Run(shop) }

// webTier is a component: machines in a network.
type webTier struct {
	pulumi.ResourceState
	Addresses pulumi.StringArrayOutput
}

func newWebTier(ctx *pulumi.Context, name string, count int, image string, net *network, secret pulumi.StringInput, opts ...pulumi.ResourceOption) (*webTier, error) {
	tier := &webTier{}
	if err := ctx.RegisterComponentResource("shop:web:Tier", name, tier, opts...); err != nil {
		return nil, err
	}
	var addresses pulumi.StringArray
	for i := range count {
		m, err := newMachine(ctx, fmt.Sprintf("%s-%d", name, i), pulumi.Map{
			"image":   pulumi.String(image),
			"network": net.ID(),
			"env":     pulumi.Map{"GATEWAY": net.Gateway, "DB_PASSWORD": secret, "TIER": pulumi.String(name)},
		}, pulumi.Parent(tier), pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(fmt.Sprintf("vm-%d", i))}}))
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, m.Address)
	}
	tier.Addresses = addresses.ToStringArrayOutput()
	return tier, ctx.RegisterResourceOutputs(tier, pulumi.Map{"addresses": tier.Addresses})
}

func shop(ctx *pulumi.Context) error {
	cfg := config.New(ctx, "")
	token := cfg.RequireSecret("token")
	var tiers struct{ Web int }
	cfg.RequireObject("tiers", &tiers)

	north, err := newProvider(ctx, "north", pulumi.Map{"region": pulumi.String(cfg.Require("region")), "token": token})
	if err != nil {
		return err
	}
	inNorth := pulumi.Provider(north)

	platform, err := pulumi.NewStackReference(ctx, "acme/platform/prod", nil)
	if err != nil {
		return err
	}

	// A function taken directly, and one taken as an output.
	var image struct {
		ID string `pulumi:"id"`
	}
	if err := ctx.Invoke("cloud:compute/getImage:getImage", map[string]any{"name": "debian"}, &image); err != nil {
		return err
	}
	prices := ctx.InvokeOutput("cloud:billing/getPrices:getPrices", map[string]any{}, pulumi.MapOutput{},
		pulumi.InvokeOutputOptions{}).(pulumi.MapOutput)

	net, err := newNetwork(ctx, "net", pulumi.Map{
		"cidr": pulumi.String("10.0.0.0/16"),
		"zone": platform.GetStringOutput(pulumi.String("zone")),
	}, inNorth)
	if err != nil {
		return err
	}
	db, err := newPassword(ctx, "db", 24)
	if err != nil {
		return err
	}
	logs, err := newBucket(ctx, "logs", pulumi.Map{
		"name":   pulumi.String("shop-logs"),
		"prices": prices,
		"policy": pulumi.NewStringAsset(`{"deny": "*"}`),
		"owners": pulumi.ToStringArray([]string{"ops", "audit"}),
	}, inNorth, pulumi.DependsOn([]pulumi.Resource{net}), pulumi.Protect(true))
	if err != nil {
		return err
	}
	connection := pulumi.ToSecret(pulumi.Sprintf("postgres://shop:%s@db/shop", "correct-horse")).(pulumi.StringOutput)
	web, err := newWebTier(ctx, "web", tiers.Web, image.ID, net, connection, pulumi.Providers(north))
	if err != nil {
		return err
	}
	if _, err := newBucket(ctx, "site", pulumi.Map{
		"name":    pulumi.Sprintf("%s-site", logs.Name),
		"backend": web.Addresses,
		"admin":   pulumi.Map{"password": db.Result, "connection": connection},
	}, inNorth); err != nil {
		return err
	}
	if err := ctx.Log.Info("connecting with postgres://shop:correct-horse@db/shop", nil); err != nil {
		return err
	}
	ctx.Export("addresses", web.Addresses)
	return nil
}
