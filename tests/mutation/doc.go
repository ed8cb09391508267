// Package mutation proves that the rules can fail.
//
// It takes an estate that the gate finds kept and makes mutants of it: each is
// the estate with one resource removed, or with one property removed, turned
// down or pointed elsewhere. A mutant is caught when the gate has something to
// say of it that it did not say of the estate. One that gets through is a
// weakness that the gate would let into production, so every survivor must be
// explained in harmless.yaml.
//
// What nothing promised depends on, such as names and descriptions, is listed
// there too and not mutated; a property that is not listed is. A property that
// a module begins to set is therefore either judged by a rule or explained.
package mutation
