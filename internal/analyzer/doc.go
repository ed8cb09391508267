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
// what the gate finds stops the deployment. In an update the engine hands over
// the whole stack only after its changes, too late. So a preview that passes
// leaves a receipt: keyed digests of each resource's inputs and of what they
// were judged by. In an update, which has a process of its own even when pulumi
// up previews by itself, each resource is compared with the receipt before it is
// made. No receipt, one that is older than an hour, other promises, rules or
// policy configuration, another input, a resource that the preview did not have:
// each stops the update there. An update that skips its preview is thereby
// possible only right after a preview of the same, on the same machine.
//
// What a receipt cannot do: a value that the preview did not know may become
// any, and only rules marked scope: resource in their metadata, which need
// nothing but one resource's inputs, judge it before the resource is made; and
// that an update leaves out a resource the preview had shows at its end, when the
// whole is judged again. It guards against accidents, not against somebody who
// may write to the folder and could as well deploy without the gate.
//
// A policy configuration may change the level of a rule, which each run shows,
// but not of every rule at once, nor make a promise count as kept that nothing
// keeps. A rule of level remediate has its safest mends applied, where there is
// one.
//
// The plugin fails closed: a pack that does not load ends the process before
// the engine has a port to talk to, and any fault of a judgement is an error,
// which stops the deployment. It never outlives the engine that started it.
package analyzer
