package variants

import "slices"

// LedgerNo are the broken variants of ledger-no, by promise.
func LedgerNo() []Variant {
	return slices.Concat(residency, perimeter, crypto, identity, backup, watching)
}

// Others are the broken variants of the other estates that ship, of what they
// promise and ledger-no does not.
func Others() map[string][]Variant {
	return map[string][]Variant{
		"benchmark-se":  slices.Concat(BenchmarkSE(), Daily()),
		"documents-fi":  OffProvider(),
		"ledger-fi":     slices.Concat(LedgerFi(), Daily()),
		"validation-eu": slices.Concat(Gateway, Patching()),
	}
}
