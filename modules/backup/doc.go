// Package backup builds the vaults that keep copies for longer than a service
// keeps its own, and says what they protect.
//
// Azure has two kinds. A Backup vault takes PostgreSQL flexible servers and
// blobs. A Recovery Services vault takes machines, file shares and what runs in
// machines; an estate starts without any, and finds a policy there that keeps the
// promise for those that come. Both store their copies twice, also in the paired
// region, from where they can be restored while production stands; both can be
// locked, after which nobody, an administrator included, shortens or deletes what
// they hold. A Resource Guard makes the operations that would weaken them need a
// second person. It stands in a resource group of its own, so that who may
// approve need have no rights on the vaults, and the other way about.
//
// The vaults read their key with an identity that exists before they do, since
// encryption can be chosen only while a vault is empty. Azure's texts disagree on
// how customer-managed keys go with the rest. That of December 2021 excludes
// cross-region restore; that of August 2023 no longer does. Both still exclude
// such an identity together with private endpoints or a key vault that is closed
// to the public network. The estate asks for all of it, because its promises do:
// should Azure refuse the Recovery Services vault, waive crypto/customer-keys for
// it as long as it is empty.
//
// Sources: MicrosoftDocs/azure-docs articles/backup/encryption-at-rest-with-cmk.md
// (2021-12-02 and 2023-08-25), backup-azure-immutable-vault-concept.md,
// multi-user-authorization-concept.md, blob-backup-overview.md;
// MicrosoftDocs/azure-databases-docs
// articles/postgresql/backup-restore/concepts-backup-restore.md.
package backup
