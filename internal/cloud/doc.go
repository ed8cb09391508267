// Package cloud is how a runbook speaks to Azure: the SDK's typed clients over
// one transport that knows throttling, signed in by whatever identity the
// process has.
//
// # Requests
//
// Retries are made by go-retryablehttp alone; the SDK's own are off. A wait that
// Azure names is kept to, however long; other failures are tried again with a
// growing back-off, some sixty seconds in all. A request whose fate is unknown is
// repeated only if it says what shall be (GET, PUT, DELETE), not what to do. Each
// attempt has its time limits, and an answer that is cut off counts as none, so
// that nothing hangs but by Azure's own wish, and then no longer than the
// context.
//
// # Identity
//
// Credentials are looked for as azidentity does it: workload identity, managed
// identity, Azure CLI. The transport signs every attempt, since a wait may
// outlive a token, and renews a token that is refused. It goes to the host that it
// is for and to no other.
//
// # Clean-up
//
// Target deletes what carries a run's marker in a resource group, reads the marker
// again right before, and takes nothing for gone that a read still finds.
package cloud
