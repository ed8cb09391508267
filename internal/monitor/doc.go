// Package monitor runs a Pulumi program without Pulumi: it serves the two gRPC
// services that a program talks to, the resource monitor and the engine, and
// collects what the program registers into an inventory. No account, CLI,
// backend or provider plugin takes part, so that a plan takes a second and
// needs nothing.
//
// A program is told what a preview of a new stack would tell it, with one
// addition: where an ARM id follows from names alone it is given, so that
// relations between resources resolve. What only a provider could say is
// unknown. The program is never told a value that is a guess: a property that
// is an object comes back unknown, since a provider may add to it, and an SDK
// would take what is missing for empty.
//
// A function call (an invoke) is different, for the wire does not tell whether
// the program takes its result as an output, which may be unknown, or directly,
// where an SDK turns unknown into empty. So a function that is not known here
// fails the plan by name, unless Options.Answers has something for it.
package monitor
