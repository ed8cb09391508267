// Package rehearsaltest builds, once for a package's tests, the programs that a
// rehearsal starts.
package rehearsaltest
