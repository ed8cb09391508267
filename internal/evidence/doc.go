// Package evidence keeps the append-only, signed record of an estate's drills
// and attestations, and verifies it years later without trusting who kept it.
//
// # What is on disk
//
// An evidence folder holds one log:
//
//	records/00000000.json     record 0, 1, 2, …: a DSSE envelope each, one line
//	checkpoints/00000000      the signed head of the log at 0, 1, 2, … records
//	artefacts/<sha-256>       files that records speak of, named by their content
//	tmp/                      writes under way; empty when nobody writes
//
// A record is a DSSE envelope (payload type application/vnd.in-toto+json) with
// one signature over an in-toto Statement v1. The statement's first subject is
// the log itself before this record: its origin and, as rfc6962Sha256, the root
// of the tree of all records before. So each record commits to its place and to
// everything that came before it. The other subjects are its artefacts with
// their SHA-256. The predicate type is PredicateBase, a kind and "/v1":
//
//	run-started    a drill is about to make its first call: run, drill
//	run-resumed    a run that was interrupted is taken up again: run
//	run-step       a step came to an end: run, step, outcome
//	run-finished   the run is over and cleaned up: run, outcome
//	attestation    a person vouches for a promise: promise, owner, expires
//	recovered      an interrupted write left bytes, kept here as artefacts
//
// and every predicate has the estate, the rehearsal mark, the record's index,
// its time in UTC and a free body.
//
// The bytes of the files records/N, newline included, are the leaves of an RFC
// 6962 Merkle tree. A checkpoint is a signed note (C2SP tlog-checkpoint) of
// three lines, origin, size, root, signed by the log's key and cosigned by at
// least one witness (C2SP tlog-cosignature/v1, Ed25519 with the witness's
// time). The origin names the estate, and a rehearsal has an origin of another
// kind, so that its evidence can never pass for production's. There is a
// checkpoint for every size from 0, so one that is taken away leaves a gap.
//
// The log's key is Ed25519 from a file or EC P-256 in a Key Vault. A signature
// of the first kind is over the message, one of the second is ASN.1 DER over
// its SHA-256. In an envelope the message is DSSE's pre-authentication encoding
// and keyid the hex SHA-256 of the key's SubjectPublicKeyInfo; in a checkpoint
// the message is the three lines, with C2SP signature type 1 or 2.
//
// # With standard tools
//
// An auditor needs no program of ours. With a shell, for record 7:
//
//	r=records/00000007.json
//	jq -r .payload $r | base64 -d > payload                      # the statement
//	printf 'DSSEv1 28 application/vnd.in-toto+json %s ' $(wc -c < payload) | cat - payload > message
//	jq -r '.signatures[0].sig' $r | base64 -d > signature
//	openssl pkeyutl -verify -pubin -inkey log.pub -rawin -in message -sigfile signature
//
// (for an EC key: openssl dgst -sha256 -verify log.pub -signature signature
// message). A leaf's hash is the SHA-256 of a zero byte and the file, a node's
// that of a one byte and its two children; the root must be the third line of
// checkpoints/00000008. Any C2SP note verifier checks the checkpoints. What
// sha256sum says of an artefact is its name.
//
// # Writing
//
// Open takes the folder's lock, Append adds a record, Close gives the lock
// back; hold it only for as long as a write takes. Every file is written in
// tmp/, flushed, renamed into place, and its folder flushed; a record is on
// disk before its checkpoint is asked for. So a crash at any moment leaves a
// log that is whole, perhaps with a record that has no checkpoint yet, which
// Open seals, or with torn files, which Open moves to artefacts/ under their
// digest and names in a record of kind recovered. Nothing is dropped.
//
// # Verifying
//
// Verify reads the whole folder offline and reports every fault. It only
// believes keys that it is given; no key comes with the evidence. What it
// cannot see by itself is a log whose newest records and checkpoints are both
// gone: for that it is shown a checkpoint that was kept elsewhere, by a witness
// or in a copy that cannot be overwritten. See docs/evidence.md.
package evidence
