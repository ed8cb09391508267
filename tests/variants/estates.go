package variants

import (
	"slices"

	"github.com/tillit-dev/tillit/promises"
)

// For are the broken variants of an estate: of every promise that it makes, with
// the means that it has.
func For(d *promises.Declaration) []Variant {
	all := slices.Concat(
		residency(d), perimeter, inspection(d), gateway(d), crypto, identity,
		backup, daily(), offProvider(), continuity(d), watching,
		data, dataOnPostgres(), patching, onSQL(d),
	)
	return slices.DeleteFunc(all, func(v Variant) bool {
		return !d.Has(v.Promise) || v.Means != "" && v.Means != d.Means["database"]
	})
}
