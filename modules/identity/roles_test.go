package identity

import (
	"regexp"
	"testing"
)

func TestGUID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"a"}, {"a", "b"}, {"ab"}, {"a", "b", ""}, {"1:a"}, {"", "a"}} {
		id := guid(parts...)
		if !form.MatchString(id) {
			t.Errorf("guid(%q) = %s, not a UUID of version 8", parts, id)
		}
		if id != guid(parts...) {
			t.Errorf("guid(%q) is not the same twice", parts)
		}
		if other, ok := seen[id]; ok {
			t.Errorf("guid(%q) and guid(%q) are the same", parts, other)
		}
		seen[id] = parts
	}
}
