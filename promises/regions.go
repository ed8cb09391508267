package promises

import (
	_ "embed"
	"slices"
	"sync"
)

// Region is what the vocabulary knows of an Azure region. Sources stand in
// regions.yaml.
type Region struct {
	Name       string // ARM name, such as westeurope
	Country    string // ISO 3166-1 alpha-2
	Bloc       string // EU, EEA (and not EU), EFTA (and not EEA), none
	Pair       string // region that geo-redundant storage copies to; empty when unpaired
	Zones      int    // availability zones; 0 when it has none
	Restricted bool   // access only on request: the second half of a pair inside one country
}

// Regions returns the regions that an estate can name, by name. The caller must
// not change it.
func Regions() map[string]Region { return regions() }

//go:embed regions.yaml
var regionsYAML string

var regions = sync.OnceValue(func() map[string]Region {
	var list []Region
	decodeEmbedded("regions.yaml", regionsYAML, &list)
	byName := make(map[string]Region, len(list))
	for _, r := range list {
		byName[r.Name] = r
	}
	return byName
})

func regionNames() []string {
	var names []string
	for name := range regions() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// regionsIn returns the names of a country's regions, open ones first.
func regionsIn(country string) []string {
	var open, restricted []string
	for _, name := range regionNames() {
		switch r := regions()[name]; {
		case r.Country != country:
		case r.Restricted:
			restricted = append(restricted, name)
		default:
			open = append(open, name)
		}
	}
	return append(open, restricted...)
}

// countries returns the countries that have a region.
func countries() []string {
	var codes []string
	for _, r := range regions() {
		codes = append(codes, r.Country)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
