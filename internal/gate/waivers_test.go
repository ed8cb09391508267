package gate

import (
	"testing"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// A waiver that takes in more than it accepts is told from one that does not.
func TestOverBroadWaivers(t *testing.T) {
	g := load(t)
	later := today.AddDate(0, 1, 0)
	old := func(name string) inventory.Resource { return store(name, map[string]any{"tls": "1.0"}) }
	good := func(name string) inventory.Resource { return store(name, map[string]any{"tls": "1.2"}) }
	for name, test := range map[string]struct {
		pattern   string
		resources []inventory.Resource
		want      string // empty when it is narrow enough
	}{
		"one, by its name":      {"*::old", []inventory.Resource{old("old"), good("good")}, ""},
		"one, by its URN":       {urn("old"), []inventory.Resource{old("old"), good("older")}, ""},
		"several, all broken":   {"*::old-*", []inventory.Resource{old("old-a"), old("old-b"), good("good")}, ""},
		"one that keeps it":     {"*::old*", []inventory.Resource{old("old"), good("older"), good("good")}, "it takes in older too, which keeps the promise; name only what does not"},
		"several that keep it":  {"*::old*", []inventory.Resource{old("old"), good("old-b"), good("old-a")}, "it takes in 2 resources that keep the promise too, such as old-a; name only what does not"},
		"a type":                {"*::test:data:Store::*", []inventory.Resource{old("old")}, "it takes in every test:data:Store, whatever its name; name the resource"},
		"most of a type":        {"*:Store*", []inventory.Resource{old("old")}, "it takes in every test:data:Store, whatever its name; name the resource"},
		"nothing any more":      {"*:Store::gone*", []inventory.Resource{good("gone-by")}, ""},
		"a resource of its own": {"*::o*d", []inventory.Resource{old("old"), store("odd", map[string]any{"tls": inventory.Unknown()})}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			result := judge(t, g, declare(t, `{"crypto.transit": {"tls": "1.2"}}`, waiver(test.pattern, later)), test.resources...)
			if got := result.Promises[0].Waivers[0].OverBroad; got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestTypeOf(t *testing.T) {
	for kind, want := range map[string]string{
		"urn:pulumi:e::p::a:b:C::":       "a:b:C",
		"urn:pulumi:e::p::x:y:Z$a:b:C::": "a:b:C",
		"":                               "",
	} {
		if got := typeOf(kind); got != want {
			t.Errorf("%q: %q, want %q", kind, got, want)
		}
	}
}
