// Package drills builds the place where an estate proves its promises to itself:
// a Container Apps environment with a scheduled job for every drill.
//
// A job runs the runbook binary under the identity of the drills. A failed run is
// not tried again: it must be seen. Jobs are scheduled so that the time between
// two runs never exceeds the promise; a month is 31 days and a year 366 for that,
// so that a promise of 90 days is not kept by quarters, which can be 92 days
// long.
//
// The drills' identity may read what it drills on and restore from it, and may
// make and remove things in the drills' own resource group only. It may not
// change, delete or fail over production. Two things it adds to production:
// heartbeats to the documents and, on Azure SQL, which restores to the same server
// only, a restored database beside the original. A role there cannot leave out the
// original; its own lock keeps that from being deleted.
//
// The environment has no public address. The application may run in it, and
// Front Door reaches it over a private link.
//
// Sources: MicrosoftDocs/azure-docs articles/container-apps/jobs.md,
// front-door-custom-virtual-network-private-link.md.
package drills
