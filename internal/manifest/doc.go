// Package manifest takes down what data there is at an instant and finds out
// whether restored data is the same: checksums and row counts of tables,
// checksums of blobs, the answers to the customer's own queries, and the settings
// that a restore loses.
package manifest
