// Package vault signs evidence with a key that never leaves an Azure Key Vault:
// EC on P-256, algorithm ES256. It stands apart from package evidence so that
// what only verifies need not know Azure.
package vault
