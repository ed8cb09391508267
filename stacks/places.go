package stacks

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tillit-dev/tillit/modules/database"
	"github.com/tillit-dev/tillit/promises"
)

// places are the regions an estate stands in.
type places struct {
	primary string
	standby string   // empty when no copy is promised
	built   []string // regions with networks and whatever runs, the primary first
	data    []string // those, and where copies of backups lie: they need keys, and keys need logs
	allowed []string // those, and where a geo-restore would land
}

// locate reads the regions off the promises. Location is the stack's own
// default, for an estate that promises no primary region.
func locate(d *promises.Declaration, location string) (places, error) {
	p := places{primary: location}
	if d.Has("residency.primary") {
		p.primary = d.Params("residency.primary").Text("region")
	}
	if p.primary == "" {
		return p, errors.New("no region: declare residency.primary or set azure-native:location")
	}
	pair := promises.Regions()[p.primary].Pair
	if country := d.Params("residency.in-country").Text("region"); country != "" && country != p.primary {
		p.standby = country
	}
	if p.standby == "" && d.Has("continuity.standby") {
		region, err := standby(d.Means["standby"], p.primary)
		if err != nil {
			return p, err
		}
		p.standby = region
	}
	p.built = []string{p.primary}
	if p.standby != "" {
		p.built = append(p.built, p.standby)
	}
	p.data = slices.Clone(p.built)
	if d.Has("crypto.rest") || d.Has("data.separate") {
		p.data = database.KeyRegions(d.Means["database"], p.primary, p.standby, d.Has("backup.elsewhere"))
	}
	p.allowed = slices.Clone(p.data)
	if d.Has("backup.elsewhere") && pair != "" && !slices.Contains(p.allowed, pair) {
		p.allowed = append(p.allowed, pair)
	}
	return p, nil
}

// standby is the region that is chosen for the standby or else the primary's
// pair, where anybody may build in it: some exist for copies alone.
func standby(chosen, primary string) (string, error) {
	pair := promises.Regions()[primary].Pair
	switch {
	case chosen == primary:
		return "", fmt.Errorf("tillit:means: standby: %s is the primary region; name another", primary)
	case chosen != "":
		return chosen, nil
	case pair == "":
		return "", fmt.Errorf("continuity.standby: %s has no paired region for the standby: name a region as standby under tillit:means", primary)
	case promises.Regions()[pair].Restricted:
		return "", fmt.Errorf("continuity.standby: %s, the pair of %s, is opened on request only: name another region as standby under tillit:means, such as norwayeast", pair, primary)
	}
	return pair, nil
}

// near is the region whose network serves a region: its own, or the primary's
// where it has none.
func (p places) near(region string) string {
	if slices.Contains(p.built, region) {
		return region
	}
	return p.primary
}

// registries are the hosts that images come from.
func registries(images map[string]string) []string {
	hosts := map[string]bool{}
	for _, image := range images {
		if host, _, ok := strings.Cut(image, "/"); ok && strings.Contains(host, ".") {
			hosts[host] = true
		}
	}
	return slices.Sorted(maps.Keys(hosts))
}
