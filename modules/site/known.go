package site

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Known is a value that needs no answer from Azure and still waits for the
// resources behind it: the name of a resource group that has to exist first. A
// name taken from a resource's output would be unknown until it is made, and a
// preview could not tell what it names.
func Known(ctx *pulumi.Context, value string, behind ...pulumi.Resource) pulumi.StringOutput {
	return pulumi.OutputWithDependencies(ctx.Context(), pulumi.String(value).ToStringOutput(), behind...).(pulumi.StringOutput)
}
