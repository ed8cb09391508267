// Package postgres is the data plane of flexible servers in a rehearsal: real
// PostgreSQL servers on loopback, whose WAL and backups pgBackRest keeps,
// encrypted, in a store that speaks Azure's blob protocol.
//
// A Host has the programs, the unprivileged user and the repository that its
// servers share. A Server has a data folder, a port of the kernel's choice and a
// stanza of its own in the repository. Restores, replicas and promotions take the
// time that they take, and leave out what Azure leaves out: a restored server has
// the default parameters.
//
// Azure archives WAL every five minutes at least. A rehearsal does too, so the
// newest five minutes are lost with a server that dies, as they would be there; a
// restore from one that lives first has its WAL switched, as a managed service
// does behind the scenes.
//
// The administrator that the package itself uses signs in over a socket in a
// folder that only the servers' user can enter. Everybody else comes over TLS
// with a password: the bearer token of the rehearsal, which stands in for the
// token that an Entra sign-in would give.
package postgres
