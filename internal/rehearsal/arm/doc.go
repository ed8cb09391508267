// Package arm is an Azure Resource Manager on the loopback interface, for
// rehearsals.
//
// It keeps resources in memory, by id, and answers as the real one does where
// a deployment can tell: parents and referenced resources must exist, API
// versions are checked, writes carry etags, most changes are long-running
// operations, a lock stops a delete, WORM cannot be undone. What a resource
// provider computes (a vault's address, an identity's principal) is made up
// from the resource's id, so that it is the same in every run.
//
// It speaks HTTPS with a certificate of its own authority, made at start, and
// wants the bearer token that it minted. Every answer carries the header
// X-Tillit-Rehearsal, so that nobody can take it for Azure.
//
// Behind a type there may stand a Plane: something real that is made when the
// resource is made and goes when it goes.
package arm
