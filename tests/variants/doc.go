// Package variants holds broken variants of an estate: for every gated promise
// of ledger-no at least one where what keeps it is missing, one where it is
// weakened and one where it is bypassed.
//
// A variant is a program, so that the same one is refused by the check on its
// plan and by the gate inside the real engine. Missing means that the program is
// composed without the promise while the gate is still told of it; weakened
// means that a property that keeps it is turned down; bypassed means that
// everything is there and something leads around it.
package variants
