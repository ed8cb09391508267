// Package vault is the data plane of a rehearsal's Backup vaults: real copies of
// PostgreSQL servers and of blobs, kept encrypted in an account of the vault's
// own, and put back where a restore is asked to put them.
//
// A copy of a server is what Azure's vault takes: pg_dump of every database and
// the roles, restored as files into a container of a storage account and nowhere
// else. A copy of an account is the block blobs of the containers that its policy
// names, restored to another account and never to its own.
//
// The first copy is begun when an instance is made, and is taken in the
// background; a backup on demand takes a further one. A recovery point has the
// time at which it was taken. Only Backdate, which a rehearsal calls when it wants
// an old copy, changes that, and the recovery point says so.
//
// A copy is kept for as long as its policy says. Nobody deletes a recovery point,
// and nobody deletes an instance that has some while the vault is immutable,
// whoever asks. Without immutability, soft delete keeps what a deleted instance
// had, and the vault with it, until its days are over. Release ends all this, so
// that a rehearsal can be taken down.
//
// Copies on a schedule, cross-region restore and bringing back a deleted instance
// are not rehearsed.
package vault
