package site_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/tillit-dev/tillit/modules/site"
)

// Whatever an estate is called, its global names are what the strictest of
// Azure's services accept, and differ by everything that sets a place apart.
func TestGlobalNameIsLegalAndDistinct(t *testing.T) {
	legal := regexp.MustCompile(`^[a-z][a-z0-9]{2,23}$`)
	rapid.Check(t, func(t *rapid.T) {
		s := site.Site{
			Subscription: rapid.StringMatching(`[0-9a-f]{8}`).Draw(t, "subscription"),
			Estate:       rapid.StringMatching(`[A-Za-z0-9._-]{1,40}`).Draw(t, "estate"),
			Region:       rapid.SampledFrom([]string{"westeurope", "norwayeast", "germanywestcentral"}).Draw(t, "region"),
		}
		kind := rapid.SampledFrom([]string{"kv", "logs", "docs", "archive"}).Draw(t, "kind")
		name := s.GlobalName(kind)
		if !legal.MatchString(name) {
			t.Fatalf("%q is not a legal name", name)
		}
		if again := s.GlobalName(kind); again != name {
			t.Fatalf("%q became %q", name, again)
		}
		other := s
		other.Region = "polandcentral"
		if other.GlobalName(kind) == name {
			t.Fatalf("%q is the name in two regions", name)
		}
	})
}

func TestTaggedLeavesTheSiteAlone(t *testing.T) {
	s := site.Site{Tags: site.Site{}.Tagged(map[string]string{"class": "network", "estate": "e"})}
	replica := s.Tagged(map[string]string{"class": "logs"})
	if len(replica) != 2 || len(s.Tags) != 2 || replica["class"] == s.Tags["class"] || replica["estate"] != s.Tags["estate"] {
		t.Errorf("tags %v of %v", replica, s.Tags)
	}
}
