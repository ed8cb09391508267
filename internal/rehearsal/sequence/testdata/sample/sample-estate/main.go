// Command sample-estate is the sample estate as a compiled program.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/rehearsal/sequence/testdata/sample"
)

func main() { pulumi.Run(sample.Program) }
