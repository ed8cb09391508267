package variants

import "slices"

// LedgerNo are the broken variants of ledger-no, by promise.
func LedgerNo() []Variant {
	return slices.Concat(residency, perimeter, crypto, identity, backup, watching)
}
