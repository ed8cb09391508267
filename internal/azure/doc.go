// Package azure knows how the azure-native resources that tillit handles are
// called in Azure Resource Manager: token, API version, id, and the two shapes
// of a resource's body.
//
// It is the one place where Pulumi's azure-native and Azure itself meet. The
// facts are data. types.tsv lists the types with the API version and the path
// of each; properties.json lists the property names of each, read from the
// SDK's source by internal/azure/gen. So a misspelt property is found and an
// id is known without the SDK, which takes minutes to build, and without an
// account.
//
// azure-native flattens: what ARM keeps under a resource's "properties", it
// lifts one level, here and in the parts of some network resources. A type
// whose "properties" azure-native leaves alone is recognised by having an
// input of that name. Body turns azure-native's shape into ARM's and Lift
// turns ARM's back.
package azure
