// Package runbooks has the drills, one file each: what each restores, fails over
// or attacks, in which steps, and what it measures.
//
// A drill's objective is read from the estate's promises. Of production a drill
// only reads, besides the heartbeats that it writes; what it makes, it makes under
// the run's marker, in the drills' own resource group wherever Azure lets it.
//
// A drill of a database is built by the means that keeps it. Whatever the means,
// its steps are the same in order: what production has is taken down, the failure
// is declared, the point or copy to restore is chosen, restored and set up, and what
// was restored is compared with what was taken down. A step that makes something
// first looks whether it is there, so that a run which was cut off can go on.
package runbooks
