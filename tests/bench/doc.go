// Package bench measures the gate beside its peers.
//
// Multiply makes a large estate of a small one: as many copies as are wanted,
// each in a subscription of its own, with every reference between resources
// leading inside its own copy. Weaken breaks some of it. So the cost of judging
// ten thousand resources is measured on resources that a program registered.
//
// The benchmarks run whole processes in turn, the gate and its peers with the
// same rules and the same resources, so that a machine that slows down slows all
// of them. They report ratios beside the times: only those travel from one
// machine to another. `make bench` runs them and prints the tables of
// docs/benchmarks.md.
package bench
