// Package sqlserver is the control plane of a rehearsal's Azure SQL servers:
// which databases there are, what each was made from, what it can be restored to,
// and which of two replicas is the primary. There is no data behind it, and the
// Resource Manager says so in every answer about Microsoft.Sql.
//
// It is strict where Azure is: a restore is to a new name on the source's own
// server, to an instant between the earliest one and now; a secondary has its
// source's name and is on another server; a failover is asked of the secondary; a
// long-term copy that was made immutable is not deleted by anybody.
//
// The codes of refusals are those that Azure documents for its databases
// (Azure/azure-rest-api-specs, specification/sql/resource-manager/Microsoft.Sql).
// Two have none there, and the names are our own: InvalidRestorePointInTime and
// LongTermRetentionBackupIsImmutable.
//
// Long-term copies are made when a policy asks for them: the first at once, where
// Azure takes up to a week. They have the time at which they were made; a
// rehearsal that wants old ones gives its servers a clock that says so.
package sqlserver
