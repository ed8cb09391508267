// Package watch collects what every resource says, keeps it where nobody can
// alter it, and tells people when something is wrong or suspiciously silent.
//
// Logs go two ways. A workspace makes them searchable for the promised time,
// but what is in a workspace can be purged. So a copy goes to a storage
// account under locked version-level immutability: blobs can be appended to
// and read, nothing else, until their time has passed. Diagnostics reach only
// storage in the resource's own region, hence an archive in each. An archive
// cannot hold the log of itself, since writing it would be logged again; that
// log goes to the workspace alone.
//
// Alarms are of two kinds: something happened (a failed backup, an intrusion
// that was stopped, a guard that was removed), and something did not happen (no
// backup finished, no drill report came). The second kind fires also when the
// logging itself is broken.
//
// Sources: https://learn.microsoft.com/azure/azure-monitor/platform/diagnostic-settings,
// https://learn.microsoft.com/azure/storage/blobs/immutable-storage-overview,
// https://learn.microsoft.com/azure/storage/blobs/monitor-blob-storage.
package watch
