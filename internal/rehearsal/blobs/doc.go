// Package blobs is the data plane of a rehearsal's storage accounts: real blobs
// in Microsoft's emulator, behind a front that does what the emulator lacks.
//
// The front takes the rehearsal's bearer token, as Azure takes one of Entra, and
// no account key: the estates have those switched off. It asks the Resource
// Manager what an account promises and keeps to it:
//
//   - under a locked immutability policy a blob can be neither overwritten nor
//     deleted until its time is up, whoever asks; an append blob can be appended to
//     where the policy allows it;
//   - with point-in-time restore every version of a block blob is kept, so that
//     ranges of blobs can be put back to what they were at an instant;
//   - object replication copies block blobs to another account soon after they
//     are written.
//
// It differs from Azure in this: blobs have no version ids, and a policy on
// versions protects the blob itself.
package blobs
