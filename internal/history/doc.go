// Package history reads what an estate's drills have measured out of its
// evidence: every run with its figures, when each drill last passed, and how the
// figures go over time.
//
// The evidence is verified on the way, with pinned keys. What is not whole is not
// believed: an altered or missing record makes Read fail. What a writer left that
// was interrupted, or is at work, is no reason to doubt the rest.
package history
