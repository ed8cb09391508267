// Package explain tells people about rules and promises: what a rule asks and
// why, the facts it computes with and their sources, an estate that keeps it
// and one that breaks it; what a promise means, how it is kept and which rules
// judge it. The same content is a page of text for tillit explain, JSON for
// programs, and the Markdown pages of docs/rules, which the program in gen
// writes.
//
// Examples are files of the policy pack, examples/<group>/<rule>.yaml, outside
// the folders that OPA reads:
//
//	promises:  what is promised, as a stack file says it
//	both:      resources that the good and the bad estate have in common; optional
//	good:      resources that keep the promise by the rule
//	bad:       resources that the rule finds a violation in
//
// A resource has a type, a name and props, as in an inventory. Three things
// keep it short: ${name.id} is the id of the resource with that name, a
// resourceGroupName left out is example, and so is the last name in the id the
// resource's own. What a page says about an example is not written down: the
// example is judged when the page is made.
package explain

//go:generate go run ./gen ../../docs/rules
