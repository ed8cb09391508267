// Command weak-estate is a variant of the sample estate that breaks its promise.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tillit-dev/tillit/internal/rehearsal/sequence/testdata/sample"
)

func main() { pulumi.Run(sample.Account("TLS1_0")) }
