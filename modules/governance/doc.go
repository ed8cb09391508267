// Package governance lays the ground an estate stands on: where it may be, what
// it is called and what may not be deleted.
//
// Every resource lives in a resource group of one purpose and one region, made
// on first use. Azure Policy keeps anything from being made outside the
// promised regions, also by hand, and any machine that does not take security
// updates by itself where that is promised. Delete locks go on last and come off first,
// since a lock also protects what lies beneath the resource it is put on.
package governance
