// Package mutation proves that the rules can fail.
//
// It takes each estate that comes with the project and that the gate finds kept,
// and makes mutants of it: each is the estate with one resource removed, or with
// one property removed, turned down, opened wide or pointed elsewhere. A mutant is
// caught when the gate has something to say of it that it did not say of the
// estate. One that gets through is a weakness that the gate would let into
// production, so every survivor must be explained in harmless.yaml.
//
// What nothing promised depends on, such as names and descriptions, is listed
// there too and not mutated; a property that is not listed is. A property that
// a module begins to set is therefore either judged by a rule or explained. What
// matters only to some promises is left alone in estates that make none of them.
//
// A mutant that breaks only what its estate does not promise is told by making the
// same kind of change to the other estates, and is counted by itself. The tally
// says for each estate how many mutants there are, how many were left alone and
// why, and what became of the rest; make mutate prints it all.
package mutation
