// Package sample is an estate of one storage account, for tests.
package sample

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Program makes the account in a resource group.
func Program(ctx *pulumi.Context) error { return Account("TLS1_2")(ctx) }

// Group makes the resource group alone.
func Group(ctx *pulumi.Context) error {
	_, err := group(ctx)
	return err
}

// Account makes an account that takes connections from one TLS version on.
func Account(tls string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		g, err := group(ctx)
		if err != nil {
			return err
		}
		return ctx.RegisterResource("azure-native:storage:StorageAccount", "documents", pulumi.Map{
			"resourceGroupName":      pulumi.String("data"),
			"accountName":            pulumi.String("documents"),
			"location":               pulumi.String("westeurope"),
			"kind":                   pulumi.String("StorageV2"),
			"sku":                    pulumi.Map{"name": pulumi.String("Standard_GZRS")},
			"minimumTlsVersion":      pulumi.String(tls),
			"enableHttpsTrafficOnly": pulumi.Bool(true),
		}, &resource{}, pulumi.Version("2.90.0"), pulumi.DependsOn([]pulumi.Resource{g}))
	}
}

type resource struct{ pulumi.CustomResourceState }

func group(ctx *pulumi.Context) (*resource, error) {
	var r resource
	err := ctx.RegisterResource("azure-native:resources:ResourceGroup", "data", pulumi.Map{
		"resourceGroupName": pulumi.String("data"), "location": pulumi.String("westeurope"),
	}, &r, pulumi.Version("2.90.0"))
	return &r, err
}
