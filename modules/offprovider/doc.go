// Package offprovider keeps a copy of an estate's data at a provider that is
// independent of the cloud, so that the loss of the cloud, or of the account in
// it, is not the loss of the data.
//
// A job copies what has changed, every five minutes, to an S3 or SFTP service.
// It runs under an identity of its own that may read the stores and nothing
// else. In the database itself it signs in as a reader, a user that the
// database's own administrator makes, since Azure has no role for that.
//
// What the job needs to get in there, and the public key it encrypts the copy to
// before it leaves, are secrets of the estate's key vault, put there by people
// and never known to a program or a state file. The private half of that key is
// kept outside Azure: a copy that can be read only with the help of the cloud
// would be lost with it.
//
// Runs do not wait for each other. One that finds another at work ends; one that
// runs out of time goes on where it stopped when it is started again. Each
// reports how far the copy lags behind, and an alarm rings when none has said
// for half an hour that it is current (package watch).
package offprovider
