// Package analyzer is the gate inside Pulumi's engine: the analyzer plugin that
// pulumi preview|up --policy-pack policies starts.
//
// The engine hands over the stack's configuration, which holds the promises,
// then each resource's inputs as it is registered, and at the end of a preview
// or update the whole stack. Promises are about whole estates, so the judgement
// is made there: the resources become an inventory, ids that follow from names
// are filled in, and the gate judges it as tillit check would.
//
// In a preview (a dry run, in the engine's words) nothing has been made yet and
// what the gate finds stops the deployment. The engine judges a whole stack
// only after an update's changes, so an update that skipped its preview learns
// too late; only rules marked scope: resource in their metadata, which need
// nothing but one resource's inputs, can stop that resource before it is made.
//
// The plugin fails closed: a pack that does not load ends the process before
// the engine has a port to talk to, and any fault of a judgement is an error,
// which stops the deployment. It never outlives the engine that started it.
package analyzer
