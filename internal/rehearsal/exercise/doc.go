// Package exercise runs the program that operators run, runbook, on a rehearsed
// estate: as the identity that the estate's own jobs have, in a process of its
// own that knows nothing but what Azure would tell it. Before that it gives the
// estate data, and the drills the rights that its administrators give once.
package exercise
