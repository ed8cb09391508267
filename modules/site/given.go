package site

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Given sets arguments of a resource again, as they were given. The SDK lays its
// defaults over some of them (an account's encryption), and the whole is then not
// known in a preview until every part of it is: the gate could not tell what key
// an account is under before it exists. T is the type of the arguments; what is
// set must say what the defaults would.
func Given[T any](set func(*T)) pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{
		func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
			if own, ok := any(args.Props).(*T); ok { // children inherit the option
				set(own)
			}
			return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: args.Opts}
		},
	})
}
