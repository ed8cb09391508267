// Package limits shows what happens to an estate whose means cannot keep what it
// promises: read as Azure Resource Manager tells of it, it is refused with the
// arithmetic, in words that a person can follow.
package limits
