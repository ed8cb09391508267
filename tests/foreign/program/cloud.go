package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// provider is an explicit provider of the package cloud.
type provider struct {
	pulumi.ProviderResourceState
}

func newProvider(ctx *pulumi.Context, name string, props pulumi.Map) (*provider, error) {
	var p provider
	return &p, ctx.RegisterResource("pulumi:providers:cloud", name, props, &p)
}

// network is cloud:network/network:Network.
type network struct {
	pulumi.CustomResourceState
	Cidr    pulumi.StringOutput `pulumi:"cidr"`
	Gateway pulumi.StringOutput `pulumi:"gateway"` // only the cloud knows
}

func newNetwork(ctx *pulumi.Context, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*network, error) {
	var n network
	return &n, ctx.RegisterResource("cloud:network/network:Network", name, props, &n, opts...)
}

// bucket is cloud:storage/bucket:Bucket.
type bucket struct {
	pulumi.CustomResourceState
	Name pulumi.StringOutput `pulumi:"name"`
}

func newBucket(ctx *pulumi.Context, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*bucket, error) {
	var b bucket
	return &b, ctx.RegisterResource("cloud:storage/bucket:Bucket", name, props, &b, opts...)
}

// machine is cloud:compute/machine:Machine.
type machine struct {
	pulumi.CustomResourceState
	Address pulumi.StringOutput `pulumi:"address"` // only the cloud knows
}

func newMachine(ctx *pulumi.Context, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*machine, error) {
	var m machine
	return &m, ctx.RegisterResource("cloud:compute/machine:Machine", name, props, &m, opts...)
}

// password is random:index/randomPassword:RandomPassword.
type password struct {
	pulumi.CustomResourceState
	Result pulumi.StringOutput `pulumi:"result"`
}

func newPassword(ctx *pulumi.Context, name string, length int, opts ...pulumi.ResourceOption) (*password, error) {
	var p password
	opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"result"}))
	return &p, ctx.RegisterResource("random:index/randomPassword:RandomPassword", name,
		pulumi.Map{"length": pulumi.Int(length)}, &p, opts...)
}
