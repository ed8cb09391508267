// Package database builds an estate's database, its copy in another region and
// its short-term backups, by either of two means.
//
// postgres is a PostgreSQL flexible server. Its log is archived as it is
// written, so that it can be restored to any moment of the promised window, at
// most five minutes before the last. Geo-redundant backups can be chosen only
// when the server is made, and go to the paired region, which need not be the
// customer's country: there stands a read replica. Copies that reach further back
// than 35 days are made by a Backup vault (package backup).
//
// sql is Azure SQL Database, whose log is backed up about every ten minutes. It
// keeps its own long-term copies. A failover group copies it to the second
// region. Backups are never taken from a geo-secondary, so the copy has the same
// policies, which hold from the moment it takes over.
//
// Where no single failure may stop the service, both keep a synchronous standby in
// another zone. Some regions take no new zone-redundant PostgreSQL server; there a
// server gets its standby in the same zone, which the gate refuses.
//
// Both let nobody sign in but through Entra, have no public address, and are
// encrypted under the estate's own keys. Keys do not cross geographies, so each
// copy has a key of its own region, and so have the geo-redundant backups.
//
// Sources: MicrosoftDocs/azure-databases-docs
// articles/postgresql/backup-restore/concepts-backup-restore.md, MicrosoftDocs/sql-docs
// azure-sql/database/automated-backups-overview.md and
// long-term-retention-overview.md.
package database
