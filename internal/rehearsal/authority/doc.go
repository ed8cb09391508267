// Package authority makes the certificates of a rehearsal: an authority that
// lives as long as the rehearsal does, and one certificate for loopback that
// everything which speaks TLS identifies itself with.
package authority
