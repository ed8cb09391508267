package bench

import (
	"hash/fnv"
	"maps"
	"slices"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// Weaken returns an inventory in which every n-th resource has lost one of its
// properties: always the same ones, spread over all types.
func Weaken(inv *inventory.Inventory, n int) *inventory.Inventory {
	weak := *inv
	weak.Resources = slices.Clone(inv.Resources)
	for i := 0; i < len(weak.Resources); i += n {
		r := &weak.Resources[i]
		names := slices.Sorted(maps.Keys(r.Props))
		if len(names) == 0 {
			continue
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(r.URN))
		r.Props = maps.Clone(r.Props)
		delete(r.Props, names[h.Sum32()%uint32(len(names))])
	}
	return &weak
}
