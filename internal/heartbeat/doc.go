// Package heartbeat puts a row into a database and a blob into a container at a
// set interval, each with a sequence number and the time, so that a drill can
// tell from restored data how much was lost.
//
// The time is that of the service which keeps the data, never of the machine that
// writes: the database's clock for a row, the Date header of the account's answer
// just before the upload for a blob. Both are a little earlier than the moment at
// which the beat is safe, so a recovery point read from them is never too good.
// For a blob the time is part of its name and its content, since a restore or a
// copy gives a blob a new Last-Modified.
//
// Sequence numbers rise. A gap is no lost beat: PostgreSQL skips numbers after a
// crash and after a restore.
//
// Rows are never deleted, and the writer has no right to: who holds its identity
// cannot take a beat back. A row takes about 80 bytes with its place in the index,
// which is 8 MB a year at a beat every five minutes. Nobody looks at an old one but
// a restored copy, which is an old state anyway. Blobs can be pruned, since an
// account lists them all.
package heartbeat
