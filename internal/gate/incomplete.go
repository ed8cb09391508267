package gate

import (
	"maps"
	"slices"

	"github.com/tillit-dev/tillit/internal/inventory"
	"github.com/tillit-dev/tillit/promises"
)

// doubt is for an inventory that does not list everything. What a rule misses
// there may well be, and what keeps a promise there may not be all that there is
// to it: a violation could not be told from what was not listed, nor a promise
// that is kept from one that is not. So nothing is determined but what is not.
func (g *Gate) doubt(f *findings, inv *inventory.Inventory) {
	if inv.Incomplete == "" {
		return
	}
	for _, v := range f.violations {
		v.Msg = "not certain, since the input does not list everything: " + v.Msg
		f.undetermined = append(f.undetermined, v)
	}
	f.violations = nil
	open := map[promises.ID]bool{}
	for _, w := range f.witnesses {
		open[g.rules[w.Rule].Promise] = true
	}
	for _, u := range f.undetermined {
		if u.Rule == Witnessed {
			delete(open, promises.ID(u.Promise))
		}
		delete(open, g.rules[u.Rule].Promise)
	}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		f.undetermined = append(f.undetermined, finding{
			Rule: Witnessed, Promise: string(id), Msg: "what the input does not list may break it",
		})
	}
}

// unlisted says of an inventory what it leaves out.
func unlisted(inv *inventory.Inventory) []inventory.NotJudged {
	if inv.Incomplete == "" {
		return inv.NotJudged
	}
	return append(slices.Clone(inv.NotJudged), inventory.NotJudged{ID: "what the input does not list", Reason: inv.Incomplete})
}
