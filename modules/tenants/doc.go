// Package tenants builds what a customer's data is erased with: a key vault that
// holds one key for each tenant, and the identities that may make, use and
// destroy them.
//
// Backups are kept for months and some of them cannot be changed, so a customer's
// data cannot be taken out of them. It can be made unreadable. The application
// encrypts what belongs to a tenant under a data key, wraps that under the tenant's
// key and stores the wrapped key with the data. Wherever the data was copied to,
// it can be read with the tenant's key only. To erase a tenant is to destroy that
// key.
//
// What the platform lets this promise, and no more. A key can be disabled at once,
// and from then on nobody reads the data. It is gone for good later: the vault
// protects its keys from being destroyed by one person's mistake or malice, which
// means that a deleted key can be brought back until the vault's undelete period
// ends, 7 days at least. Then Azure purges it by itself. Erasure within less than 7
// days cannot be promised with such a vault, and none without one, since a vault
// that anybody may purge loses every tenant's data as easily. The longer undelete
// period that crypto.keys may promise counts here too.
//
// A key also leaves a vault in the files of its backup operation. No role of this
// package may make one, restore one or bring back a deleted key.
//
// Sources: https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview,
// https://learn.microsoft.com/azure/role-based-access-control/permissions/security
// (Microsoft.KeyVault).
package tenants
