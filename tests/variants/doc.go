// Package variants holds broken variants of estates: for every gated promise at
// least one where what keeps it is missing, one where it is weakened and one
// where it is bypassed.
//
// A variant is a program, so that the same one is refused by the check on its
// plan and by the gate inside the real engine. Missing means that the program is
// composed without the promise while the gate is still told of it; weakened
// means that a property that keeps it is turned down; bypassed means that
// everything is there and something leads around it.
//
// One table serves every estate: For picks what is about its promises and its
// means. The check refuses all of them; the engine refuses each promise's once
// for each kind of database, spread over the estates, and all at once in each.
package variants
