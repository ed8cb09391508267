// Package azurite runs Microsoft's storage emulator as the store behind a
// rehearsal's accounts: real blobs on this machine's disk, over TLS, on a port
// of the kernel's choice.
//
// The emulator takes its accounts at the start only. A Server is therefore
// started with more of them than will be used, and hands them out.
//
// It is ended with SIGTERM: what it has acknowledged is on disk only when it
// ends in order.
package azurite
