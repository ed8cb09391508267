package gate

import (
	"strings"
	"testing"

	"github.com/tillit-dev/tillit/internal/inventory"
)

// By an inventory that does not list everything nothing is broken, and nothing
// kept.
func TestIncompleteInventory(t *testing.T) {
	g := load(t)
	decl := declare(t, `{"crypto.transit": {"tls": "1.2"}}`, waiver("*::away", today.AddDate(0, 1, 0)))
	for name, test := range map[string]struct {
		resources []inventory.Resource
		say       string
	}{
		"kept":      {[]inventory.Resource{store("good", map[string]any{"tls": "1.2"})}, "what the input does not list may break it"},
		"broken":    {[]inventory.Resource{store("old", map[string]any{"tls": "1.0"})}, "not certain, since the input does not list everything: old accepts TLS 1.0"},
		"unknown":   {[]inventory.Resource{store("new", map[string]any{"tls": inventory.Unknown()})}, "the TLS version of new is not known yet"},
		"empty":     {nil, "not certain, since the input does not list everything: nothing in the estate keeps crypto.transit"},
		"different": {[]inventory.Resource{store("good", map[string]any{"tls": "1.2"}), store("old", map[string]any{"tls": "1.0"})}, "old accepts TLS 1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			inv := &inventory.Inventory{Estate: "test", Source: "arm", Resources: test.resources, Incomplete: "a bare list"}
			result, err := g.Judge(t.Context(), inv, decl, today)
			if err != nil {
				t.Fatal(err)
			}
			p := result.Promises[0]
			if result.Verdict != Undetermined || len(p.Violations) > 0 {
				t.Errorf("verdict %s, violations %v", result.Verdict, p.Violations)
			}
			var said []string
			for _, u := range p.Undetermined {
				said = append(said, u.Message)
			}
			if !strings.Contains(strings.Join(said, "\n"), test.say) {
				t.Errorf("%q is not in %q", test.say, said)
			}
			if state := p.Waivers[0].State; state != Pending {
				t.Errorf("a waiver for what may not be listed is %s", state)
			}
			if n := result.NotJudged; len(n) != 1 || n[0].Reason != "a bare list" {
				t.Errorf("not judged: %v", n)
			}
		})
	}
}
