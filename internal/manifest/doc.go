// Package manifest takes down what data there is at an instant and finds out
// whether restored data is the same: checksums and row counts of tables,
// checksums of blobs, the answers to the customer's own queries, and the settings
// that a restore loses.
//
// # What is compared of a database
//
// A table is its number of rows and the sum of the rows' 64-bit hashes, which the
// server computes from the rows as text under fixed settings, in one pass. The sum
// does not depend on the order of rows, so that a dump that was read in again is
// the same too. A hash of 64 bits finds what went wrong, not who forged. Of a table
// with more than a million rows, by its statistics, the hashes are of a sample,
// chosen by a hash of the primary key; its rows are all counted, and every page is
// read. A table without a primary key is never sampled.
//
// Left out are the heartbeats, which change all the time; unlogged tables, which no
// restore has; and what is not rows: sequences, indexes, views, large objects.
// Answers can be the same only where queries do not ask for the present time.
//
// Settings are those that the server's configuration sets, but for what two
// servers rightly differ in: names, addresses, paths, archiving and recovery. A
// restored server of another size has other defaults for memory; what its
// configuration lacks is listed all the same.
//
// # Why a restore to the instant has what was taken down
//
// A snapshot S is taken, and a restore is aimed at a moment At, a whole second
// (which means the same to whatever precision a restore takes it) that lies just
// after S. A transaction's time of commit is read from the clock before its commit
// is written, and others see it only after that. So what S sees was committed
// before At, and a restore to At has it: no commit with a later time can stand
// before it in the WAL, which recovery follows up to the first time after At.
// (That holds while the server's clock does not run backwards.)
//
// The reverse is not so. A transaction may have its time before At and not be seen
// by S: it is being committed, or it comes between S and At. Nobody can tell from
// outside which of them a restore will have. But it can be told who they are: they
// were in progress, by pg_xact_status, at a moment before S, or have an id that was
// given out between that moment and one after At. Those are the transactions in
// flight (Database.InFlight, parts of transactions included). Any change that one
// of them has made in time to be restored was made before the tables are read, and
// shows in a row that S sees: its xmax names the transaction that has removed or
// replaced it. Such rows are listed, by their hashes (Table.Loose).
//
// Compare first asks for equality of everything. Only where a table differs, and
// the restored server, being a physical copy, itself says that it has committed a
// transaction in flight that S does not see, it leaves out on both sides what those
// have made, changed or removed, and asks for equality of the rest. No other
// difference passes. What remains is this: in a table that such a transaction has
// changed, the listed rows may be missing. Database.Loose counts them.
//
// An answer cannot be taken apart in this way. Where there are queries an instant
// with nothing in flight is looked for, five times; on a server that never rests
// queries should ask for what rests, such as last month's sum.
//
// # Blobs
//
// A container is the number of its blobs, the sum of hashes of their names and
// sizes, and the SHA-256 of a sample's content, read as a stream. The sample is
// those with the least hashes of their names, so that the choice needs no memory.
//
// A container has no snapshot. It is listed twice; a blob from before the first
// list that is unchanged in the second, by its ETag, was there at every moment in
// between, and At is one. Blobs that came meanwhile are loose, and are left out of
// a comparison whether they are there or not. If one from before has changed or
// gone meanwhile, all is begun again.
package manifest
