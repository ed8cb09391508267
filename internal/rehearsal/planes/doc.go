// Package planes puts a whole Azure together on this machine: a Resource Manager
// with its identity endpoint, and, where they are wanted, the data planes behind
// it: PostgreSQL servers, their backups and storage accounts.
//
// What takes seconds to start, the storage emulator, is started once and shared.
// A server's backups lie in an account of the emulator that nobody is led to.
//
// Everything ends with Close, and with the process that started it, however that
// ends. Every program that is started carries the folder in its environment, so
// that what is left of a killed process can be told from everything else.
package planes
