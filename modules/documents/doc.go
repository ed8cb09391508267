// Package documents builds an estate's document store.
//
// It is two storage accounts, because Azure's two protections exclude each
// other: point-in-time restore undoes mistakes and needs an account whose blobs
// may change, while write-once immutability keeps what must never change. The
// operational account takes the daily work and can be put back to any moment of
// the promised window. The archive account takes what is final, and nobody, an
// administrator included, can alter or delete it there before its time.
//
// Geo-redundant storage copies to the paired region, which cannot be chosen. A
// copy in the customer's country is therefore a third account, kept current by
// object replication, which copies block blobs only. Copies that reach further
// back than the window are made by a Backup vault (package backup).
//
// Sources: MicrosoftDocs/azure-docs
// articles/storage/blobs/point-in-time-restore-overview.md,
// immutable-storage-overview.md, object-replication-overview.md.
package documents
