package database

import "testing"

func TestAvailability(t *testing.T) {
	for _, c := range []struct {
		region    string
		redundant bool
		want      string
	}{
		{"swedencentral", true, "ZoneRedundant"},
		{"norwayeast", true, "ZoneRedundant"},
		{"swedencentral", false, "SameZone"},
		{"westeurope", true, "SameZone"}, // refused for new servers
		{"ukwest", true, "SameZone"},     // has no zones
	} {
		if got := availability(c.region, c.redundant); got != c.want {
			t.Errorf("availability(%s, %t) = %s, want %s", c.region, c.redundant, got, c.want)
		}
	}
}
