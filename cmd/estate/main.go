// Command estate is the Pulumi program of every estate: the stack's
// configuration says which promises it has to keep.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/stacks"
)

func main() { pulumi.Run(stacks.Program) }
