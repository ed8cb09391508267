// Package runbooks has the drills, one file each: what each restores, fails over
// or attacks, in which steps, and what it measures.
//
// A drill's objective is read from the estate's promises. A drill works on
// production only by reading from it; what it makes, it makes in the drills' own
// resource group under the run's marker.
package runbooks
