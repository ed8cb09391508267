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
// A sealed document lies in the archive's container "sealed". The seal is the
// application's: the SHA-256 of the document, written beside it when it is
// finished. The account keeps both as they were written, so whoever computes the
// hash again sees whether the document is still the one that was sealed.
//
// Files that customers upload only to be read in have an account of their own
// that keeps nothing: no versions, no soft delete, no copy, no backup. The
// application deletes a file when it has been read. A lifecycle rule deletes what
// was left behind; Azure runs it once a day, so a file is gone at worst a day
// after it has reached the age that the rule names.
//
// Sources: MicrosoftDocs/azure-docs
// articles/storage/blobs/point-in-time-restore-overview.md,
// immutable-storage-overview.md, object-replication-overview.md,
// lifecycle-management-overview.md.
package documents
