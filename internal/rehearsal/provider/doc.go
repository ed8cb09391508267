// Package provider is a stand-in for the azure-native provider plugin. It
// brings the resources of a deployment to a rehearsal's Azure Resource Manager
// and to nothing else.
//
// It speaks the engine's protocol as azure-native 2.90.0 does where a program
// can tell: inputs are checked by name and kind, a changed path parameter or
// location replaces a resource, a preview leaves unknown what only Azure can
// say, secrets stay secrets. Which path and API version a token has, and how its
// properties lie in ARM, it asks of package azure.
//
// It must never serve a real deployment. Connect therefore refuses unless a
// running rehearsal on loopback answers to the token that the environment
// carries, and the plugin is built to bin/rehearsal, where no PATH finds it.
package provider
