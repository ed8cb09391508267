// Package keys holds the keys that data, logs and backups are encrypted under.
//
// Key Vault restores a key only inside its own geography, so a copy in another
// country needs a vault and keys of its own there. Vaults are closed to the
// internet, decide by role, and keep what is deleted. Keys live in the
// hardware of a premium vault and replace themselves on schedule; users name
// them without a version and so follow the rotation.
//
// Source: https://learn.microsoft.com/azure/key-vault/general/overview-security-worlds.
package keys
